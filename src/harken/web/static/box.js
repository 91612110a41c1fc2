"use strict";
// The post box: characters left, drafts, files by drop and paste, and sending that waits for a connection.
// Without this file the box is a form like any other.

(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const viewer = document.body.dataset.viewer;
  const kept = { // localStorage may be full or forbidden; then nothing is kept
    read(name) { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } },
    write(name, value) { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* as it was */ } },
    drop(name) { try { localStorage.removeItem(name); } catch { /* as it was */ } },
  };

  const segments = window.Intl && Intl.Segmenter ? new Intl.Segmenter() : null;
  const length = (text) => (segments && /[^\x00-\x7f]/.test(text) ? [...segments.segment(text)].length : text.length);
  // As the server counts: a link is 23, @name@host is @name (src/harken/text/length.py).
  const counted = (text) => length(text.trim()
    .replace(/https?:\/\/[^\s<>"'`]+/g, "x".repeat(23))
    .replace(/(^|[^\w/@.])(@[A-Za-z0-9_]{1,30})@[A-Za-z0-9][A-Za-z0-9.-]*/g, "$1$2"));

  // ---- posts that wait for a connection: sent once, however often it is tried, for they keep their key ---------------
  const QUEUE = "harken-waiting-" + viewer;
  const queue = () => kept.read(QUEUE) || [];
  const waiting = (key, entry) => {
    const rest = queue().filter((one) => one.key !== key);
    if (entry) rest.push(entry);
    if (rest.length) kept.write(QUEUE, rest); else kept.drop(QUEUE);
  };
  const ghost = (entry) => {
    const list = document.getElementById("posts") || $("ol.posts");
    const item = $("#sending").content.firstElementChild.cloneNode(true);
    $("[data-text]", item).textContent = entry.fields.find(([name]) => name === "text")[1];
    if (list) list.prepend(item); else $("form.box:has([data-limit])").after(item);
    const state = $("[data-state]", item), doors = $(".doors", item);
    $("[data-again]", item).addEventListener("click", () => send(entry, item));
    $("[data-back]", item).addEventListener("click", () => {
      const form = $("form.box:has([data-limit])"), text = $("textarea", form);
      text.value = [text.value, $("[data-text]", item).textContent].filter(Boolean).join("\n");
      text.dispatchEvent(new Event("input", { bubbles: true }));
      waiting(entry.key);
      item.remove();
      text.focus();
    });
    item.says = (what) => { state.textContent = state.dataset[what]; doors.hidden = what === "sending"; };
    item.says("sending");
    return item;
  };
  const send = async (entry, item) => {
    item.says("sending");
    let answer;
    try {
      answer = await fetch("/compose", { method: "POST", body: new URLSearchParams([...entry.fields, ["csrf", csrf()]]) });
    } catch {
      waiting(entry.key, entry);
      item.says("waits");
      return;
    }
    if (answer.status >= 500) { waiting(entry.key, entry); item.says("waits"); return; }
    waiting(entry.key);
    if (answer.ok && answer.redirected && !new URL(answer.url).pathname.startsWith("/sign-in")) {
      kept.drop(entry.draft);
      location.href = answer.url;
      return;
    }
    if (answer.redirected) { kept.write(entry.draft, { text: $("[data-text]", item).textContent }); location.href = answer.url; return; }
    // A command's answer, or what is wrong, with the box and all that was in it: the page of the server is shown as it is.
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    shownInstead(page);
    ($(".error, #stopped, h1") || document.getElementById("main")).scrollIntoView({ block: "center" });
  };
  const shownInstead = (page) => {
    const main = document.getElementById("main");
    main.replaceChildren(...$("#main", page).childNodes);
    document.title = page.title;
    if (window.htmx) window.htmx.process(main);
    $$("form.box:has([data-limit])").forEach(prepare);
  };
  const csrf = () => $("input[name=csrf]").value;
  let trying = false;
  const sendWaiting = () => {
    if (trying || !navigator.onLine) return;
    trying = true;
    for (const item of $$("article.sending")) item.closest("li").remove();
    const [first] = queue();
    if (first) send(first, ghost(first)).finally(() => { trying = false; }); else trying = false;
  };

  // ---- files: dropped or pasted they go where the form has its fields, each with what is in it ------------------------
  const thumbnail = async (file) => {
    if (!file.type.startsWith("image/")) return "";
    try {
      const picture = await createImageBitmap(file), canvas = document.createElement("canvas");
      const scale = 128 / Math.max(picture.width, picture.height);
      [canvas.width, canvas.height] = [Math.max(1, picture.width * scale), Math.max(1, picture.height * scale)];
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL("image/webp", 0.7);
    } catch { return ""; }
  };
  const uploads = (form) => {
    const area = $(".uploads", form);
    if (!area) return;
    const rows = () => $$(":scope > div", area);
    const fields = (row) => [$("input[type=file]", row), $("input:not([type=file])", row)];
    const shown = async (row) => {
      const [file, alt] = fields(row), chosen = file.files[0];
      let preview = $(".chosen", row);
      if (!chosen) { if (preview) preview.remove(); return; }
      if (!preview) {
        preview = document.createElement("p");
        preview.className = "chosen";
        const picture = document.createElement("img"), name = document.createElement("span"), out = document.createElement("button");
        picture.alt = "";
        out.type = "button";
        out.className = "link";
        out.textContent = area.dataset.remove;
        out.addEventListener("click", () => { file.value = ""; alt.value = ""; shown(row); file.focus(); });
        preview.append(picture, name, out);
        row.prepend(preview);
      }
      $("span", preview).textContent = chosen.name;
      const src = await thumbnail(chosen);
      $("img", preview).hidden = !src;
      if (src) $("img", preview).src = src;
    };
    const take = (files) => {
      area.closest("details").open = true;
      let last = null;
      for (const file of files) {
        const row = rows().find((one) => !fields(one)[0].files.length);
        if (!row) break;
        const given = new DataTransfer();
        given.items.add(file);
        fields(row)[0].files = given.files;
        shown(row);
        last = last || row;
      }
      if (last) fields(last)[1].focus();
    };
    form.takeFiles = take;
    for (const row of rows()) fields(row)[0].addEventListener("change", () => { shown(row); if (fields(row)[0].files.length) fields(row)[1].focus(); });
    const fits = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
    form.addEventListener("dragover", (event) => { if (fits(event)) { event.preventDefault(); form.classList.add("over"); } });
    for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => form.classList.remove("over"));
    form.addEventListener("drop", (event) => { if (fits(event)) { event.preventDefault(); take(event.dataTransfer.files); } });
    form.addEventListener("paste", (event) => {
      const files = [...((event.clipboardData || {}).files || [])];
      if (files.length) { event.preventDefault(); take(files); }
    });
  };
  const withProgress = (form) => {
    const bar = document.createElement("progress");
    bar.className = "upload";
    bar.max = 1;
    bar.setAttribute("aria-label", $(".uploads", form).dataset.sending);
    form.append(bar);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
    const failed = () => { bar.remove(); $("button.button", form).disabled = false; const says = $(".uploads", form).dataset.failed; alertIn(form, says); };
    request.addEventListener("error", failed);
    request.addEventListener("load", () => {
      if (request.status >= 500) { failed(); return; }
      const url = new URL(request.responseURL);
      if (url.pathname !== "/compose") { kept.drop(draftName(form)); location.href = request.responseURL; return; }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      shownInstead(page);
    });
    request.send(new FormData(form));
  };
  const alertIn = (form, text) => {
    let says = $(".error", form);
    if (!says) { says = document.createElement("p"); says.className = "error"; says.setAttribute("role", "alert"); form.prepend(says); }
    says.textContent = text;
  };

  // ---- drafts: by who writes and what it answers; kept through a reload and a sign-in, gone when it is sent ------------
  const draftName = (form) => {
    const about = $("[name=reply_to]", form) || $("[name=quote]", form);
    return `harken-draft-${viewer}-${about ? about.value : "new"}`;
  };

  const prepare = (form) => {
    const text = $("textarea[data-limit]", form), left = $("[data-left]", form), spoiler = $("[name=spoiler]", form);
    const editing = form.getAttribute("action") !== "/compose", draft = draftName(form);
    const count = () => {
      const rest = Number(text.dataset.limit) - counted(text.value) - (spoiler ? length(spoiler.value) : 0);
      left.value = rest;
      left.classList.toggle("over", rest < 0);
    };
    const before = editing ? null : kept.read(draft);
    if (before && before.text && text.value === text.defaultValue && !$(".error", form)) {
      text.value = before.text;
      if (spoiler && before.spoiler) { spoiler.value = before.spoiler; spoiler.closest("details").open = true; }
    }
    let timer = 0;
    form.addEventListener("input", () => {
      count();
      if (editing) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (text.value.trim() && text.value !== text.defaultValue) kept.write(draft, { text: text.value, spoiler: spoiler ? spoiler.value : "" });
        else kept.drop(draft);
      }, 300);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
    });
    form.addEventListener("submit", (event) => {
      clearTimeout(timer);
      const button = $("button.button", form);
      setTimeout(() => { button.disabled = true; });
      addEventListener("pageshow", () => { button.disabled = false; }, { once: true });
      if (editing) return;
      event.preventDefault();
      kept.write(draft, { text: text.value, spoiler: spoiler ? spoiler.value : "" });
      const given = new FormData(form);
      if ([...given.values()].some((one) => one instanceof File && one.size)) { withProgress(form); return; }
      const fields = [...given].filter(([name, value]) => name !== "csrf" && !(value instanceof File));
      const entry = { key: given.get("key"), fields, draft };
      const item = ghost(entry);
      text.value = "";
      $("[name=key]", form).value = crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2); // the next is another
      count();
      send(entry, item).finally(() => { button.disabled = false; });
    });
    uploads(form);
    count();
    if (form.id === "box" || ["/compose", "/share"].includes(location.pathname)) {
      text.focus();
      text.setSelectionRange(text.value.length, text.value.length);
    }
  };
  $$("form.box:has([data-limit])").forEach(prepare);
  addEventListener("online", sendWaiting);
  if ($("form.box:has([data-limit])")) sendWaiting();

  // ---- what another application shared ---------------------------------------------------------------------------------
  const shared = async () => {
    const number = Number(new URLSearchParams(location.search).get("files"));
    const form = $("form.box:has([data-limit])");
    if (location.pathname !== "/share" || !number || !window.caches || !form || !form.takeFiles) return;
    const files = [];
    for (let i = 0; i < Math.min(number, 4); i += 1) {
      const answer = await caches.match(`/share/file-${i}`);
      if (answer) files.push(new File([await answer.blob()], decodeURIComponent(answer.headers.get("x-name") || "file"), { type: answer.headers.get("content-type") }));
    }
    form.takeFiles(files);
    for (let i = 0; i < 4; i += 1) await (await caches.open("home")).delete(`/share/file-${i}`);
  };
  shared();

  // ---- signing out forgets ----------------------------------------------------------------------------------------------
  for (const form of $$('form[action="/sign-out"]')) form.addEventListener("submit", () => {
    for (const name of Object.keys(localStorage)) if (name.startsWith("harken-draft-") || name.startsWith("harken-waiting-")) kept.drop(name);
  });
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js").catch(() => {});
})();
