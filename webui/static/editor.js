// The editor of guidelines: sliders beside their numbers, a check while one types, and how far a run is.
// Everything here can be done without it: the form has buttons for the same, and the server draws whatever is shown.
"use strict";

(() => {
  const WAIT = 350;
  const LOOK_AGAIN = 1500;

  const slots = (root) => [...root.querySelectorAll("[data-slot]")];

  const write = (slot, notes) => {
    slot.replaceChildren(...notes.map((note) => {
      const line = document.createElement("p");
      line.className = note.warning ? "notice" : "problem";
      line.textContent = note.text;
      return line;
    }));
    const wrong = notes.some((note) => !note.warning);
    for (const field of document.querySelectorAll(`[aria-describedby="${CSS.escape(slot.id)}"]`)) {
      if (field.tagName === "FIELDSET") continue;
      if (wrong) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
    }
  };

  // What the server drew takes the place of what it drew before, unless a table in it was opened meanwhile: that stays open.
  const fill = (place, html) => {
    const open = [...place.querySelectorAll("details")].map((one) => one.open);
    place.innerHTML = html;
    place.querySelectorAll("details").forEach((one, at) => { one.open = open[at] ?? one.open; });
  };

  const show = (form, answer) => {
    for (const slot of slots(form)) write(slot, answer.notes[slot.dataset.slot] ?? []);
    for (const place of form.querySelectorAll("[data-fill]")) {
      const html = answer[place.dataset.fill];
      if (html !== undefined) fill(place, html);
    }
    const verdict = form.querySelector("[data-verdict]");
    if (verdict && verdict.textContent !== answer.said) verdict.textContent = answer.said;
  };

  const check = (form) => {
    let timer = 0;
    let asking = null;
    const ask = async () => {
      asking?.abort();
      asking = new AbortController();
      try {
        const answer = await fetch(form.dataset.look, { method: "POST", body: new FormData(form), signal: asking.signal });
        if (answer.ok) show(form, await answer.json());
      } catch (error) {
        // No answer just now: what was said last stays, and saving checks again.
        if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
      }
    };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
  };

  // Leaving with something typed and not saved asks first.
  const guard = (form) => {
    let changed = form.hasAttribute("data-unsaved");
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("submit", () => { changed = false; });
    window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  };

  // The drawing follows at once; what the server counts comes a moment later.
  const follow = (number) => {
    for (const line of document.querySelectorAll(`[data-line="${number.name}"]`)) {
      const at = Math.min(1, Math.max(0, number.valueAsNumber || 0)) * line.ownerSVGElement.viewBox.baseVal.width;
      line.setAttribute("x1", at);
      line.setAttribute("x2", at);
    }
    const hides = document.querySelector("[data-line=automatic]");
    const from = (id) => document.getElementById(id)?.valueAsNumber ?? NaN;
    for (const bar of document.querySelectorAll("[data-middle]")) {
      const middle = Number(bar.dataset.middle);
      const zone = hides && middle >= from("automatic") ? "hidden" : middle >= from("review") ? "asked" : "below";
      bar.setAttribute("class", zone);
    }
  };

  const slide = (slider) => {
    const number = document.getElementById(slider.dataset.slides);
    if (!number) return;
    slider.value = number.value;
    slider.disabled = number.matches(":disabled");
    slider.parentElement.hidden = false;
    slider.addEventListener("input", () => { number.value = slider.value; follow(number); });
    number.addEventListener("input", () => { slider.value = number.value; follow(number); });
  };

  const poll = (place) => {
    const ask = async () => {
      try {
        const answer = await fetch(place.dataset.poll);
        if (!answer.ok) return location.reload();
        const { again, html } = await answer.json();
        if (!again) return location.reload();
        place.innerHTML = html;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
      setTimeout(ask, LOOK_AGAIN);
    };
    setTimeout(ask, LOOK_AGAIN / 3);
  };

  for (const form of document.querySelectorAll("form[data-look]")) { check(form); guard(form); }
  for (const slider of document.querySelectorAll("[data-slides]")) slide(slider);
  for (const button of document.querySelectorAll("[data-instead]")) button.hidden = true;
  for (const place of document.querySelectorAll("[data-poll]")) poll(place);
})();
