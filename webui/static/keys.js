// Keys: what carries data-action="hide" is pressed by the key that the member has for it, as the page says in #keyboard.
// Only ever presses what a hand could press as well. Everything can be done without it.
"use strict";

(() => {
  const served = document.getElementById("keyboard");
  if (!served) return;

  const SETTLED = 150; // ms: what was struck for the page before must do nothing on this one
  const PATIENCE = 1000;
  const TYPING = `input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"], [type="reset"], [type="hidden"]),
    textarea, select, [contenteditable]:not([contenteditable="false"])`;
  const keyboard = JSON.parse(served.textContent);
  const actions = new Map(keyboard.actions.map((action) => [action.name, action]));
  let settled = Infinity;
  let pressed = false;
  let held = null;

  const settle = () => { settled = performance.now() + SETTLED; pressed = false; };
  document.addEventListener("DOMContentLoaded", settle);
  window.addEventListener("pageshow", settle);
  document.addEventListener("moderator:page", () => { settle(); mark(); });
  // Something was answered without leaving the page.
  document.addEventListener("moderator:marks", () => { pressed = false; mark(); });

  const shown = (one) => one.getClientRects().length > 0;
  const folded = (one) => { const fold = one.closest("details:not([open])"); return fold && shown(fold) ? fold : null; };
  const controls = (name) => [...document.querySelectorAll(`[data-action~="${name}"]`)].filter((one) => !one.disabled);
  const control = (name) => {
    const all = controls(name);
    return all.find(shown) ?? all.find(folded);
  };

  // What takes words is given the focus, what is folded away is opened first; anything else is pressed.
  const press = (one) => {
    const fold = folded(one);
    if (fold) fold.open = true;
    if (one.matches("details")) one.open = true;
    const field = one.matches("details, fieldset, form") ? one.querySelector(`${TYPING}, button`) : one;
    if (fold || one !== field || one.matches(TYPING)) {
      field?.focus();
      if (field?.type === "search") field.select();
      return;
    }
    if (one.matches("a[href]")) remember(one.href);
    pressed = one.matches("a[href], [type=submit]");
    one.click();
    if (one.matches("summary") && one.parentElement.open) one.parentElement.querySelector(TYPING)?.focus();
    // A press that leads nowhere (a field left empty) gives the keys back.
    setTimeout(() => { pressed = false; }, PATIENCE);
  };

  // In lists the keys for next and previous move the focus from comment to comment, and the return key opens one.
  const entries = () => [...document.querySelectorAll("main .card a.text")].filter(shown);
  const walk = (step) => {
    const all = entries();
    const here = all.findIndex((link) => link.closest(".card").contains(document.activeElement));
    const onward = step > 0 ? document.querySelector('.pages a[rel="next"]') : null;
    (all[here < 0 ? 0 : here + step] ?? onward)?.focus();
  };
  const select = () => {
    document.activeElement.closest(".card")?.querySelector('input[type="checkbox"][name="case"]')?.click();
  };

  // As a link of the page, so that whatever watches over links does so here as well.
  const follow = (url) => {
    const link = element("a", { href: url });
    document.body.append(link);
    link.click();
    link.remove();
  };

  const act = (name) => {
    const found = control(name);
    if (name === "help") help();
    else if (name === "palette") document.dispatchEvent(new CustomEvent("moderator:palette"));
    else if (found) press(found);
    else if (name === "next") walk(1);
    else if (name === "previous") walk(-1);
    else if (name === "select") select();
    else if (name === "search") follow(keyboard.search);
    else return false;
    return true;
  };

  const hold = (name) => {
    held = name;
    document.dispatchEvent(new CustomEvent("moderator:hold", { detail: { action: name, held: true } }));
  };
  const letGo = () => {
    if (held) document.dispatchEvent(new CustomEvent("moderator:hold", { detail: { action: held, held: false } }));
    held = null;
  };

  const wanted = (key) => keyboard.actions.filter((action) => action.key && action.key === key).map((one) => one.name);
  const deaf = (event) => pressed || event.repeat || event.isComposing || event.defaultPrevented
    || performance.now() < settled || document.querySelector("dialog[open]");

  document.addEventListener("keydown", (event) => {
    if (!keyboard.on || deaf(event) || event.altKey) return;
    if (event.key.toLowerCase() === "k" && event.ctrlKey !== event.metaKey && !event.shiftKey) {
      event.preventDefault();
      act("palette");
      return;
    }
    // Signs may need the shift key, letters are typed without it; the shift lock makes no difference.
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey || (event.shiftKey && /\p{L}/u.test(key))) return;
    if (event.target instanceof Element && event.target.closest(TYPING)) return;
    for (const name of wanted(key)) {
      if (actions.get(name).held ? control(name) && (hold(name), true) : act(name)) {
        event.preventDefault();
        return;
      }
    }
  });
  document.addEventListener("keyup", (event) => { if (held && actions.get(held).key === event.key.toLowerCase()) letGo(); });
  window.addEventListener("blur", letGo);
  document.addEventListener("visibilitychange", letGo);

  // A return key that is still down from the page before must not press what has the focus here.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    const presses = event.target instanceof Element && event.target.closest("button, [type=submit], a[href], summary");
    if (presses && (event.repeat || performance.now() < settled)) event.preventDefault();
  }, true);

  // The second step, opened by key, is ready for the return key: its one button has the focus.
  const OPENED = "opened-by-key";
  const remember = (url) => { try { sessionStorage.setItem(OPENED, url); } catch { /* no storage: no focus */ } };
  const arrive = () => {
    let opened = null;
    try {
      opened = sessionStorage.getItem(OPENED);
      sessionStorage.removeItem(OPENED);
    } catch { /* no storage */ }
    if (opened === location.href) document.querySelector("[data-confirm]")?.focus({ preventScroll: true });
  };

  // ---- the keys as they stand on the page ----

  const mark = () => {
    for (const one of document.querySelectorAll("[data-action]")) {
      const action = actions.get(one.dataset.action.split(" ")[0]);
      const key = keyboard.on && action ? action.key : "";
      for (const kbd of one.querySelectorAll("kbd")) { kbd.textContent = key; kbd.hidden = !key; }
      if (key) one.setAttribute("aria-keyshortcuts", key); else one.removeAttribute("aria-keyshortcuts");
    }
  };

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  const works = (action) => control(action.name) || ["help", "palette", "search"].includes(action.name)
    || (["next", "previous"].includes(action.name) && entries().length > 0)
    || (action.name === "select" && document.querySelector('.card input[name="case"]'));
  const lines = (some) => element("dl", { class: "keymap" }, ...some.map(
    (action) => element("div", {}, element("dt", {}, element("kbd", {}, action.key)), element("dd", {}, action.says)),
  ));

  const help = () => {
    const known = keyboard.actions.filter((action) => action.key);
    const here = known.filter(works);
    const elsewhere = known.filter((action) => !here.includes(action));
    const close = element("button", { class: "button primary", type: "button" }, "Close");
    const dialog = element("dialog", { class: "sheet", "aria-labelledby": "keymap-title" },
      element("h2", { id: "keymap-title" }, "Keys on this page"), lines(here),
      ...(elsewhere.length ? [element("h3", {}, "On other pages"), lines(elsewhere)] : []),
      element("p", { class: "small" }, "The return key opens what has the focus. Keys do nothing while you type. ",
        element("a", { href: keyboard.map }, "Change your keys, or turn them off")), close);
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    close.focus();
    dialog.scrollTop = 0;
  };

  document.addEventListener("moderator:act", (event) => act(event.detail));
  // Links to the map and to the places one can go open them here instead.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest('a[data-action="help"], a[data-action="palette"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    act(link.dataset.action);
  });

  // Turned on and off where one is, without leaving what is written there.
  for (const form of document.querySelectorAll("[data-keys-toggle]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const sent = new FormData(form);
      keyboard.on = sent.get("on") === "1";
      form.elements.on.value = keyboard.on ? "" : "1";
      form.querySelector("button").textContent = `Turn keyboard shortcuts ${keyboard.on ? "off" : "on"}`;
      mark();
      const saved = await fetch(form.action, { method: "POST", body: sent }).then((answer) => answer.ok, () => false);
      const said = saved ? "" : " This could not be saved, so it holds on this page only.";
      document.getElementById("announce").textContent = `Keyboard shortcuts are ${keyboard.on ? "on" : "off"}.${said}`;
    });
  }
  for (const field of document.querySelectorAll("input.key")) field.addEventListener("focus", () => field.select());

  mark();
  arrive();
})();
