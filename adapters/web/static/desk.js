// The desk: the list on the left, one case on the right. Everything that it shows comes from the server.
"use strict";
(() => {
  const language = document.documentElement.lang;
  const list = document.getElementById("cases");
  const panel = document.getElementById("case");
  const shown = document.getElementById("shown");
  const words = document.getElementById("words");
  const session = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16)).join("-");
  const GIVE_UP = 30_000; // ms
  let number = 0;
  let chosen = ""; // the value of the button that shows the case on the right
  let busy = false;

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
    return html;
  }

  const offline = () => shown.replaceChildren(document.getElementById("offline").content.cloneNode(true));

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
      const at = document.activeElement?.closest("#cases")?.contains(document.activeElement) ? document.activeElement.dataset.value : null;
      list.innerHTML = await response.text();
      mark();
      if (at) list.querySelector(`button[data-value="${CSS.escape(at)}"]`)?.focus();
    } catch { /* the next change tries again */ }
  }

  // Shows what a deed leads to; nothing to show: the case as it stands now.
  async function act(deed, move = true) {
    if (busy) return;
    busy = true;
    try {
      let html = await post(deed);
      if (!html.trim() && chosen) html = await post({ action: "case", value: chosen });
      shown.innerHTML = html;
      const field = panel.querySelector(".asked textarea, .asked input:not([type=hidden])");
      if (move) (field ?? panel).focus();
    } catch {
      offline();
    } finally {
      busy = false;
    }
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (!button) return;
    chosen = button.dataset.value;
    mark();
    act({ action: button.dataset.action, value: chosen });
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
    if (action === "case" && value.startsWith("show ")) chosen = value;
    act({ action, value });
  });

  panel.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = {};
    for (const [name, value] of new FormData(event.target)) values[name] = name in values ? `${values[name]},${value}` : value;
    act({ form: event.target.dataset.form, values });
  });

  document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
  words.addEventListener("input", refresh);

  new EventSource("/api/live").addEventListener("changed", async () => {
    await refresh();
    // what somebody is writing stays
    if (chosen && !panel.querySelector("form")) act({ action: "case", value: chosen }, false);
  });
  refresh();
  // from the report: #propose=case-7
  const [, source, which] = location.hash.match(/^#propose=(case|rated)-(\d+)$/) ?? [];
  if (source) {
    history.replaceState(null, "", location.pathname + location.search);
    act({ action: "propose", value: `${source} ${which}` });
  }
})();
