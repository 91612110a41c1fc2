"use strict";
// One worker for the whole site: it shows what is pushed, keeps the files that never change, and the last home timeline of
// whoever is signed in, for a train in a tunnel. Nothing else is kept, and signing out forgets it.

const FILES = "files", HOME = "home";
const SINCE = "x-kept-at";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));

const forget = () => caches.delete(HOME);

const keepHome = async (answer) => {
  const text = await answer.text();
  if (!text.includes("data-viewer=")) { await forget(); return; } // nobody is signed in any more
  const headers = new Headers(answer.headers);
  headers.set(SINCE, new Date().toISOString());
  headers.delete("content-encoding");
  const cache = await caches.open(HOME);
  await cache.put("/", new Response(text, { status: 200, headers }));
};

// The page says when it is from: its hidden line is shown, with the moment in the reader's own words.
const homeOfBefore = async () => {
  const kept = await (await caches.open(HOME)).match("/");
  if (!kept) return null;
  const at = new Date(kept.headers.get(SINCE)), text = await kept.text();
  const lang = (text.match(/<html lang="([\w-]+)"/) || [])[1] || "en";
  const when = at.toLocaleString(lang, { dateStyle: "medium", timeStyle: "short" });
  const headers = new Headers(kept.headers);
  return new Response(text.replace('id="offline" hidden', 'id="offline"').replace("data-since></time>", `data-since>${when}</time>`), { headers });
};

const home = async (request) => {
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await keepHome(answer.clone()).catch(() => {});
    return answer;
  } catch (lost) {
    const kept = await homeOfBefore();
    if (kept) return kept;
    throw lost;
  }
};

const file = async (request) => {
  const cache = await caches.open(FILES);
  const known = await cache.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) {
    const name = new URL(request.url).pathname;
    for (const old of await cache.keys()) if (new URL(old.url).pathname === name) await cache.delete(old);
    await cache.put(request, answer.clone());
  }
  return answer;
};

// Files that another application shares wait here until the box takes them.
const share = async (request) => {
  const given = await request.formData();
  const cache = await caches.open(HOME);
  const files = given.getAll("files").filter((one) => one instanceof File && one.size).slice(0, 4);
  await Promise.all(files.map((one, i) => cache.put(`/share/file-${i}`, new Response(one, {
    headers: { "content-type": one.type, "x-name": encodeURIComponent(one.name) } }))));
  const query = new URLSearchParams();
  for (const name of ["title", "text", "url"]) if (given.get(name)) query.set(name, given.get(name));
  if (files.length) query.set("files", files.length);
  return Response.redirect(`/share?${query}`, 303);
};

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (event.request.method === "POST") {
    if (url.pathname === "/sign-out" || url.pathname === "/sign-in") event.waitUntil(forget());
    if (url.pathname === "/share") event.respondWith(share(event.request));
    return;
  }
  if (event.request.method !== "GET") return;
  if (url.pathname.startsWith("/static/") && url.searchParams.has("v")) event.respondWith(file(event.request));
  else if (event.request.mode === "navigate" && url.pathname === "/" && !url.search) event.respondWith(home(event.request));
});

self.addEventListener("push", (event) => {
  let told = {};
  try { told = event.data.json(); } catch { /* a push service may test with nothing */ }
  event.waitUntil(self.registration.showNotification(told.title || "Harken", {
    body: told.body || "", tag: told.tag, renotify: Boolean(told.tag), lang: told.lang || "", icon: "/static/icon-192.png",
    data: { url: told.url || "/" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  event.waitUntil((async () => {
    if (url.origin !== self.location.origin) return;
    const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = open.find((page) => page.url === url.href);
    if (there) await there.focus(); else await clients.openWindow(url.href);
  })());
});
