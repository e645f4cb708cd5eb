// A button beside a text copies it. Without this script the text is there to be selected by hand.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  const status = button.nextElementSibling;
  button.hidden = false;
  button.addEventListener("click", async () => {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      // No permission, or no https: the text is selected, and this way of copying is older than permissions.
      if (!document.execCommand("copy")) return;
    }
    status.textContent = button.dataset.copied;
    setTimeout(() => { status.textContent = ""; }, 3000);
  });
  text.addEventListener("focus", () => text.select());
}
