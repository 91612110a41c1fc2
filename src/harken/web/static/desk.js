"use strict";
// What makes a desk quicker: keys, moves without leaving the list, who else is there. The pages work without it.

(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const queue = $("#queue"), box = $("#answer form"), help = $("#desk-keys");
  const base = location.pathname.split("/").slice(0, 3).join("/"); // /desks/ID
  const desk = base.split("/")[2];

  // ---- keys ------------------------------------------------------------------------------
  const cases = () => $$("article.case");
  const chosen = () => document.activeElement && document.activeElement.closest("article.case");
  const move = (step) => {
    const all = cases(), now = chosen();
    let next = now ? all.indexOf(now) + step : all.findIndex((one) => one.getBoundingClientRect().bottom > 120);
    next = Math.max(0, Math.min(all.length - 1, next));
    if (!all[next]) return;
    all[next].focus({ preventScroll: true, focusVisible: true });
    all[next].scrollIntoView({ block: "nearest" });
  };
  const press = (key) => {
    const within = queue ? chosen() : document;
    const found = within && $(`[data-key="${key}"]`, within);
    if (found) found.click();
  };
  const keys = {
    j: () => move(1), k: () => move(-1), "?": () => { place = chosen()?.dataset.case; help.showModal(); },
    r: () => { if (box) { $("textarea", box).focus(); return; } const one = chosen(); if (one) location.href = $("a.open", one).href + "#answer-text"; },
    s: () => { const more = queue ? chosen() && $("details.other", chosen()) : $(".moves-of-case"); if (!more) return; more.open = true; $("select", more).focus(); },
    "/": () => { const ask = $("#ask") || $("#find"); ask.focus(); ask.select(); },
  };
  keys["."] = () => { if (queue && !news.hidden) news.click(); };
  for (const key of "ocenmwxu") keys[key] = () => press(key);
  let place; // whose row was drawn anew while the help stood open gets the focus back
  if (help) help.addEventListener("close", () => { if (queue && !chosen()) row(place)?.querySelector("article.case").focus({ preventScroll: true }); });
  let going = 0; // after g, keys.js goes elsewhere
  document.addEventListener("keydown", (event) => {
    if (event.key === "g") going = Date.now() + 1500;
    if (Date.now() < going || localStorage.getItem("harken-keys-off") === "1") return; // switched off, see keys.js
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // here these keys mean this, not what they mean on a timeline
    keys[event.key]();
  }, true);
  if (location.hash === "#answer-text" && box) $("textarea", box).focus();

  // ---- the list ----------------------------------------------------------------------------
  const row = (id) => document.getElementById("row-" + id);
  const fetched = async (id) => {
    const query = new URLSearchParams({ tab: queue.dataset.tab, q: queue.dataset.q });
    const answer = await fetch(`/fragments/desks/${desk}/cases/${id}?${query}`).catch(() => null);
    if (!answer || !answer.ok) return answer && answer.status === 404 ? null : undefined;
    const made = document.createElement("template");
    made.innerHTML = await answer.text();
    return made.content.querySelector("li");
  };
  const drawing = new Map(); // one after the other, so that what was asked for last is what stands there
  const refresh = (id) => {
    const last = drawing.get(id) || Promise.resolve();
    drawing.set(id, last.catch(() => null).then(() => draw(id)));
    return drawing.get(id);
  };
  const draw = async (id) => {
    const fresh = await fetched(id), before = row(id);
    if (fresh === undefined) return;
    if (fresh === null) { // deleted, or not to be heard any more: it goes at once
      waiting.delete(id);
      show();
      if (before && before.contains(document.activeElement)) move(1);
      if (before) before.remove();
      return;
    }
    if (!before) {
      if (fresh.dataset.here === "yes" && queue.dataset.first === "yes") { waiting.add(id); show(); }
      return;
    }
    const focused = before.contains(document.activeElement), ticked = $("input[type=checkbox]", before)?.checked;
    const open = $("details.other", before)?.open;
    if (open && focused) return; // somebody chooses there; the next change shows it
    before.replaceWith(fresh);
    if (ticked) $("input[type=checkbox]", fresh).checked = true;
    if (focused) $("article.case", fresh).focus({ preventScroll: true });
  };
  const news = $("#desk-news"), waiting = new Set();
  const show = () => {
    news.hidden = waiting.size === 0;
    news.textContent = waiting.size === 1 ? news.dataset.one : news.dataset.many.replace("{n}", waiting.size);
    document.title = document.title.replace(/^\(\d+\) /, "");
    if (waiting.size) document.title = `(${waiting.size}) ${document.title}`;
  };
  if (queue) {
    news.addEventListener("click", async () => {
      const answer = await fetch(location.href);
      if (!answer.ok) { location.reload(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("queue");
      for (const id of waiting) fresh.querySelector(`#row-${id}`)?.classList.add("fresh");
      queue.replaceChildren(...fresh.children);
      $(".empty")?.remove();
      waiting.clear();
      show();
      const first = $("li.fresh article.case", queue) || $("article.case", queue);
      if (first) first.focus({ preventScroll: true });
      news.scrollIntoView({ block: "start" });
    });
    queue.addEventListener("submit", async (event) => {
      const form = event.target.closest("form[data-move]");
      if (!form) return;
      event.preventDefault();
      const article = form.closest("article.case"), id = article.dataset.case;
      const address = (event.submitter && event.submitter.getAttribute("formaction")) || form.getAttribute("action");
      article.setAttribute("aria-busy", "true");
      const answer = await fetch(address, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
      article.removeAttribute("aria-busy");
      if (!answer || !answer.ok) { location.href = `${base}/cases/${id}`; return; } // its page says what is wrong
      const details = $("details.other", article);
      if (details) details.open = false;
      article.focus({ preventScroll: true });
      await refresh(id);
      if (row(id)?.dataset.here === "no") move(1);
    });
  }

  // ---- one case: who else is there -----------------------------------------------------------
  const about = box ? box.dataset.case : "";
  let typing = false, said = 0;
  const attend = (more) => {
    const body = new URLSearchParams({ csrf: $("input[name=csrf]", box).value, typing: typing ? "yes" : "", ...more });
    if (more && more.gone) navigator.sendBeacon(`${base}/cases/${about}/presence`, body);
    else fetch(`${base}/cases/${about}/presence`, { method: "POST", body }).catch(() => null);
  };
  const look = async () => {
    const answer = await fetch(`/fragments/desks/${desk}/cases/${about}/who`).catch(() => null);
    if (!answer) return;
    if (answer.status === 404) { // gone: what was typed stays
      const text = $("textarea", box);
      if (text.value === text.defaultValue) location.href = base; else $("#gone").hidden = false;
      return;
    }
    if (!answer.ok) return;
    $("#standing").innerHTML = await answer.text();
    const newest = answer.headers.get("X-Newest");
    if (newest && newest !== "0" && !document.getElementById("said-" + newest)) $("#more-said").hidden = false;
  };
  if (box) {
    const text = $("textarea", box);
    text.addEventListener("input", () => {
      if (!typing) { typing = true; attend(); }
      clearTimeout(said);
      said = setTimeout(() => { typing = false; attend(); }, 12000);
    });
    setInterval(() => { if (!document.hidden) { attend(); look(); } }, 25000);
    addEventListener("pagehide", () => attend({ gone: "yes" }));
  }

  // ---- what the stream tells (live.js) ---------------------------------------------------------
  const soon = new Map();
  document.addEventListener("harken:heard", ({ detail }) => {
    if (detail.type === "deleted" && queue && row(detail.id)) refresh(detail.id);
    if (detail.type !== "desk" || detail.desk !== desk) return;
    clearTimeout(soon.get(detail.id));
    soon.set(detail.id, setTimeout(() => { if (queue) refresh(detail.id); else if (detail.id === about) look(); }, 150));
  });
})();
