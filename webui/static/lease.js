// Who has the case that is on this page: renewed while somebody looks, given back when the page is left.
// Everything here can be done without it: then a lease runs out by itself, and the buttons say the same.
"use strict";

(() => {
  const SAYS_LEFT = 120; // seconds before the end from which the page counts them
  const RENEWS = 60;

  const announce = (text) => {
    const place = document.getElementById("announce");
    if (place) place.textContent = text;
  };
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  // In the time of the office, as everything that the server wrote on the page.
  const hour = (ms) => {
    const timeZone = document.querySelector("[data-zone]")?.dataset.zone;
    return new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone });
  };
  const button = (deed, words) => {
    const made = document.createElement("button");
    made.className = "button link";
    made.name = "do";
    made.value = deed;
    made.textContent = words;
    return made;
  };

  const watch = (place) => {
    const form = place.querySelector("form");
    const says = place.querySelector("[data-says]");
    const left = place.querySelector("[data-left]");
    const { lease: id, url, token } = place.dataset;
    let taken = place.dataset.mine ?? "";
    let holder = place.dataset.name ?? "";
    let kept = "kept" in place.dataset;
    let until = Date.now() + Number(place.dataset.seconds ?? 0) * 1000;
    let active = false;
    let renewed = Date.now();
    let warned = false;
    let asking = false;
    let over = !taken;

    const body = (deed) => {
      const data = new FormData();
      data.append("csrf_token", token);
      data.append("do", deed);
      if (taken) data.append("taken", taken);
      return data;
    };

    const offer = (...buttons) => {
      for (const old of form.querySelectorAll("button")) old.remove();
      says.after(...buttons.map(([deed, words]) => button(deed, words)));
    };

    const show = (text, loud = false) => {
      left.hidden = true;
      if (says.textContent === text) return;
      says.textContent = text;
      form.classList.toggle("notice", loud);
      if (loud) announce(text);
    };

    const mine = () => {
      over = warned = false;
      show(kept ? `Kept for you until ${hour(until)}.` : `Yours until ${hour(until)}, longer while you look at it.`);
      offer(...(kept ? [] : [["keep", "Keep it longer"]]), ["release", "Give it back"]);
    };

    const ended = () => {
      over = true;
      show("Your time with this case ran out while you were away. Nobody else has taken it.", true);
      offer(["take", "Take it again"]);
    };

    const theirs = (name, end) => {
      const before = taken ? `Your time with this case ran out, and ${name} has it open now` : `${name} has this open`;
      over = true;
      taken = "";
      holder = name;
      show(`${before}, until ${hour(end)}. Until then the decision is theirs.`, true);
      offer();
    };

    const closed = (said) => {
      over = true;
      taken = "";
      show(`${said} What you choose here would not be carried out.`, true);
      offer();
      const look = document.createElement("a");
      look.href = location.href;
      look.textContent = "See what was decided";
      says.append(" ", look);
    };

    const take = (answer) => {
      if (answer.closed) return closed(answer.said);
      if (!answer.held) return ended();
      until = Date.now() + answer.seconds * 1000;
      if (!answer.mine) return theirs(answer.name, until);
      ({ taken, kept, name: holder } = answer);
      mine();
    };

    const ask = async (deed) => {
      if (asking) return;
      asking = true;
      renewed = Date.now();
      active = false;
      try {
        const answer = await fetch(url, { method: "POST", body: body(deed), headers: { Accept: "application/json" } });
        if (answer.ok) take(await answer.json());
      } catch (error) {
        // No answer just now: the lease goes on for as long as it was given, and is asked for again.
        if (!(error instanceof TypeError)) throw error;
      } finally {
        asking = false;
      }
    };

    const second = () => {
      if (over || !place.isConnected || document.visibilityState === "hidden") return;
      const seconds = Math.ceil((until - Date.now()) / 1000);
      if (seconds <= 0) {
        // It ran out, perhaps while this machine slept: the server knows whose it is.
        over = true;
        ask("renew");
        return;
      }
      const rest = Math.min(RENEWS, seconds / 3) * 1000;
      if (active && !kept && Date.now() - renewed > (seconds <= SAYS_LEFT ? 2000 : rest)) ask("renew");
      left.hidden = seconds > SAYS_LEFT;
      if (left.hidden) return;
      left.textContent = `Given back in ${clock(seconds)} unless you go on.`;
      if (warned) return;
      warned = true;
      announce("This case is given back in two minutes unless you go on.");
    };

    // sendBeacon is heard though the page goes. What was kept stays: that is what keeping is for.
    const leave = () => {
      if (taken && !kept && !over) navigator.sendBeacon(url, body("leave"));
    };

    form.addEventListener("submit", (event) => {
      const deed = event.submitter?.value;
      if (deed !== "keep" && deed !== "take") return;
      event.preventDefault();
      ask(deed);
    });

    return {
      leave,
      second,
      look: () => { active = true; },
      back: () => { if (taken && !kept) ask("take"); else if (taken) ask("renew"); },
      heard: (leases) => {
        const other = leases[id];
        if (taken || !other) return;
        if (other.name !== holder) theirs(other.name, Date.parse(other.until));
      },
    };
  };

  let watched = null;
  const start = () => {
    const place = document.querySelector("[data-lease]");
    watched = place ? watch(place) : null;
  };

  for (const kind of ["keydown", "pointerdown", "pointermove", "scroll", "input"]) {
    document.addEventListener(kind, () => watched?.look(), { passive: true, capture: true });
  }
  document.addEventListener("moderator:change", (event) => {
    if (event.detail?.leases) watched?.heard(event.detail.leases);
  });
  document.addEventListener("moderator:page", () => { watched?.leave(); start(); });
  window.addEventListener("pagehide", () => watched?.leave());
  window.addEventListener("pageshow", (event) => { if (event.persisted) watched?.back(); });
  setInterval(() => watched?.second(), 1000);
  start();
})();
