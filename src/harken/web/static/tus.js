// Files in the post box go up in pieces and go on where they stopped, also after a reload (tus 1.0.0).
(() => {
  "use strict";
  if (window.harkenSendsFiles) return; // the part of the box that wants it may come twice
  window.harkenSendsFiles = true;
  const PIECE = 5000000, VERSION = { "Tus-Resumable": "1.0.0" };
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  async function send(input) {
    const file = input.files[0], form = input.form;
    if (!file) return;
    const bar = form.querySelector("progress.upload"), told = bar.nextElementSibling;
    const button = form.querySelector("button.button:not([type])");
    const secret = { "Harken-Form": form.elements.csrf.value, ...VERSION };
    const key = ["tus", document.body.dataset.viewer, file.name, file.size, file.lastModified].join(":");
    bar.hidden = false; told.textContent = input.dataset.begin; button.disabled = true;
    try {
      let at = localStorage.getItem(key), offset = -1;
      if (at) {
        const here = await fetch(at, { method: "HEAD", headers: secret });
        if (here.ok) offset = Number(here.headers.get("Upload-Offset"));
      }
      if (offset < 0) {
        const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name)));
        const made = await fetch(input.dataset.tus, { method: "POST", headers: {
          ...secret, "Upload-Length": String(file.size), "Upload-Metadata": "filename " + name } });
        if (!made.ok) throw new Error(((await made.json().catch(() => null)) || {}).error || made.status);
        at = new URL(made.headers.get("Location"), location.href).pathname; offset = 0;
        localStorage.setItem(key, at);
      }
      for (let tries = 0; offset < file.size;) {
        let answer = null;
        try {
          answer = await fetch(at, { method: "PATCH", body: file.slice(offset, offset + PIECE), headers: {
            ...secret, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" } });
        } catch { /* the line broke; asked below how much arrived */ }
        if (answer && answer.ok) { offset = Number(answer.headers.get("Upload-Offset")); tries = 0; }
        else if (++tries > 6) throw new Error(input.dataset.again);
        else {
          await wait(500 * 2 ** tries);
          const here = await fetch(at, { method: "HEAD", headers: secret }).catch(() => null);
          if (here && here.ok) offset = Number(here.headers.get("Upload-Offset"));
        }
        bar.value = Math.floor(100 * offset / file.size);
      }
      localStorage.removeItem(key);
      let kept = form.elements.document_id;
      if (!kept) { kept = document.createElement("input"); kept.type = "hidden"; kept.name = "document_id"; form.append(kept); }
      kept.value = at.split("/").pop();
      input.value = ""; told.textContent = input.dataset.done + ": " + file.name;
    } catch (error) { told.textContent = error.message; } finally { button.disabled = false; }
  }
  document.addEventListener("change", (event) => { if (event.target.matches("input[data-tus]")) send(event.target); });
})();
