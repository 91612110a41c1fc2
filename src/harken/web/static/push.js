"use strict";
// Switches pushes on and off for this browser, on the page of settings.

(() => {
  const on = document.querySelector("[data-push]"), off = document.querySelector("[data-push-off]");
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (off && able) off.addEventListener("submit", async (event) => {
    event.preventDefault();
    const registration = await navigator.serviceWorker.getRegistration("/");
    const kept = registration && (await registration.pushManager.getSubscription());
    if (kept) await kept.unsubscribe().catch(() => {});
    const id = document.createElement("input"), button = off.querySelector("button");
    id.type = "hidden"; id.name = button.name; id.value = button.value;
    off.append(id);
    off.submit();
  });
  if (!on) return;
  const says = on.querySelector("[data-push-says]"), button = on.querySelector("button");
  const say = (text) => { says.textContent = text; says.hidden = !text; };
  if (!able) { say(on.dataset.unable); return; }
  say("");
  button.disabled = false;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const active = (registration) => new Promise((done) => {
    const worker = registration.installing || registration.waiting;
    if (registration.active || !worker) { done(registration); return; }
    worker.addEventListener("statechange", () => { if (worker.state === "activated") done(registration); });
  });
  on.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") { say(on.dataset.denied); return; }
      const registration = await active(await navigator.serviceWorker.register(on.dataset.worker));
      const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(on.dataset.push) });
      const { endpoint, keys } = made.toJSON();
      on.elements.endpoint.value = endpoint;
      on.elements.p256dh.value = keys.p256dh;
      on.elements.auth.value = keys.auth;
      on.submit();
    } catch { say(on.dataset.failed); } finally { button.disabled = false; }
  });
})();
