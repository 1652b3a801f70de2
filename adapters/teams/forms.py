"""Forms as cards, and what comes back of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.teams import render
from adapters.teams.render import Element, Look
from bot.events import LANGUAGES, Language
from bot.replies import Field, Form, Heading, MarkedText, Paragraph, Part

Say = Callable[[Language, str], str]
SUBMIT = "submit"  # the verb of a form in the chat
LARGEST = 24_000  # bytes of a form's card; Teams takes 28 KB for the whole message
_INPUT = "field-"  # begins the ids of inputs, so that no field is taken for what the card itself sends
_MOST_FIELDS = 30
_LONGEST = 12_000  # characters of a value
_MOST_EXPANDED = 6  # choices that are shown at once
_PICKER = {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it came back; `persons` are the fields with a colleague in them."""

    form: str
    values: Mapping[str, str]
    persons: tuple[str, ...]
    language: Language | None


def card(form: Form, say: Say, *, in_dialog: bool) -> Element | None:
    """Return the form as a card; nothing when what is typed in it is too much for a card.

    A dialog bears the title itself.
    """
    for parts in (form.parts, tuple(part for part in form.parts if not isinstance(part, MarkedText))):
        made = _card(form, parts, say, in_dialog=in_dialog)
        if render.size(made) <= LARGEST:
            return made
    return None


def _card(form: Form, parts: tuple[Part, ...], say: Say, *, in_dialog: bool) -> Element:
    above: tuple[Part, ...] = (*(() if in_dialog else (Heading(form.title),)), Paragraph(form.explained), *parts)
    body = render.elements(above, Look(form.language, "dialog"))
    for field in form.fields:
        if field.kind != "hidden":
            body += _input(field, form.language, say)
    data = {
        "form": form.name,
        "language": form.language,
        "hidden": {field.name: field.value for field in form.fields if field.kind == "hidden"},
        "persons": [field.name for field in form.fields if field.kind == "person"],
    }
    style = {"style": "positive"}
    send = render.submit(form.submit, data, style) if in_dialog else render.execute(form.submit, SUBMIT, data, style)
    body.append({"type": "ActionSet", "actions": [send]})
    return render.card(body, form.language, f"{form.title}\n{form.explained}")


def _input(field: Field, language: Language, say: Say) -> list[Element]:
    common: Element = {"id": f"{_INPUT}{field.name}", "label": field.label or field.name}
    if field.required:
        common |= {"isRequired": True, "errorMessage": say(language, "teams-required")}
    match field.kind:
        case "choice" | "choices":
            return [_choice_set(field, common)]
        case "check":
            toggle = {"title": field.label, "value": "yes" if field.value == "yes" else "no", "wrap": True}
            del common["label"]
            return [{"type": "Input.Toggle", **common, **toggle, "valueOn": "yes", "valueOff": "no"}]
        case "person":
            return _person(field, common, language, say)
        case _:
            shown = {"value": field.value, "maxLength": field.limit, "isMultiline": field.kind == "text"}
            return [{"type": "Input.Text", **common, **shown}]


def _choice_set(field: Field, common: Element) -> Element:
    made = {
        "type": "Input.ChoiceSet",
        **common,
        "choices": [{"title": label, "value": value} for value, label in field.options],
        "style": "expanded" if len(field.options) <= _MOST_EXPANDED else "compact",
        "wrap": True,
        "value": field.value,
    }
    return made | {"isMultiSelect": True} if field.kind == "choices" else made


def _person(field: Field, common: Element, language: Language, say: Say) -> list[Element]:
    """Return a picker; or, for somebody whose address Teams did not tell, a line to type it in."""
    if field.value and "@" not in field.value:
        why = render.elements((Paragraph(say(language, "teams-type-address")),), Look(language))
        return [*why, {"type": "Input.Text", **common, "style": "email", "maxLength": field.limit}]
    known = [{"title": field.value, "value": field.value}] if field.value else []
    label = {"label": say(language, "teams-colleague")}
    return [
        {
            "type": "Input.ChoiceSet",
            **common,
            **label,
            "choices": known,
            "choices.data": dict(_PICKER),
            "value": field.value,
        }
    ]


def filled(data: Mapping[str, Any]) -> Filled | None:
    """Return a form that came back; nothing when it is none of ours. What is no text, or too long for one, is left."""
    name, hidden, language = data.get("form"), data.get("hidden"), data.get("language")
    if not isinstance(name, str) or not isinstance(hidden, dict):
        return None
    typed = {key.removeprefix(_INPUT): value for key, value in data.items() if key.startswith(_INPUT)}
    values = {key: value for key, value in [*hidden.items(), *typed.items()][:_MOST_FIELDS] if isinstance(value, str)}
    persons = data.get("persons")
    named = tuple(str(one) for one in persons[:_MOST_FIELDS]) if isinstance(persons, list) else ()
    cut = {key: value[:_LONGEST] for key, value in values.items()}
    return Filled(name, cut, named, language if language in LANGUAGES else None)
