// Many comments at once: how many are ticked, and how far a run is. Without it the page is reloaded by itself instead.
"use strict";

(() => {
  const LOOK_AGAIN = 1000;

  const form = document.querySelector("[data-bulk]");
  if (form) {
    const count = form.querySelector("[data-ticked]");
    const boxes = [...form.querySelectorAll("input[name=case]")];
    const number = new Intl.NumberFormat("en-GB");
    const show = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      count.textContent = `${number.format(ticked)} of ${number.format(boxes.length)} ticked`;
    };
    form.addEventListener("change", show);
    show();
  }

  const place = document.querySelector("[data-progress]");
  if (!place) return;
  const unfinished = "unfinished" in place.dataset;
  // Stop or undo was pressed: a page that is loaded anew now would call that off.
  let leaving = false;
  document.addEventListener("submit", () => { leaving = true; });
  window.addEventListener("pageshow", () => { leaving = false; });
  const look = async () => {
    try {
      const response = await fetch(place.dataset.progress, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(response.statusText);
      const answer = await response.json();
      if (leaving) return;
      place.innerHTML = answer.html;
      if (unfinished && !answer.unfinished) {
        // Its buttons and what was left alone belong to the whole page.
        location.reload();
        return;
      }
      if (!answer.again) {
        delete place.dataset.progress;
        const announce = document.getElementById("announce");
        if (announce) announce.textContent = "Done on the platform.";
        return;
      }
    } catch { /* away for a moment: look again later */ }
    setTimeout(look, LOOK_AGAIN);
  };
  setTimeout(look, LOOK_AGAIN);
})();
