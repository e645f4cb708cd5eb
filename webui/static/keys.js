// One key, one control: what carries data-key="h" is clicked by h. Only ever presses what a hand could press as well.
"use strict";

(() => {
  const OFF = "keys-off";
  const typing = "input, textarea, select, [contenteditable]";
  const memory = {
    off: () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } },
    set: (off) => { try { localStorage.setItem(OFF, off ? "1" : "0"); } catch { /* no storage: until reload */ } },
  };
  let off = memory.off();
  let pressed = false;

  document.addEventListener("keydown", (event) => {
    if (off || pressed || event.repeat || event.isComposing || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target instanceof Element && event.target.closest(typing)) return;
    const control = [...document.querySelectorAll("[data-key]")].find(
      (one) => one.dataset.key.split(" ").includes(event.key) && !one.disabled && one.getClientRects().length > 0,
    );
    if (!control) return;
    event.preventDefault();
    pressed = true;
    control.click();
    // A click that leads nowhere (a field left empty) gives the keys back.
    setTimeout(() => { pressed = false; }, 1000);
  });
  window.addEventListener("pageshow", () => { pressed = false; });

  const toggle = document.querySelector("[data-keys-toggle]");
  if (!toggle) return;
  const show = () => { toggle.textContent = off ? "Turn keyboard shortcuts on" : "Turn keyboard shortcuts off"; };
  toggle.hidden = false;
  toggle.addEventListener("click", () => { off = !off; memory.set(off); show(); });
  show();
})();
