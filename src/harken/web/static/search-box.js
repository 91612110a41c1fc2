"use strict";
// A list of what may be written, under a box for queries: a combobox after WAI-ARIA's pattern. Without this file
// the box is a plain one.

(() => {
  const WAIT_MS = 120;

  const prepare = (box) => {
    const list = document.createElement("ul"), told = document.createElement("p");
    const reading = document.getElementById("reading");
    list.id = box.id + "-offers";
    list.className = "offers";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", box.dataset.complete);
    list.hidden = true;
    told.className = "hidden";
    told.setAttribute("role", "status");
    box.after(list, told);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, "aria-haspopup": "listbox",
    })) box.setAttribute(name, value);

    let chosen = -1, timer = 0, asking = null;
    const options = () => [...list.children];
    const drop = () => {
      chosen = -1;
      box.removeAttribute("aria-activedescendant");
    };
    const choose = (index) => {
      const all = options();
      if (!all.length) return;
      chosen = (index + all.length) % all.length;
      all.forEach((option, i) => option.setAttribute("aria-selected", String(i === chosen)));
      box.setAttribute("aria-activedescendant", all[chosen].id);
      all[chosen].scrollIntoView({ block: "nearest" });
    };
    const close = () => {
      clearTimeout(timer);
      if (asking) asking.abort();
      list.hidden = true;
      list.replaceChildren();
      box.setAttribute("aria-expanded", "false");
      drop();
      told.textContent = "";
    };
    const ask = async (everything) => {
      if (asking) asking.abort();
      asking = new AbortController();
      const query = new URLSearchParams({ q: box.value, at: [...box.value.slice(0, box.selectionStart)].length });
      if (everything) query.set("all", "1");
      let text;
      try {
        const answer = await fetch("/fragments/complete?" + query, { signal: asking.signal });
        if (!answer.ok) return;
        text = await answer.text();
      } catch { return; } // typed on, or no connection: the box still searches
      if (document.activeElement !== box) return;
      const piece = document.createElement("template");
      piece.innerHTML = text;
      if (reading && box.id === "ask") reading.textContent = piece.content.querySelector("[data-reading]").textContent;
      const found = [...piece.content.querySelectorAll("[role=option]")];
      for (const option of found) option.id = `${box.id}-${option.id}`;
      const held = options()[chosen]?.dataset.q; // an answer that comes late takes nobody's choice away
      list.replaceChildren(...found);
      list.hidden = found.length === 0;
      box.setAttribute("aria-expanded", String(found.length > 0));
      const again = found.findIndex((option) => option.dataset.q === held);
      if (again < 0) drop(); // nothing is chosen: Enter searches for what was typed
      else choose(again);
      told.textContent = found.length || everything ? piece.content.querySelector("[data-count]").textContent : "";
    };
    const take = (option) => {
      const goesOn = "goesOn" in option.dataset;
      box.value = option.dataset.q;
      const at = [...box.value].slice(0, Number(option.dataset.at)).join("").length;
      box.setSelectionRange(at, at);
      close();
      box.focus();
      ask(false);
      return goesOn;
    };

    box.addEventListener("input", (event) => {
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(ask, WAIT_MS, false);
    });
    box.addEventListener("compositionend", () => { timer = setTimeout(ask, WAIT_MS, false); });
    box.addEventListener("keydown", (event) => {
      if (event.isComposing || event.ctrlKey || event.metaKey) return;
      const open = !list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!open) ask(true);
        else if (event.key === "ArrowDown") choose(chosen + 1);
        else choose(chosen < 0 ? options().length - 1 : chosen - 1);
      } else if (event.key === "Escape" && open) {
        event.preventDefault();
        event.stopPropagation();
        close();
      } else if (event.key === "Enter" && open && chosen >= 0) {
        event.preventDefault();
        take(options()[chosen]);
      } else if (event.key === "Tab" && open && chosen >= 0 && !event.shiftKey) {
        // What needs a value keeps one in the box to type it; anything else lets one go on.
        if (take(options()[chosen])) event.preventDefault();
      }
    });
    box.addEventListener("blur", close);
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) take(option);
    });
  };
  document.querySelectorAll("input[data-complete]").forEach(prepare);
})();
