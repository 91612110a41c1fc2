"use strict";
// Shows what is pushed, and opens the post when it is chosen. No page is ever answered from here.

self.addEventListener("push", (event) => {
  let told = {};
  try { told = event.data.json(); } catch { /* a push service may test with nothing */ }
  event.waitUntil(self.registration.showNotification(told.title || "Harken", {
    body: told.body || "", tag: told.tag, renotify: Boolean(told.tag), lang: told.lang || "", icon: "/static/favicon.svg",
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
