// The conversation: sends what is typed or pressed, shows the answer. Everything that it shows comes from the server.
"use strict";
(() => {
  const conversation = document.getElementById("conversation");
  const form = document.getElementById("ask");
  const input = document.getElementById("question");
  const again = document.getElementById("again");
  const language = document.documentElement.lang;
  // not randomUUID: that exists on https only, and a school may serve the page inside its own walls
  const session = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16)).join("-");
  const PATIENCE = 400; // ms; most answers are there sooner, and a text that flashes by helps nobody
  const GIVE_UP = 30_000; // ms
  let number = 0;
  let busy = false;

  // Returns the reply's HTML and, where it is no answer, which template says so ("answered": the HTML itself does).
  async function post(deed) {
    busy = true;
    number += 1;
    try {
      const response = await fetch("/api/events", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ id: `${session}-${number}`, session, language, ...deed }),
        signal: AbortSignal.timeout(GIVE_UP),
      });
      if (response.status === 429) return { problem: "too-fast" };
      const { html } = await response.json();
      if (html === undefined) return { problem: "offline" };
      return { html, problem: response.ok ? null : "answered" };
    } catch {
      return { problem: "offline" };
    } finally {
      busy = false;
    }
  }

  const add = (name, html = "") => {
    const turn = document.getElementById(name).content.firstElementChild.cloneNode(true);
    turn.insertAdjacentHTML("beforeend", html); // before it is in the page: a screen reader gets it in one piece
    conversation.append(turn);
    return turn;
  };

  const show = (turn) => turn.scrollIntoView({ block: "start" });

  const addReply = ({ html, problem }) => {
    const turn = add(problem ?? "answered", html);
    turn.classList.toggle("problem", problem !== null);
    return turn;
  };

  async function converse(deed, said, source = null) {
    const mine = add("said");
    mine.querySelector("p").textContent = said;
    again.hidden = false;
    show(mine);
    let waiting = null;
    const slow = setTimeout(() => { waiting = add("waiting"); }, PATIENCE);
    const reply = await post(deed);
    clearTimeout(slow);
    waiting?.remove();
    if (!reply.problem && !reply.html.trim()) { // what follows arrives by itself
      source?.remove();
      return;
    }
    const turn = addReply(reply);
    if (source && turn.querySelector(`form[data-form="${CSS.escape(deed.form)}"]`)) source.remove(); // it came back filled in
    // a long question must not push its answer off the screen
    show(mine.offsetHeight > conversation.clientHeight / 3 ? turn : mine);
    if (reply.problem && deed.text && !input.value) {
      input.value = deed.text;
      grow();
    }
    const field = turn.querySelector(".asked textarea, .asked input");
    if (field) {
      field.focus({ preventScroll: true });
      return;
    }
    // who pressed a choice goes on from the answer; who typed stays in the box, unless an on-screen keyboard is in the way
    const typed = document.activeElement === input;
    if (!typed || (!reply.problem && matchMedia("(pointer: coarse)").matches)) turn.focus({ preventScroll: true });
  }

  async function rate(button, deed) {
    const group = button.closest(".feedback");
    const buttons = group.querySelectorAll("button");
    if (button.ariaDisabled) return;
    // not `disabled`: that would throw the focus away
    buttons.forEach((other) => { other.ariaDisabled = "true"; });
    button.ariaPressed = "true";
    const reply = await post(deed);
    if (!reply.problem) {
      group.insertAdjacentHTML("afterend", reply.html); // beside the answer, which stays in sight
      return;
    }
    buttons.forEach((other) => { other.ariaDisabled = null; });
    button.ariaPressed = "false";
    show(addReply(reply));
  }

  const grow = () => {
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight + input.offsetHeight - input.clientHeight}px`;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text || busy) return;
    input.value = "";
    grow();
    input.focus();
    converse({ text }, text);
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
    const { action, value } = button.dataset;
    const deed = { action, value, language: button.closest("[lang]").lang };
    if (button.closest(".feedback")) rate(button, deed);
    else converse(deed, button.textContent.trim());
  });

  conversation.addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) return;
    const form = event.target;
    const values = {};
    // of several boxes with one name, all that are ticked
    for (const [name, value] of new FormData(form)) values[name] = name in values ? `${values[name]},${value}` : value;
    const said = form.querySelector("textarea")?.value ?? event.submitter?.textContent ?? "";
    converse({ form: form.dataset.form, values }, said.trim() || event.submitter.textContent.trim(), form.closest("article"));
  });

  conversation.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const text = button.previousElementSibling;
    getSelection().selectAllChildren(text); // where the clipboard is closed to us, the person can press Ctrl+C
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = conversation.dataset.copied;
      button.setAttribute("aria-live", "polite");
    } catch { /* selected, that must do */ }
  });

  conversation.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-save]");
    if (!button) return;
    const text = button.closest(".wording").querySelector("p").textContent;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = button.dataset.save;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1_000); // once the browser has taken it
  });

  // What arrives by itself: a new message at the end, an edited one in its place.
  if (conversation.dataset.live) {
    new EventSource(conversation.dataset.live).addEventListener("message", (event) => {
      const { id, html } = JSON.parse(event.data);
      const known = conversation.querySelector(`article[data-message="${CSS.escape(id)}"]`);
      const atEnd = conversation.scrollHeight - conversation.scrollTop - conversation.clientHeight < 200;
      if (known) {
        known.querySelector(".reply").outerHTML = html;
        return;
      }
      const turn = add("answered", html);
      turn.dataset.message = id;
      turn.classList.add("delivered");
      if (atEnd) show(turn);
    });
  }

  again.addEventListener("click", () => location.reload());

  form.hidden = false;
  // a long placeholder is cut off on a phone, without so much as an ellipsis
  if (matchMedia("(max-width: 34rem)").matches) input.placeholder = input.labels[0].textContent;
  if (matchMedia("(min-width: 48rem)").matches) input.focus({ preventScroll: true });
})();
