"""Forms as modals: from `replies.Form` to a view, and back from what was filled in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Protocol

from adapters.slack import render, to_event
from adapters.slack.kept import Kept
from adapters.slack.mrkdwn import bold, escape, pack, quoted
from bot.events import Language
from bot.replies import Buttons, Feedback, Field, Form, Reply

View = dict[str, Any]
LONGEST_INPUT = 3000  # characters of a text input
LONGEST_METADATA = 3000
MOST_BLOCKS = 100  # of a view
_LONGEST_TITLE = 24  # of a view, and of its buttons
_LONGEST_OPTION = 75
_LONGEST_LABEL = 2000
_NEAR = 500  # characters left in an input: from there on it is said how long a text can be


class Words(Protocol):
    """The bot's sentences."""

    def __call__(self, language: Language, sentence: str, **values: str | int) -> str: ...


def view(form: Form, say: Words, kept: Kept, accounts: Mapping[str, str], thread: str = "") -> View:
    """Return the form as a modal; `accounts` are Slack's ids of the people already chosen, by e-mail address.

    A text longer than an input holds is shown and cannot be changed.
    """
    fixed = {field.name for field in form.fields if field.kind != "hidden" and len(field.value) > LONGEST_INPUT}
    above = _above(form)
    fields = [
        block
        for field in form.fields
        if field.kind != "hidden"
        for block in (
            _shown(field, say(form.language, "slack-fixed-text"))
            if field.name in fixed
            else [_input(field, form.language, say, accounts)]
        )
    ]
    if not above and not fields:  # a view without blocks is refused
        above = [_section(text) for text in pack(bold(form.title))]
    room = MOST_BLOCKS - len(fields)
    if len(above) > room:
        above = [*above[: room - 1], _section(say(form.language, "slack-cut"))]
    carried = {field.name: field.value for field in form.fields if field.kind == "hidden" or field.name in fixed}
    return {
        "type": "modal",
        "callback_id": "form",
        "title": _plain(form.title if _fits(form) else say(form.language, "page-title"), _LONGEST_TITLE),
        "submit": _plain(form.submit, _LONGEST_TITLE),
        "close": _plain(say(form.language, "slack-cancel"), _LONGEST_TITLE),
        "private_metadata": _metadata(form, carried, kept, thread),
        "blocks": [*above, *fields],
    }


def values_in(view: Mapping[str, Any], kept: Kept) -> dict[str, str]:
    """Return the values of a form that was sent; people as Slack's ids. Raises `LostError`."""
    carried = to_event.metadata(view)
    values = {str(name): str(value) for name, value in (carried.get("hidden") or {}).items()}
    if carried.get("kept"):
        values |= kept.find(carried["kept"])
    for block_id, elements in view["state"]["values"].items():
        for element in elements.values():
            values[name_of(block_id)] = _value(element)
    return values


def people_in(view: Mapping[str, Any]) -> dict[str, str]:
    """Return the block of each field in which somebody was chosen from Slack's own list, by the field's name."""
    return {
        name_of(block_id): block_id
        for block_id, elements in view["state"]["values"].items()
        for element in elements.values()
        if element["type"] == "users_select"
    }


def name_of(block_id: str) -> str:
    return block_id.split(":")[1] if block_id.count(":") == 2 else block_id  # noqa: PLR2004 (field:name:digest)


def problem(view: Mapping[str, Any], said: str, block_id: str = "") -> dict[str, Any]:
    """Return what shows a sentence in the form as it stands: what was typed is kept."""
    return {"response_action": "errors", "errors": {block_id or next(iter(view["state"]["values"]), ""): said}}


def _fits(form: Form) -> bool:
    """Say whether the form's title can be that of a view."""
    return len(form.title) <= _LONGEST_TITLE


def _above(form: Form) -> list[render.Block]:
    """Return what stands above the fields; a preview's buttons cannot be pressed yet, so they are not shown."""
    seen = tuple(part for part in form.parts if not isinstance(part, Buttons | Feedback))
    above = render.blocks(Reply(seen, form.language))
    titled = [] if _fits(form) else pack(bold(form.title))  # whole and once, never cut
    explained = pack(escape(form.explained).split("\n"))
    return [*(_section(text) for text in (*titled, *explained)), *above]


