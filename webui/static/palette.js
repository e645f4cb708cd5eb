// The command palette: what can be done on this page, where one can go, and a search for what is typed.
// Everything it offers is a control on this page or a link on another: without it nothing is lost.
"use strict";

(() => {
  const served = document.getElementById("keyboard");
  if (!served) return;
  const keyboard = JSON.parse(served.textContent);
  const MOST = 12;
  const ID = /^[0-9a-v]{26}$/;
  let fetched = null;

  const shown = (one) => one.getClientRects().length > 0;
  const folded = (one) => { const fold = one.closest("details:not([open])"); return fold && shown(fold); };

  const go = (url) => () => {
    const link = document.createElement("a");
    link.href = url;
    document.body.append(link);
    link.click(); // as a link of the page, so that whatever watches over links does so here as well
    link.remove();
  };

  const deeds = () => keyboard.actions
    .filter((action) => action.name !== "palette" && !action.held)
    .filter((action) => action.name === "help" || [...document.querySelectorAll(`[data-action~="${action.name}"]`)]
      .some((one) => !one.disabled && (shown(one) || folded(one))))
    .map((action) => ({
      name: action.says,
      kind: "On this page",
      key: keyboard.on ? action.key : "",
      run: () => document.dispatchEvent(new CustomEvent("moderator:act", { detail: action.name })),
    }));

  const rooms = () => [...document.querySelectorAll(".masthead nav a")]
    .map((link) => ({ name: link.textContent.trim(), kind: "Room", run: go(link.href) }));

  const ask = () => {
    fetched ??= fetch(keyboard.places).then((answer) => (answer.ok ? answer.json() : null), () => null)
      .then((answer) => { if (!answer) fetched = null; return answer; });
    return fetched;
  };

  // Letters in order, wherever they stand: the start of a word counts most, then letters side by side.
  const score = (name, typed) => {
    const text = name.toLowerCase();
    let at = -1;
    let sum = 0;
    for (const letter of typed) {
      const next = text.indexOf(letter, at + 1);
      if (next < 0) return 0;
      sum += next === 0 || /[^\p{L}\p{N}]/u.test(text[next - 1]) ? 4 : next === at + 1 ? 3 : 1;
      at = next;
    }
    return sum / typed.length + (text.includes(typed) ? 3 : 0);
  };

  const found = (all, typed, places) => {
    const letters = typed.toLowerCase().replace(/\s+/g, "");
    if (!letters) return all.slice(0, MOST);
    const matching = all.map((one) => [score(`${one.name}`, letters), one]).filter(([sum]) => sum > 0);
    matching.sort(([one], [other]) => other - one);
    const fitting = matching.map(([, one]) => one).slice(0, MOST - 2);
    fitting.push({ name: `Search for “${typed}”`, kind: "Search", run: go(`${keyboard.search}?q=${encodeURIComponent(typed)}`) });
    if (places && (ID.test(typed) || typed.includes("/"))) {
      fitting.unshift({ name: `Go to ${typed}`, kind: "Comment", run: go(`${places.to}?to=${encodeURIComponent(typed)}`) });
    }
    return fitting;
  };

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  const open = () => {
    if (document.querySelector("dialog[open]")) return;
    const field = element("input", {
      type: "text", role: "combobox", "aria-label": "Do or go to", "aria-controls": "palette-list", "aria-expanded": "true",
      "aria-autocomplete": "list", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
      placeholder: "What to do, where to go, an id or a link",
    });
    const list = element("ul", { role: "listbox", id: "palette-list", "aria-label": "Found" });
    const count = element("p", { class: "visually-hidden", role: "status" });
    const dialog = element("dialog", { class: "sheet palette", "aria-label": "Command palette" }, field, list, count);
    const here = deeds(); // before the dialog covers the page
    let places = null;
    let offered = [];
    let at = 0;

    const point = (to) => {
      at = offered.length ? (to + offered.length) % offered.length : 0;
      [...list.children].forEach((line, number) => line.setAttribute("aria-selected", String(number === at)));
      const line = list.children[at];
      if (line) { field.setAttribute("aria-activedescendant", line.id); line.scrollIntoView({ block: "nearest" }); }
      else field.removeAttribute("aria-activedescendant");
    };
    const show = () => {
      const others = (places?.places ?? []).map((one) => ({ ...one, run: go(one.url) }));
      offered = found([...here, ...rooms(), ...others], field.value.trim(), places);
      list.replaceChildren(...offered.map((one, number) => element("li", { role: "option", id: `palette-${number}` },
        element("span", {}, one.name), element("span", { class: "quiet small" }, one.kind),
        ...(one.key ? [element("kbd", {}, one.key)] : []))));
      count.textContent = offered.length ? `${offered.length} found` : "Nothing found";
      list.classList.toggle("none", !offered.length);
      point(0);
    };
    const run = (number) => {
      const one = offered[number];
      dialog.close();
      if (one) one.run();
    };

    field.addEventListener("input", show);
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown") point(at + 1);
      else if (event.key === "ArrowUp") point(at - 1);
      else if (event.key === "Enter") { if (!event.repeat) run(at); }
      else return;
      event.preventDefault();
    });
    list.addEventListener("click", (event) => {
      const line = event.target.closest("[role=option]");
      if (line) run([...list.children].indexOf(line));
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    field.focus();
    show();
    ask().then((answer) => { if (answer && dialog.open) { places = answer; show(); } });
  };

  document.addEventListener("moderator:palette", open);
})();
