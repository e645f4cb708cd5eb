// Without a connection: decisions that take one step are kept and sent when it is back, everything else says that it has
// to wait. Kept is what the form says, never the comment's text, in this tab alone. Comments that come next are read
// ahead, into memory only. With a connection every page is loaded as it always was.
"use strict";

(() => {
  const served = document.getElementById("keyboard");
  const main = document.getElementById("main");
  if (!served || !main) return;

  const { member, queue, alive } = JSON.parse(served.textContent);
  const KEPT = `decisions-kept:${member}`;
  const ONE_STEP = ["keep", "hide", "unhide"];
  const READ_AHEAD = 4;
  const PACE = 600; // ms between two pages that are read ahead
  const LOOK_AGAIN = 3000;
  const PATIENCE = 15000;
  const AWAY = [502, 503, 504];

  const SAID = "said-before";
  const ahead = new Map(); // path -> the page of a comment, as it came
  const path = (address) => address.split("?", 1)[0];
  const here = () => location.pathname + location.search;
  const leaving = new AbortController();
  let failing = false;
  let sending = false;
  let flushing = false;
  let nothingMore = false;
  let drawn = location.pathname;
  let said = "";
  const cut = () => failing || !navigator.onLine;

  const kept = () => { try { return JSON.parse(sessionStorage.getItem(KEPT)) ?? []; } catch { return []; } };
  const keepAll = (all) => {
    try {
      if (all.length) sessionStorage.setItem(KEPT, JSON.stringify(all)); else sessionStorage.removeItem(KEPT);
      return true;
    } catch { return false; }
  };
  const waiting = () => kept().filter((one) => !one.refused);
  const forget = (id) => keepAll(kept().filter((one) => one.id !== id));

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const button = (text, press, attributes = {}) => {
    const made = element("button", { class: "button link", type: "button", ...attributes }, text);
    made.addEventListener("click", press);
    return made;
  };
  const counted = (number) => (number === 1 ? "1 decision" : `${number} decisions`);

  // ---- what is said ----

  const bar = element("section", { class: "offline", "aria-label": "Connection" });
  bar.hidden = true;
  main.before(bar);

  const sentence = () => {
    const count = waiting().length;
    if (!cut()) return count ? `The connection is back. ${counted(count)} ${count === 1 ? "is" : "are"} being sent.` : "";
    const start = navigator.onLine ? "The service cannot be reached." : "You are offline.";
    if (!count) return `${start} Keep and hide are kept here and sent later. Anything else needs the connection.`;
    return `${start} ${counted(count)} ${count === 1 ? "waits and is" : "wait and are"} sent when the connection is back. Nothing is lost.`;
  };

  const line = (one) => {
    const item = element("li", {}, `${one.verb}: `, element("a", { href: one.page }, one.about), ` at ${one.time}. `);
    if (one.refused) item.append(element("strong", {}, "Not taken. "), `${one.refused} `);
    item.append(button(one.refused ? "Take off this list" : "Cancel", () => cancel(one)));
    return item;
  };

  const draw = (announced = true) => {
    const all = kept();
    const refused = all.filter((one) => one.refused);
    const text = [said, sentence(), refused.length ? `${counted(refused.length)} could not be taken.` : ""].filter(Boolean).join(" ");
    const changed = bar.dataset.said !== text;
    bar.hidden = !text;
    bar.dataset.said = text;
    const open = bar.querySelector("details")?.open || refused.length > 0;
    const parts = [element("p", {}, element("strong", {}, text))];
    if (waiting().length && cut()) {
      parts.push(button("Take back the last ", () => cancel(waiting().at(-1)), { "data-action": "undo" }));
      parts.at(-1).append(element("kbd", {}, "z"));
    }
    if (all.length) {
      const list = element("details", {}, element("summary", {}, "See what waits"), element("ul", { class: "plain" }, ...all.map(line)));
      list.open = open;
      parts.push(list);
    }
    bar.replaceChildren(...parts);
    document.dispatchEvent(new CustomEvent("moderator:marks"));
    if (announced && changed && text) document.getElementById("announce").textContent = text;
  };

  const say = (text) => { said = text; draw(); };
  const needsConnection = () => say("This needs the connection, and nothing was changed.");

  // ---- pages read ahead ----

  const beside = () => {
    const links = [...document.querySelectorAll(".beside li a[href]")];
    const at = links.findIndex((link) => link.hasAttribute("aria-current"));
    return [...links.slice(at + 1), ...links.slice(0, Math.max(at, 0))].map((link) => link.pathname + link.search);
  };

  const readAhead = async () => {
    if (navigator.connection?.saveData || !document.querySelector("form.decide")) return;
    for (const address of beside().slice(0, READ_AHEAD)) {
      await new Promise((resolve) => { setTimeout(resolve, PACE); });
      if (cut() || sending || ahead.has(path(address))) continue;
      try {
        const answer = await fetch(address, { headers: { Purpose: "prefetch" }, redirect: "error", signal: leaving.signal });
        if (answer.status === 200) ahead.set(path(address), await answer.text());
      } catch { /* it moved on, or the connection went: the event for that, or the next decision, will tell */ }
    }
  };

  const show = (address, html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const content = page.getElementById("main");
    // What was said of an earlier decision was said at the time.
    for (const old of content.querySelectorAll(".done")) old.remove();
    main.replaceChildren(...content.childNodes);
    document.title = page.title;
    if (here() !== address) history.pushState(null, "", address);
    drawn = location.pathname;
    nothingMore = false;
    window.scrollTo(0, 0);
    main.focus();
    document.dispatchEvent(new CustomEvent("moderator:page"));
  };

  const onward = () => {
    const decided = new Set(kept().map((one) => path(one.page)));
    const next = beside().find((address) => ahead.has(path(address)) && !decided.has(path(address)));
    if (next) {
      show(next, ahead.get(path(next)));
      return;
    }
    nothingMore = true;
    document.title = document.title.replace(/^[^·]*/, "Waiting for the connection ");
    main.replaceChildren(element("div", { class: "narrow" }, element("h1", {}, "Waiting for the connection"),
      element("p", {}, "No further comment could be fetched before the connection went. The next one opens by itself when it is back.")));
    main.focus();
    document.dispatchEvent(new CustomEvent("moderator:page"));
  };

  window.addEventListener("popstate", () => {
    if (location.pathname === drawn) return; // another part of the same page
    if (ahead.has(location.pathname)) show(here(), ahead.get(location.pathname));
    else if (cut()) needsConnection();
    else location.reload();
  });

  // ---- sending ----

  const token = () => document.querySelector('input[name="csrf_token"]')?.value ?? "";

  const send = (one) => {
    const body = new URLSearchParams(one.form);
    body.set("csrf_token", token());
    const signal = AbortSignal.timeout(PATIENCE);
    // keepalive: it arrives although the page is left meanwhile.
    return fetch(one.url, { method: "POST", body, headers: { Accept: "application/json" }, keepalive: true, signal })
      .then((answer) => (AWAY.includes(answer.status) ? null : answer), () => null);
  };

  const fields = (form, submitter) => [...new FormData(form, submitter)]
    .filter(([name, value]) => name !== "csrf_token" && typeof value === "string");

  const entry = (form, submitter) => ({
    id: crypto.getRandomValues(new Uint32Array(2)).join(""),
    url: form.action,
    page: here(),
    verb: submitter.value === "keep" ? "Keep" : submitter.value === "hide" ? "Hide" : "Show again",
    about: document.querySelector("main h1")?.textContent.trim() || "a comment",
    time: new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }),
    form: fields(form, submitter),
  });

  const keep = (one) => {
    const others = kept().filter((each) => each.refused || path(each.page) !== path(one.page));
    if (!keepAll([...others, one])) {
      say("This browser keeps nothing for this page, so your choice was not kept.");
      return;
    }
    said = "";
    if (!ahead.has(path(one.page))) ahead.set(path(one.page), document.documentElement.outerHTML);
    onward();
    draw();
    lookAgain();
  };

  const decide = async (form, submitter) => {
    if (sending) return;
    const one = entry(form, submitter);
    if (cut()) {
      keep(one);
      return;
    }
    sending = true;
    const answer = await send(one);
    if (!answer) {
      sending = false;
      failing = true;
      keep(one);
    } else if (answer.ok) {
      location.assign((await answer.json()).next);
    } else {
      // Refused: sent once more as a form, it is refused again, and the page that says why is shown.
      form.dataset.through = "1";
      form.requestSubmit(submitter);
    }
  };

  const cancel = (one) => {
    if (flushing) return;
    forget(one.id);
    said = one.refused ? "" : `Taken back: ${one.verb.toLowerCase()}.`;
    if (!one.refused && ahead.has(path(one.page))) show(one.page, ahead.get(path(one.page)));
    draw();
  };

  // One after another, as they were made. What is refused stays on the list with what was said, until it is taken off.
  const flush = async () => {
    if (flushing || !waiting().length) return;
    flushing = true;
    let sent = 0;
    let next = "";
    said = "";
    draw();
    for (const one of waiting()) {
      const answer = await send(one);
      failing = !answer;
      if (!answer) break;
      if (answer.ok) {
        next = (await answer.json()).next;
        forget(one.id);
        sent += 1;
      } else if ([400, 401].includes(answer.status)) {
        said = "You were signed out meanwhile. Sign in again in this tab: what waits here is kept and sent then.";
        break;
      } else {
        const told = await answer.json().then((problem) => problem.detail, () => "");
        keepAll(kept().map((each) => (each.id === one.id ? { ...each, refused: told || "The service refused it." } : each)));
      }
    }
    flushing = false;
    if (sent) said = `${counted(sent)} ${sent === 1 ? "was" : "were"} sent.`;
    draw();
    if (failing) lookAgain();
    else if (sent && !waiting().length) catchUp(next);
  };

  // The page on the screen was read ahead: it is loaded properly, unless something was typed into it.
  const catchUp = (next) => {
    if (kept().length) return;
    const typed = [...main.querySelectorAll("textarea, input:not([type=hidden])")].some((one) => one.value !== one.defaultValue);
    if (typed && !nothingMore) return;
    try { sessionStorage.setItem(SAID, said); } catch { /* it was said once */ }
    location.replace(nothingMore ? next || queue : here());
  };

  let timer = 0;
  const lookAgain = () => {
    clearTimeout(timer);
    if (failing) timer = setTimeout(back, LOOK_AGAIN);
  };
  const back = async () => {
    if (!navigator.onLine) return;
    if (failing) {
      const answer = await fetch(alive, { cache: "no-store" }).catch(() => null);
      failing = !answer || AWAY.includes(answer.status);
    }
    draw();
    if (failing) lookAgain();
    else if (waiting().length) flush();
    else if (nothingMore) location.assign(queue);
  };

  // ---- where one leaves the page ----

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.dataset.through || form.method === "dialog") return;
    const pressed = event.submitter;
    if (form.matches("form.decide") && pressed?.name === "verbs" && ONE_STEP.includes(pressed.value)) {
      event.preventDefault();
      decide(form, pressed);
    } else if (cut()) {
      event.preventDefault();
      needsConnection();
    }
  });

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || event.defaultPrevented || !cut() || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (link.origin !== location.origin || link.target || (link.hash && link.pathname === location.pathname)) return;
    event.preventDefault();
    const address = link.pathname + link.search;
    said = "";
    if (ahead.has(path(address))) { show(address, ahead.get(path(address))); draw(); } else needsConnection();
  });

  window.addEventListener("beforeunload", (event) => { if (cut() && waiting().length) event.preventDefault(); });
  window.addEventListener("pagehide", () => leaving.abort());
  window.addEventListener("pageshow", () => {
    sending = false;
    for (const form of document.querySelectorAll("form[data-through]")) delete form.dataset.through;
  });
  window.addEventListener("offline", () => { said = ""; draw(); });
  window.addEventListener("online", () => { said = ""; back(); });

  try {
    said = sessionStorage.getItem(SAID) ?? "";
    sessionStorage.removeItem(SAID);
  } catch { /* nothing was said before */ }
  draw(said !== "");
  if (cut()) lookAgain(); else flush();
  readAhead();
})();
