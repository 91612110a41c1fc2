"use strict";
// Pictures, large, on the page; without this their links open them.

(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  let box = null, shown = [], at = 0, from = null;

  const show = (index) => {
    at = (index + shown.length) % shown.length;
    const link = shown[at], small = $("img", link), large = $("img", box);
    large.classList.remove("zoomed");
    large.src = link.href;
    large.alt = small.alt;
    const words = $("[data-says]", box), described = $("figcaption p", link.closest("figure"));
    words.textContent = described ? described.textContent : "";
    words.hidden = !described;
    $("[data-count]", box).textContent = shown.length > 1 ? `${at + 1} / ${shown.length}` : "";
    for (const button of $$("[data-step]", box)) button.hidden = shown.length < 2;
  };
  const open = (link) => {
    if (!box) {
      box = $("#viewer").content.firstElementChild.cloneNode(true);
      document.body.append(box);
      box.addEventListener("close", () => { $("img", box).removeAttribute("src"); if (from) from.focus(); });
      box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
      for (const button of $$("[data-step]", box)) button.addEventListener("click", () => show(at + Number(button.dataset.step)));
      $("[data-zoom]", box).addEventListener("click", () => {
        const on = $("img", box).classList.toggle("zoomed");
        $("[data-zoom]", box).setAttribute("aria-pressed", String(on));
      });
      $("img", box).addEventListener("click", () => $("[data-zoom]", box).click());
      box.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (step && shown.length > 1) { event.preventDefault(); show(at + (document.dir === "rtl" ? -step : step)); }
        if (event.key === "+" || event.key === "z") $("[data-zoom]", box).click();
      });
      let touch = null;
      box.addEventListener("touchstart", (event) => { touch = event.touches.length === 1 ? event.touches[0] : null; }, { passive: true });
      box.addEventListener("touchend", (event) => {
        if (!touch || $("img", box).classList.contains("zoomed")) return;
        const moved = event.changedTouches[0].clientX - touch.clientX;
        if (Math.abs(moved) > 60 && shown.length > 1) show(at + ((moved < 0) === (document.dir !== "rtl") ? 1 : -1));
      });
    }
    from = link;
    shown = $$("a", link.closest(".media")).filter((one) => $("img", one));
    show(shown.indexOf(link));
    box.showModal();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".media a");
    if (!link || !$("img", link) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
  });
})();
