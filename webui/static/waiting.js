// What cannot be taken back waits a moment: how long it can still be called off.
"use strict";

(() => {
  const said = document.querySelector("[data-waits]");
  if (!said) return;
  const end = performance.now() + Number(said.dataset.waits) * 1000;
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    said.textContent = left > 0 ? `${left} s left.` : "The time is over: it is being done.";
    if (left > 0) {
      setTimeout(tick, 250);
      return;
    }
    const undo = said.closest(".done")?.querySelector("[data-undo]");
    if (undo) undo.textContent = "Undo what can be";
  };
  said.hidden = false;
  tick();
})();
