// The desk: the list on the left, one case on the right. Everything that it shows comes from the server.
"use strict";
(() => {
  const language = document.documentElement.lang;
  const list = document.getElementById("cases");
  const panel = document.getElementById("case");
  const shown = document.getElementById("shown");
  const problem = document.getElementById("problem");
  const status = document.getElementById("status");
  const words = document.getElementById("words");
  const session = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16)).join("-");
  const GIVE_UP = 30_000; // ms
  let number = 0;
  let deeds = 0; // of the person; what was asked for before one is stale after it
  let chosen = ""; // the value of the button that shows the case on the right
  let busy = false;
  let missed = false; // a change that came while the case could not be brought up to date
  let listHtml = ""; // as the server sent it last
  let caseHtml = ""; // of the chosen case, which may be hidden behind a form or a section

  async function post(deed) {
    number += 1;
    const response = await fetch("/api/events", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ id: `${session}-${number}`, session, language, ...deed }),
      signal: AbortSignal.timeout(GIVE_UP),
    });
    const { html } = await response.json();
    if (html === undefined) throw new Error("refused");
    return { html, ok: response.ok };
  }

  // Shows what came, and gives the focus back to the button that had it.
  function draw(place, html) {
    const held = place.contains(document.activeElement) ? document.activeElement.dataset : null;
    place.innerHTML = html;
    if (held) {
      const same = `button[data-action="${CSS.escape(held.action)}"][data-value="${CSS.escape(held.value)}"]`;
      (place.querySelector(same) ?? place.closest("[tabindex]")).focus({ preventScroll: true });
    }
  }

  function drawCase(html) {
    draw(shown, html);
    status.textContent = shown.querySelector("h3")?.textContent ?? "";
  }

  // Says above the case that it failed: what was typed stays below it.
  function complain(html = "") {
    const notice = document.getElementById("offline").content.firstElementChild.cloneNode(true);
    if (html) notice.innerHTML = html;
    problem.replaceChildren(notice);
    notice.scrollIntoView({ block: "nearest" });
  }

  const mark = () => {
    for (const button of list.querySelectorAll("button[data-value]")) {
      if (button.dataset.value === chosen) button.ariaCurrent = "true";
      else button.removeAttribute("aria-current");
    }
  };

  async function refresh() {
    try {
      const response = await fetch(`/desk/cases?lang=${language}&q=${encodeURIComponent(words.value)}`);
      if (!response.ok) return;
      const html = await response.text();
      if (html === listHtml) return;
      listHtml = html;
      draw(list, html);
      mark();
    } catch { /* the next change tries again */ }
  }

  // Brings the open case up to date while the person does something else; what they do meanwhile goes before it.
  async function refreshCase() {
    missed = true;
    const before = deeds;
    const isFree = () => chosen && !busy && before === deeds && !shown.querySelector("form"); // what somebody writes stays
    if (!isFree()) return;
    try {
      const { html, ok } = await post({ action: "case", value: chosen });
      if (!ok || !isFree()) return;
      missed = false;
      if (html === caseHtml) return;
      caseHtml = html;
      drawCase(html);
    } catch { /* the next change tries again */ }
  }

  // Shows what a deed leads to; nothing to show: the case as it stands now. `next` is the case that it shows.
  async function act(deed, next = chosen) {
    if (busy) return;
    busy = true;
    deeds += 1;
    try {
      let isCase = deed.action === "case" && deed.value === next;
      let reply = await post(deed);
      if (!reply.html.trim() && next) {
        isCase = true;
        reply = await post({ action: "case", value: next });
      }
      const holder = document.createElement("template");
      holder.innerHTML = reply.html;
      if (!reply.ok && !holder.content.querySelector("form")) {
        complain(reply.html);
        return;
      }
      problem.replaceChildren();
      chosen = next;
      mark();
      if (isCase) caseHtml = reply.html;
      drawCase(reply.html);
      (shown.querySelector(".asked textarea, .asked input:not([type=hidden])") ?? panel).focus();
    } catch {
      complain();
    } finally {
      busy = false;
      if (missed) refreshCase();
    }
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (button) act({ action: button.dataset.action, value: button.dataset.value }, button.dataset.value);
  });

  document.getElementById("tools")?.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (!button) return;
    chosen = ""; // no case
    mark();
    act({ action: button.dataset.action, value: button.dataset.value });
  });

  panel.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (!button) return;
    const { action, value } = button.dataset;
    act({ action, value }, action === "case" && value.startsWith("show ") ? value : chosen);
  });

  panel.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = {};
    for (const [name, value] of new FormData(event.target)) values[name] = name in values ? `${values[name]},${value}` : value;
    act({ form: event.target.dataset.form, values });
  });

  document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
  words.addEventListener("input", refresh);

  new EventSource("/api/live").addEventListener("changed", () => Promise.all([refresh(), refreshCase()]));
  refresh();
  // from the report: #propose=case-7
  const [, source, which] = location.hash.match(/^#propose=(case|rated)-(\d+)$/) ?? [];
  if (source) {
    history.replaceState(null, "", location.pathname + location.search);
    act({ action: "propose", value: `${source} ${which}` });
  }
})();
