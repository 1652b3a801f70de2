// The conversation: sends what is typed or pressed, shows the answer. Everything that it shows comes from the server.
"use strict";
(() => {
  const conversation = document.getElementById("conversation");
  const form = document.getElementById("ask");
  const input = document.getElementById("question");
  const language = document.documentElement.lang;
  const session = crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2);
  let number = 0;
  let busy = false;

  const add = (name) => {
    const turn = document.getElementById(name).content.firstElementChild.cloneNode(true);
    conversation.append(turn);
    return turn;
  };
  const show = (turn) => turn.scrollIntoView({ block: "start", behavior: reduced() ? "auto" : "smooth" });
  const reduced = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const grow = () => {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 160)}px`;
  };

  async function send(deed, said) {
    if (busy) return;
    busy = true;
    number += 1;
    const mine = add("said");
    mine.querySelector("p").textContent = said;
    const waiting = add("waiting");
    show(mine);
    try {
      const response = await fetch("/api/events", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ id: `${session}-${number}`, session, language, ...deed }),
      });
      if (response.status === 429) {
        add("too-fast");
        restore(deed);
      } else if (response.status >= 500) {
        throw new Error(String(response.status));
      } else {
        const { html } = await response.json();
        add("answered").insertAdjacentHTML("beforeend", html);
      }
    } catch {
      add("offline");
      restore(deed);
    } finally {
      waiting.remove();
      busy = false;
      show(mine);
    }
  }

  const restore = (deed) => {
    if (deed.text) input.value = deed.text;
    grow();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text || busy) return;
    input.value = "";
    grow();
    send({ text }, text);
  });

  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  input.addEventListener("input", grow);

  conversation.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (!button || busy) return;
    const spoken = button.closest("[lang]").lang;
    const { action, value } = button.dataset;
    const group = button.closest(".feedback");
    if (group) {
      group.querySelectorAll("button").forEach((b) => { b.disabled = true; });
      button.setAttribute("aria-pressed", "true");
    }
    send({ action, value, language: spoken }, button.textContent.trim());
  });

  document.getElementById("again").addEventListener("click", () => {
    location.reload();
  });

  if (matchMedia("(min-width: 48rem)").matches) input.focus({ preventScroll: true });
})();
