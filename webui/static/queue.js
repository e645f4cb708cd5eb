// The list never jumps: what comes is counted, and shown once somebody asks for it. Who opens a case is told at once.
"use strict";

(() => {
  const list = document.querySelector("[data-live]");
  const MOST = 1000;
  const number = (count) => (count > MOST ? `${MOST.toLocaleString("en-GB")}+` : count.toLocaleString("en-GB"));

  const count = (counts) => {
    const deciding = ["act_now", "review", "second_opinion", "appeals"];
    const all = { ...counts, to_decide: deciding.reduce((sum, lane) => sum + (counts[lane] ?? 0), 0) };
    for (const place of document.querySelectorAll("[data-count]")) {
      const now = all[place.dataset.count];
      if (now !== undefined) place.textContent = number(now);
    }
  };

  const arrive = (fresh) => {
    const place = document.querySelector("[data-arrivals]");
    if (!place || !list) return;
    place.hidden = !fresh;
    if (fresh) place.querySelector("a").textContent = `View ${number(fresh)} new`;
  };

  const hold = (leases) => {
    for (const card of document.querySelectorAll("[data-case]")) {
      const place = card.querySelector("[data-holder]");
      const lease = leases[card.dataset.case];
      const minutes = lease ? Math.ceil((new Date(lease.until) - Date.now()) / 60000) : 0;
      const others = minutes > 0 && !lease.mine;
      card.classList.toggle("held", others);
      place.hidden = minutes <= 0;
      const left = minutes === 1 ? "1 minute left" : `${number(minutes)} minutes left`;
      if (minutes > 0) place.textContent = `${others ? `${lease.name} has` : "You have"} it open, ${left}`;
    }
  };

  document.addEventListener("moderator:change", ({ detail }) => {
    if (detail.counts) count(detail.counts);
    if (detail.new !== undefined) arrive(detail.new);
    if (detail.leases) hold(detail.leases);
  });
})();
