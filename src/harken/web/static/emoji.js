"use strict";
// The emoji of the post box: fetched when they are first opened, put in where the caret is.
// Without this file a link leads to the page of all codes.

(() => {
  document.addEventListener("toggle", async (event) => {
    const details = event.target, here = details.open && details.dataset.palette
      && details.querySelector("[data-palette-here]:empty");
    if (!here) return;
    const answer = await fetch(details.dataset.palette).catch(() => null);
    if (answer && answer.ok && !here.firstChild) here.innerHTML = await answer.text();
  }, true); // a toggle does not bubble

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    const text = button && button.form && button.form.querySelector("textarea");
    if (!text) return;
    // A code must not touch a word, or it is none.
    const space = /[^\s]$/.test(text.value.slice(0, text.selectionStart)) ? " " : "";
    text.setRangeText(space + button.dataset.insert + " ", text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  });
})();
