// What changes while somebody looks: told by the service as it happens, or asked for every fifteen seconds where it has
// no room for another listener. Each news is one event, "moderator:change", that the page's other scripts listen to.
"use strict";

(() => {
  const { stream } = document.currentScript.dataset;
  const ASK = 15_000;
  const TRY_STREAM = 60_000;
  const PATIENCE = 10_000; // a stream that ended opens again by itself, usually
  const BETWEEN = 30_000; // between two things that are read out

  let source = null;
  let asking = 0;
  let trying = 0;
  let losing = 0;
  let lost = false;
  let over = false;
  let spoken = 0;
  let speaking = 0;
  let known = 0;

  const place = () => document.querySelector("[data-live]");
  const wanted = () => place() !== null || document.querySelector("[data-lease]") !== null;
  const address = (path) => `${path}?${place()?.dataset.live ?? ""}`;
  const inThirtySeconds = () => Math.max(0, spoken + BETWEEN - Date.now());

  // ---- what is said ----

  const announce = (text) => {
    clearTimeout(speaking);
    speaking = setTimeout(() => {
      spoken = Date.now();
      document.getElementById("announce").textContent = text;
    }, inThirtySeconds());
  };

  const state = (text) => {
    const here = place();
    if (!here) return;
    let line = document.querySelector("[data-live-state]");
    if (!line && text) {
      line = document.createElement("p");
      line.className = "live-state";
      line.dataset.liveState = "";
      here.before(line);
    }
    if (line) {
      line.textContent = text;
      line.hidden = !text;
    }
  };

  const lose = () => {
    clearTimeout(losing);
    if (lost) return;
    lost = true;
    const text = "No connection: this page stays as it was until there is one.";
    state(text);
    announce(text);
  };

  const found = () => {
    clearTimeout(losing);
    losing = 0;
    if (!lost) return;
    lost = false;
    state("");
    announce("The connection is back, and this page is up to date again.");
  };

  const tell = (detail) => {
    found();
    document.dispatchEvent(new CustomEvent("moderator:change", { detail }));
    if (detail.new > known) announce(detail.new === 1 ? "1 new comment waits." : `${detail.new} new comments wait.`);
    known = detail.new;
  };

  // ---- where it comes from ----

  const stop = () => {
    source?.close();
    source = null;
    for (const timer of [asking, trying, losing]) clearTimeout(timer);
    asking = trying = losing = 0;
  };

  const signedOut = () => {
    over = true;
    stop();
    const text = "You are signed out. Sign in again to go on.";
    state(text);
    announce(text);
  };

  const ask = async () => {
    clearTimeout(asking);
    asking = setTimeout(ask, ASK);
    try {
      const answer = await fetch(address(`${stream}.json`), { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.redirected || answer.status === 401) signedOut();
      else if (answer.ok) tell(await answer.json());
      else lose();
    } catch {
      lose();
    }
  };

  const listen = () => {
    stop();
    if (over || document.hidden || !wanted()) return;
    if (!("EventSource" in window)) { ask(); return; }
    source = new EventSource(address(stream));
    source.addEventListener("open", () => { clearTimeout(asking); asking = 0; });
    source.addEventListener("change", (event) => tell(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) {
        losing ||= setTimeout(lose, PATIENCE);
        return;
      }
      source = null;
      trying = setTimeout(listen, TRY_STREAM);
      ask();
    });
  };

  document.addEventListener("visibilitychange", listen);
  // The page was exchanged for one that was read ahead.
  document.addEventListener("moderator:page", () => { known = 0; listen(); });
  window.addEventListener("online", listen);
  window.addEventListener("offline", lose);
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  listen();
})();
