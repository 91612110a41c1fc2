"use strict";
// Keys for people who do not want a mouse; `?` shows them. Their words are in the page (templates/keys.html).

(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const OFF = "harken-keys-off";
  const off = () => localStorage.getItem(OFF) === "1";

  const posts = () => $$("article.post");
  const chosen = () => document.activeElement && document.activeElement.closest("article.post");
  const move = (step) => {
    const all = posts(), now = chosen();
    let next = now ? all.indexOf(now) + step : all.findIndex((p) => p.getBoundingClientRect().bottom > 80);
    next = Math.max(0, Math.min(all.length - 1, next));
    if (!all[next]) return;
    all[next].focus({ preventScroll: true, focusVisible: true });
    all[next].scrollIntoView({ block: "nearest" });
  };
  // The switch stands on /help/keys and in the dialog: single keys can be turned off (WCAG 2.1.4).
  const switches = (within) => {
    for (const box of $$("[data-keys-on]", within)) {
      box.closest("label").hidden = false;
      box.checked = !off();
      box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
    }
  };
  switches(document);
  const help = () => {
    let box = $("dialog.keyhelp");
    if (!box) {
      box = $("#keyhelp").content.firstElementChild.cloneNode(true);
      document.body.append(box);
      switches(box);
    }
    box.showModal();
  };
  const press = (selector) => { const found = chosen() && $(selector, chosen()); if (found) found.click(); return Boolean(found); };
  const go = (path) => () => { location.href = path; };
  const signedIn = Boolean(document.body.dataset.viewer);
  const places = { h: "/", n: "/notifications", e: "/ears", p: "/public", s: "/search", r: "/river", m: "/messages" };
  let waiting = 0; // for the second key after g
  document.addEventListener("keydown", (event) => {
    if (off() || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
    if (Date.now() < waiting && places[event.key] && (signedIn || "ps".includes(event.key))) { event.preventDefault(); go(places[event.key])(); return; }
    waiting = 0;
    const done = {
      j: () => move(1), k: () => move(-1), "?": help, g: () => { waiting = Date.now() + 1500; },
      r: () => press('[data-key="r"]'), f: () => press('[data-key="f"]'), b: () => press('[data-key="b"]'),
      o: () => press("a.when"), v: () => press(".media a"), x: () => press("details.warning > summary"),
      n: () => { const box = $("#box-text"); if (box) box.focus(); else if (signedIn) location.href = "/compose"; },
      ".": () => { const news = $("[data-live]:not([hidden])"); if (news) news.click(); },
      "/": () => { const box = $("#ask") || $("#find"); box.focus(); box.select(); },
    }[event.key];
    if (!done) return;
    event.preventDefault();
    done();
  });
  $$("[data-keys]").forEach((hint) => { if (matchMedia("(hover: hover)").matches) hint.hidden = false; });
})();
