"use strict";
// What makes the pages quicker. Everything works without these files.

(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

  // ---- after a post of one's own: the address is the home's again ------------------------
  const posted = location.pathname === "/" && new URLSearchParams(location.search).get("posted");
  if (posted) {
    history.replaceState(null, "", "/");
    const mine = document.getElementById("post-" + posted), said = $("#posted");
    if (mine) { mine.focus({ preventScroll: true }); mine.blur(); } // Tab goes on from here, and nothing has a ring
    if (mine && said) setTimeout(() => { said.textContent = said.dataset.words; }, 400); // what stands there already is not read out
  }

  // ---- the tab on which one stands is in sight ---------------------------------------------
  for (const tab of $$(".tabs [aria-current]")) {
    const row = tab.closest(".tabs"), [a, b] = [tab.getBoundingClientRect(), row.getBoundingClientRect()];
    if (a.left < b.left || a.right > b.right) row.scrollLeft += a.left + a.width / 2 - b.left - b.width / 2;
  }

  // A browser leaves a tab of which it sees an edge where it is.
  document.addEventListener("focusin", ({ target }) => { if (target.matches(".tabs a")) target.scrollIntoView({ block: "nearest", inline: "nearest" }); });

  // ---- what is wrong comes first ------------------------------------------------------------
  const wrong = $("main :is(input, textarea, select)[aria-invalid='true']");
  if (wrong && !location.hash) wrong.focus();

  // ---- whoever joins lives by the clock of their browser until they say otherwise --------------
  for (const field of $$("[data-zone]")) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";

  // ---- menus close when one looks elsewhere ------------------------------------------------
  document.addEventListener("click", (event) => {
    for (const open of $$("details.more[open]")) if (!open.contains(event.target)) open.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of $$("details.more[open]")) { open.open = false; $("summary", open).focus(); }
  });

  // ---- a conversation unfolds below a search result; without this the link opens its page -----
  const unfold = async (link) => {
    const article = link.closest("article"), id = "thread-" + article.id;
    let box = document.getElementById(id);
    if (!box) {
      link.setAttribute("aria-busy", "true");
      const answer = await fetch(link.dataset.unfold).catch(() => null);
      link.removeAttribute("aria-busy");
      if (!answer || !answer.ok) { location.href = link.href; return; }
      if (document.getElementById(id)) return; // clicked twice
      box = document.createElement("div");
      box.id = id;
      box.className = "unfolded";
      box.hidden = true;
      box.innerHTML = await answer.text();
      article.append(box);
      link.setAttribute("aria-controls", id);
    }
    box.hidden = !box.hidden;
    link.setAttribute("aria-expanded", String(!box.hidden));
    [link.textContent, link.dataset.other] = [link.dataset.other, link.textContent];
  };
  const foldable = (within) => {
    for (const link of $$("a[data-unfold]", within)) {
      link.setAttribute("role", "button");
      if (!link.hasAttribute("aria-expanded")) link.setAttribute("aria-expanded", "false");
    }
  };
  foldable(document);
  document.addEventListener("harken:added", (event) => foldable(event.target)); // live.js put posts there
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-unfold]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    unfold(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches("a[data-unfold]")) return;
    event.preventDefault();
    unfold(event.target);
  });
})();
