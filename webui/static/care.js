// Masked texts are open while the key for it is down: of the comment that has the focus, or of the one on the page.
// Opening one for good is the button's work, which needs no script.
"use strict";

(() => {
  let opened = [];

  const near = () => document.activeElement?.closest(".card") ?? document.querySelector("[data-veiled]");

  document.addEventListener("moderator:hold", (event) => {
    if (event.detail.action !== "reveal") return;
    if (event.detail.held) {
      opened = [...(near()?.querySelectorAll("details.veil:not([open])") ?? [])];
      for (const veil of opened) veil.open = true;
    } else {
      for (const veil of opened) veil.open = false;
      opened = [];
    }
  });
})();
