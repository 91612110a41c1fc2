"use strict";
// What comes while a page is open: one stream for all tabs.

(() => {
  const me = document.currentScript;
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

  const bar = $("[data-live]");
  const viewer = document.body.dataset.viewer || "";
  const wants = { viewer, home: bar && bar.dataset.live === "home", q: bar && bar.dataset.live === "search" ? bar.dataset.q : "" };
  if (!wants.viewer && !wants.q) return;

  const waiting = new Map(); // what came in meanwhile: its id, and the post it shows
  let known = bar ? bar.dataset.after : "0";
  const above = (id) => BigInt(id) > BigInt(known);
  const address = (more) => {
    const query = new URLSearchParams({ after: known, ...more });
    if (bar.dataset.q) query.set("q", bar.dataset.q);
    return bar.dataset.source + "?" + query;
  };
  // A post that stands here is no news when somebody boosts it; it moves up with the news.
  const comes = (id, post = id) => { if (above(id) && !document.getElementById("post-" + post)) waiting.set(id, post); };
  const show = () => {
    const n = new Set(waiting.values()).size;
    bar.hidden = n === 0;
    bar.textContent = n === 1 ? bar.dataset.one : bar.dataset.many.replace("{n}", n >= 60 ? "60+" : n);
    document.title = document.title.replace(/^\(\d+\+?\) /, "");
    if (n) document.title = `(${n}) ${document.title}`;
  };
  const catchUp = async () => {
    if (bar) {
      const answer = await fetch(address({ ids: "1" }));
      if (answer.ok) {
        for (const line of (await answer.text()).split("\n")) if (line) comes(...line.split(" "));
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
    document.dispatchEvent(new CustomEvent("harken:heard", { detail: message })); // for the scripts of single pages
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
    if (mine) { comes(message.id, message.of); show(); }
  };
  if (bar) bar.addEventListener("click", async () => {
    const answer = await fetch(address({}));
    if (!answer.ok) return;
    const list = document.getElementById("posts");
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text();
    const standing = (item) => document.getElementById($("article", item).id); // itself, or its own boost of before
    const items = [...fresh.content.children].filter((item) => !standing(item) || standing(item).matches("#posts > li > *"));
    for (const item of items) if (above($("article", item).dataset.id)) known = $("article", item).dataset.id;
    bar.dataset.after = known;
    for (const item of items) standing(item)?.parentElement.remove();
    list.prepend(...items);
    list.dispatchEvent(new Event("harken:added", { bubbles: true }));
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
