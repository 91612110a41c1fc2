"use strict";
// What makes the pages quicker. Everything works without this file.

(() => {
  const me = document.currentScript;
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

  // ---- characters left, Ctrl+Enter, one click sends once ------------------------------
  const segments = window.Intl && Intl.Segmenter ? new Intl.Segmenter() : null;
  const length = (text) => (segments && /[^\x00-\x7f]/.test(text) ? [...segments.segment(text)].length : text.length);
  // As the server counts: a link is 23, @name@host is @name (src/harken/text/length.py).
  const counted = (text) => length(text.trim()
    .replace(/https?:\/\/[^\s<>"'`]+/g, "x".repeat(23))
    .replace(/(^|[^\w/@.])(@[A-Za-z0-9_]{1,30})@[A-Za-z0-9][A-Za-z0-9.-]*/g, "$1$2"));

  const prepare = (form) => {
    const text = $("textarea[data-limit]", form), left = $("[data-left]", form), spoiler = $("[name=spoiler]", form);
    const count = () => {
      const rest = Number(text.dataset.limit) - counted(text.value) - (spoiler ? length(spoiler.value) : 0);
      left.value = rest;
      left.classList.toggle("over", rest < 0);
    };
    form.addEventListener("input", count);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
    });
    form.addEventListener("submit", () => {
      const button = $("button.button", form);
      setTimeout(() => { button.disabled = true; });
      addEventListener("pageshow", () => { button.disabled = false; }, { once: true });
    });
    count();
    if (form.id === "box" || location.pathname === "/compose") {
      text.focus();
      text.setSelectionRange(text.value.length, text.value.length);
    }
  };
  $$("form.box").forEach(prepare);

  // ---- after a post of one's own: the address is the home's again ------------------------
  if (location.pathname === "/" && location.search.includes("posted=")) history.replaceState(null, "", "/");

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

  // ---- keys -----------------------------------------------------------------------------------
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
  const help = () => {
    let box = $("dialog.keyhelp");
    if (!box) {
      const german = document.documentElement.lang === "de";
      const words = german
        ? ["Tasten", ["nächster, voriger Beitrag", "antworten", "favorisieren", "teilen", "Unterhaltung öffnen", "schreiben", "suchen", "diese Hilfe"], "Schließen"]
        : ["Keys", ["next, previous post", "reply", "favourite", "boost", "open the conversation", "write a post", "search", "this help"], "Close"];
      box = document.createElement("dialog");
      box.className = "keyhelp";
      const title = document.createElement("h2");
      title.textContent = words[0];
      const list = document.createElement("dl");
      [["j", "k"], ["r"], ["f"], ["b"], ["o"], ["n"], ["/"], ["?"]].forEach((keys, i) => {
        const dt = document.createElement("dt"), dd = document.createElement("dd");
        for (const key of keys) { const k = document.createElement("kbd"); k.textContent = key; dt.append(k, " "); }
        dd.textContent = words[1][i];
        list.append(dt, dd);
      });
      const close = document.createElement("button");
      close.className = "button quiet";
      close.textContent = words[2];
      close.onclick = () => box.close();
      box.append(title, list, close);
      document.body.append(box);
    }
    box.showModal();
  };
  const press = (selector) => { const found = chosen() && $(selector, chosen()); if (found) found.click(); return Boolean(found); };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    const done = {
      j: () => move(1), k: () => move(-1), "?": help,
      r: () => press('[data-key="r"]'), f: () => press('[data-key="f"]'), b: () => press('[data-key="b"]'),
      o: () => press("a.when"),
      n: () => { const box = $("#box-text"); if (box) box.focus(); else if (document.body.dataset.viewer) location.href = "/compose"; },
      "/": () => { const box = $("#ask") || $("#find"); box.focus(); box.select(); },
    }[event.key];
    if (!done) return;
    event.preventDefault();
    done();
  });
  $$("[data-keys]").forEach((hint) => { if (matchMedia("(hover: hover)").matches) hint.hidden = false; });

  // ---- live: one stream for all tabs ---------------------------------------------------------------
  const bar = $("[data-live]");
  const viewer = document.body.dataset.viewer || "";
  const wants = { viewer, home: bar && bar.dataset.live === "home", q: bar && bar.dataset.live === "search" ? bar.dataset.q : "" };
  if (!wants.viewer && !wants.q) return;

  const waiting = new Set();
  let known = bar ? bar.dataset.after : "0";
  const above = (id) => BigInt(id) > BigInt(known);
  const address = (more) => {
    const query = new URLSearchParams({ after: known, ...more });
    if (bar.dataset.q) query.set("q", bar.dataset.q);
    return bar.dataset.source + "?" + query;
  };
  const show = () => {
    const n = waiting.size;
    bar.hidden = n === 0;
    bar.textContent = n === 1 ? bar.dataset.one : bar.dataset.many.replace("{n}", n >= 60 ? "60+" : n);
    document.title = document.title.replace(/^\(\d+\+?\) /, "");
    if (n) document.title = `(${n}) ${document.title}`;
  };
  const catchUp = async () => {
    if (bar) {
      const answer = await fetch(address({ ids: "1" }));
      if (answer.ok) {
        for (const id of (await answer.text()).split("\n")) if (id && above(id) && !$(`[data-id="${id}"]`)) waiting.add(id);
        show();
      }
    }
    if (viewer) unread();
  };
  const unread = async () => {
    const badge = $("#unread");
    const answer = badge && (await fetch("/fragments/unread"));
    if (!answer || !answer.ok) return;
    const count = await answer.text();
    badge.firstChild.data = count;
    badge.hidden = count === "0";
    if ($("#told")) $("#told").hidden = count === "0"; // what stands on the page was read by opening it
  };
  const heard = (message) => {
    if (message.type === "open") catchUp();
    if (message.type === "notification") unread();
    if (message.type === "ear") { unread(); if ($("#heard")) $("#heard").hidden = false; }
    if (message.type === "deleted") {
      waiting.delete(message.id);
      if (bar) show();
      for (const said of $$(`[data-said="${message.id}"]`)) said.remove();
      const gone = document.getElementById("post-" + message.id);
      if (gone && !gone.classList.contains("focus") && !gone.contains(document.activeElement)) gone.closest("li")?.remove();
    }
    const mine = bar && message.type === bar.dataset.live && (!bar.dataset.q || message.q === bar.dataset.q);
    if (mine && above(message.id) && !$(`[data-id="${message.id}"]`)) { waiting.add(message.id); show(); }
  };
  if (bar) bar.addEventListener("click", async () => {
    const answer = await fetch(address({}));
    if (!answer.ok) return;
    const list = document.getElementById("posts");
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text();
    const items = [...fresh.content.children].filter((item) => !$(`[data-id="${$("article", item).dataset.id}"]`));
    for (const item of items) if (above($("article", item).dataset.id)) known = $("article", item).dataset.id;
    bar.dataset.after = known;
    list.prepend(...items);
    foldable(list);
    $(".empty")?.remove();
    waiting.clear();
    show();
    if (window.htmx) items.forEach((item) => htmx.process(item));
    const first = $("article", list);
    if (first) { first.focus({ preventScroll: true }); list.previousElementSibling?.scrollIntoView({ block: "start" }); }
  });

  const lock = "harken-tab-" + Math.random().toString(36).slice(2);
  // Whoever feeds us asks for this lock too, and gets it when we are gone; so it must be ours before they hear of us.
  const held = new Promise((done) => {
    if (navigator.locks) navigator.locks.request(lock, () => { done(); return new Promise(() => {}); });
    else done();
  });
  if (window.SharedWorker) {
    const worker = new SharedWorker(me.dataset.worker);
    worker.port.onmessage = ({ data }) => heard(data);
    held.then(() => worker.port.postMessage({ ...wants, lock }));
    addEventListener("pagehide", () => worker.port.postMessage({ bye: true }));
    addEventListener("pageshow", (event) => { if (event.persisted) worker.port.postMessage(wants); });
    return;
  }
  if (!navigator.locks || !window.BroadcastChannel) return; // an old browser reads without the bar
  const channel = new BroadcastChannel("harken-live");
  const say = () => channel.postMessage({ to: "leader", tab: lock, wants });
  channel.onmessage = ({ data }) => {
    if (data.to === lock) heard(data.message);
    if (data.to === "everybody") say(); // a new leader asks who is there
  };
  held.then(say);
  addEventListener("pagehide", () => channel.postMessage({ to: "leader", tab: lock, bye: true }));
  navigator.locks.request("harken-live", () => new Promise(() => {
    const script = document.createElement("script");
    script.src = me.dataset.worker;
    script.onload = () => {
      const hub = new window.HarkenHub((tab, message) => (tab === lock ? heard(message) : channel.postMessage({ to: tab, message })));
      channel.addEventListener("message", ({ data }) => {
        if (data.to !== "leader") return;
        if (data.bye) { hub.leave(data.tab); return; }
        if (hub.tabs.has(data.tab)) return;
        hub.want(data.tab, data.wants);
        navigator.locks.request(data.tab, () => hub.leave(data.tab));
      });
      hub.want(lock, wants);
      channel.postMessage({ to: "everybody" });
    };
    document.head.append(script);
  }));
})();