def _metadata(form: Form, carried: dict[str, str], kept: Kept, thread: str) -> str:
    def written(hidden: Mapping[str, str], name: str = "") -> str:
        about = {"form": form.name, "language": form.language, "thread": thread, "hidden": hidden, "kept": name}
        return json.dumps(about, ensure_ascii=False)

    if len(whole := written(carried)) <= LONGEST_METADATA:
        return whole
    hidden = dict(carried)
    too_long: dict[str, str] = {}
    while len(written(hidden, "x" * 16)) > LONGEST_METADATA:
        longest = max(hidden, key=lambda name: len(json.dumps(hidden[name], ensure_ascii=False)))
        too_long[longest] = hidden.pop(longest)
    return written(hidden, kept.keep(too_long))


def _shown(field: Field, note: str) -> list[render.Block]:
    texts = [f"*{escape(field.label)}*", escape(note), *quoted(field.value)]
    return [_section(text) for text in pack(texts)]


def _input(field: Field, language: Language, say: Words, accounts: Mapping[str, str]) -> render.Block:
    # Slack keeps what was typed in a block of the same id, also where the form is shown again with another value
    digest = hashlib.sha256(f"{field.kind}\0{field.value}".encode(errors="replace")).hexdigest()[:10]
    element = _element(field, language, say, accounts)
    from_list = element["type"] == "users_select"  # the core's own label asks for an address
    label = say(language, "slack-colleague") if from_list else field.label or field.name
    block: render.Block = {
        "type": "input",
        "block_id": f"field:{field.name}:{digest}",
        "label": _plain(label, _LONGEST_LABEL),
        "optional": not field.required or field.kind == "check",
        "element": {**element, "action_id": "value"},
    }
    if field.kind in ("line", "text") and field.limit > LONGEST_INPUT and _may_grow_too_long(field.value):
        block["hint"] = _plain(say(language, "slack-longer"), _LONGEST_LABEL)
    return block


def _may_grow_too_long(text: str) -> bool:
    """Say whether a text is near what an input holds; into an empty one anything may be pasted."""
    return not text.strip() or len(text) > LONGEST_INPUT - _NEAR


def _element(field: Field, language: Language, say: Words, accounts: Mapping[str, str]) -> render.Block:
    chosen = field.value.split(",") if field.kind == "choices" else [field.value]
    options = [_option(value, label) for value, label in field.options]
    initial = [option for option in options if option["value"] in chosen]
    match field.kind:
        case "choice":
            return {"type": "static_select", "options": options, **({"initial_option": initial[0]} if initial else {})}
        case "choices":
            some = {"initial_options": initial} if initial else {}
            return {"type": "multi_static_select", "options": options, **some}
        case "check":
            yes = [_option("yes", say(language, "yes"))]
            return {"type": "checkboxes", "options": yes, **({"initial_options": yes} if field.value == "yes" else {})}
        case "person" if not field.value or field.value in accounts:
            account = {"initial_user": accounts[field.value]} if field.value else {}
            return {"type": "users_select", **account}
        case "person":  # somebody whom Slack does not know: as it stands, to be changed by hand
            return {"type": "email_text_input", "initial_value": field.value}
        case _:
            limit = max(1, min(field.limit, LONGEST_INPUT))
            given = {"initial_value": field.value[:limit]} if field.value.strip() else {}
            return {"type": "plain_text_input", "multiline": field.kind == "text", "max_length": limit, **given}


def _value(element: Mapping[str, Any]) -> str:
    match element["type"]:
        case "static_select":
            return str((element.get("selected_option") or {}).get("value", ""))
        case "multi_static_select":
            return ",".join(option["value"] for option in element.get("selected_options") or ())
        case "checkboxes":
            return "yes" if element.get("selected_options") else ""
        case "users_select":
            return element.get("selected_user") or ""
        case _:
            return element.get("value") or ""


def _option(value: str, label: str) -> render.Block:
    return {"value": value, "text": _plain(label, _LONGEST_OPTION)}


def _section(text: str) -> render.Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _plain(text: str, limit: int) -> dict[str, str]:
    shown = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return {"type": "plain_text", "text": shown}
