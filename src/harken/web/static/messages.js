"use strict";
// A chat that is live, and sent with Enter. Without this file the form sends it and the page shows what came.

(() => {
  const list = document.getElementById("bubbles"), form = document.querySelector("form.say"), chats = document.getElementById("chats");
  let due = 0;
  const heard = (types, act) => document.addEventListener("harken:heard", ({ detail }) => {
    if (!types.includes(detail.type)) return;
    clearTimeout(due);
    due = setTimeout(act, 150);
  });
  if (chats && !location.search) { // the list: what is new moves up
    heard(["notification"], async () => {
      const answer = await fetch(location.href).catch(() => null);
      if (!answer || !answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("chats");
      if (fresh && !chats.contains(document.activeElement)) chats.replaceChildren(...fresh.children);
    });
  }
  if (!list) return;
  const bottom = (smooth) => scrollTo({ top: document.documentElement.scrollHeight, behavior: smooth && !document.documentElement.dataset.motion && !matchMedia("(prefers-reduced-motion: reduce)").matches ? "smooth" : "auto" });
  const atBottom = () => innerHeight + scrollY > document.documentElement.scrollHeight - 160;
  if (list.dataset.first && list.children.length) bottom(false);

  let asking = false, again = false;
  const newer = async () => {
    if (!list.dataset.conversation || list.dataset.conversation === "0" || !list.dataset.first) return;
    if (asking) { again = true; return; }
    asking = true;
    const answer = await fetch(`/fragments/messages/${list.dataset.conversation}?after=${list.dataset.newest}`).catch(() => null);
    asking = false;
    if (answer && answer.ok) {
      const piece = document.createElement("template");
      piece.innerHTML = await answer.text();
      const stay = atBottom(), days = new Set([...list.querySelectorAll(".day")].map((day) => day.textContent));
      for (const item of [...piece.content.children]) {
        if (item.matches(".day") ? days.has(item.textContent) : list.querySelector(`[data-id="${item.dataset.id}"]`)) continue;
        item.classList.add("arrived");
        list.append(item);
        if (item.dataset.id) list.dataset.newest = item.dataset.id;
      }
      document.querySelector(".quiet-start")?.remove();
      if (stay) bottom(true);
    }
    if (again) { again = false; newer(); }
  };
  heard(["notification", "home", "open"], newer);
  if (!form) return;

  const text = form.querySelector("textarea"), wrong = form.querySelector(".error"), button = form.querySelector("button");
  const grow = () => { if (CSS.supports("field-sizing", "content")) return; text.style.height = "auto"; text.style.height = `${Math.min(192, text.scrollHeight + 2)}px`; };
  text.addEventListener("input", grow);
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    if (!list.dataset.conversation || list.dataset.conversation === "0" || !list.dataset.first) return; // the page follows
    event.preventDefault();
    if (!text.value.trim() || button.disabled) return;
    button.disabled = true;
    wrong.hidden = true;
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => null);
    button.disabled = false;
    if (answer && answer.type === "opaqueredirect") {
      text.value = "";
      form.elements.key.value = crypto.getRandomValues(new Uint32Array(4)).join("-"); // the next one is another message
      grow();
      await newer();
      bottom(true);
      text.focus();
      return;
    }
    const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page && page.getElementById("stopped")) { form.submit(); return; } // not sent, and much to say about it: as a page
    wrong.textContent = (page && page.querySelector("#say-error, .error")?.textContent) || form.dataset.failed;
    wrong.hidden = false;
  });
  if (matchMedia("(pointer: fine)").matches) text.focus({ preventScroll: true });
})();
