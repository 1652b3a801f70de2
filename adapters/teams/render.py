"""Replies as Adaptive Cards 1.5."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.actions import Action
from bot.events import Language
from bot.handoff.hand_off import opens_form
from bot.replies import (
    Button,
    Buttons,
    Feedback,
    Footer,
    Heading,
    Listing,
    MarkedText,
    Paragraph,
    Part,
    Quotation,
    Reply,
    Wording,
)

Element = dict[str, Any]
Where = Literal["chat", "shared", "dialog"]
LARGEST_BODY = 18_000  # bytes of a card's elements; Teams takes 28 KB for the whole message
_LARGEST_DATA = 7_000  # bytes of what a button sends; a form's hidden text may be long
_LARGEST_ROW = 10_000  # bytes of one row of buttons
_LONGEST_LINE = 2000  # characters of one TextBlock: at most 12,000 bytes as JSON
_LONGEST_FALLBACK = 500  # characters
_LONGEST_VALUE = 2000  # characters of a button's value
_JSON = json.JSONEncoder(ensure_ascii=False, check_circular=False)  # making one takes longer than what it does
LONGEST_TITLE = 19  # characters of a button: Teams cuts off longer ones
_CHAT = re.compile(r"https://teams\.microsoft\.com/l/chat/0/0\?users=[^\s)]+")
_ROW = 6  # actions that Teams shows side by side; further ones hide behind "…" (its host configuration)
# what is Markdown anywhere, and what is so at the start of a line only
_MARKDOWN = re.compile(r"[\\*_\[\]`~<]|^\s*[-+#>]")
_NUMBERED = re.compile(r"^(\s*\d+)([.)])(?=\s)")  # a list, at the start of a line


@dataclass(frozen=True, slots=True)
class Look:
    """Where parts are shown.

    In a dialog every button is an `Action.Submit`: it knows no other. Where others read along a form opens as a dialog,
    which nobody else sees; alone with the bot it appears in the chat, as it does in every client.
    """

    language: Language
    where: Where = "chat"


def cards(reply: Reply, where: Where = "chat") -> list[Element]:
    """Return the reply as cards, in order: nearly always one, more when it would be too large for one message.

    None for a reply in which nothing can be seen. Quotations bear the numbers of `cited`.
    """
    body = elements(reply.parts, Look(reply.language, where))
    return [card(some, reply.language, plain(reply)) for some in _split(body, LARGEST_BODY)]


def card(body: list[Element], language: Language, fallback: str) -> Element:
    """Return a card, as wide as the chat."""
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "lang": language,
        "fallbackText": fallback[:_LONGEST_FALLBACK],
        "msteams": {"width": "Full"},
        "body": body,
    }


def elements(parts: Sequence[Part], look: Look) -> list[Element]:
    """Return the elements of parts."""
    made: list[Element] = []
    number = 0
    for part in parts:
        if isinstance(part, Quotation):
            number += bool(part.text.strip())
            made += _quotation(part, 0 if look.where == "dialog" else number)
        else:
            made += _elements(part, look)
    return made


def cited(reply: Reply) -> list[Quotation]:
    """Return the quotations that can be seen; the first is number 1."""
    return [part for part in reply.parts if isinstance(part, Quotation) and part.text.strip()]


def plain(reply: Reply) -> str:
    """Return what a notification or a client without cards shows: whatever can be read, without the choices."""
    readable = (Heading, Paragraph, Quotation, MarkedText, Wording, Footer)
    return "\n".join(part.text for part in reply.parts if isinstance(part, readable) and part.text.strip())


def escape(text: str) -> str:
    """Return a line in which no character is Markdown; no more than that, for some clients show the backslash."""
    escaped = _MARKDOWN.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", text)
    return _NUMBERED.sub(r"\1\\\2", escaped)


def _elements(part: Part, look: Look) -> list[Element]:
    match part:
        case Heading(text):
            return _texts(text, weight="Bolder", size="Medium", style="heading")
        case Paragraph(text):
            return [*_texts(text), *_chats(text)]
        case Quotation() as quotation:
            return _quotation(quotation, 0)
        case Listing(items):
            return [element for item in items if item.strip() for element in _texts(f"• {item}")]
        case MarkedText(text, marks):
            return _marked(text, marks)
        case Wording(text):
            lines = _texts(text)
            return [
                {"type": "Container", "style": "accent", "items": some} for some in _split(lines, LARGEST_BODY - 100)
            ]
        case Buttons(buttons, stacked):
            # Teams cuts long labels of real buttons; one long label brings its whole group under each other
            stacked = stacked or any(len(button.label) > LONGEST_TITLE for button in buttons)
            return _choices(buttons, look) if stacked else _rows(buttons, look)
        case Feedback(question, yes, no, value):
            pair = (Button(yes, Action.HELPED, f"yes {value}"), Button(no, Action.HELPED, f"no {value}"))
            return [*_texts(question, size="Small"), *_elements(Buttons(pair), look)]
        case Footer(text):
            return _texts(text, size="Small", isSubtle=True)


def _quotation(quotation: Quotation, number: int) -> list[Element]:
    lines = _texts(quotation.text)
    if not lines:
        return []
    source = f"{quotation.name} · {quotation.note}" if quotation.note else quotation.name
    items = [*_texts(source, weight="Bolder", size="Small"), *lines]
    if number and len(items) > len(lines):
        items[0]["text"] += f" [{number}]"  # Teams makes it a link to the citation, where it can
    return [{"type": "Container", "style": "emphasis", "items": some} for some in _split(items, LARGEST_BODY - 100)]


def _chats(text: str) -> list[Element]:
    """Return a button for a prepared chat that a text names; no other address becomes one."""
    found = [{"type": "Action.OpenUrl", "title": "Microsoft Teams", "url": url} for url in _CHAT.findall(text)]
    return [{"type": "ActionSet", "actions": some} for some in _split(found, _LARGEST_ROW, _ROW)]


def _texts(text: str, **looks: Any) -> list[Element]:
    """Return a TextBlock a line: a single line break inside of one is not shown everywhere."""
    made: list[Element] = []
    spacing: dict[str, str] = {}
    for line in text.split("\n"):
        for number, piece in enumerate(_pieces(line)):
            made.append({"type": "TextBlock", "text": escape(piece), "wrap": True, **looks, **spacing})
            spacing = {"spacing": "None" if number == 0 else "Small"}
        spacing = {"spacing": "None"} if made and line.strip() else {}
    return made


def _pieces(line: str) -> Iterator[str]:
    """Yield a line in pieces that show something, cut between words where that can be."""
    while len(line) > _LONGEST_LINE:
        end = line.rfind(" ", _LONGEST_LINE // 2, _LONGEST_LINE) + 1 or _LONGEST_LINE
        if line[:end].strip():
            yield line[:end]
        line = line[end:]
    if line.strip():
        yield line


def _marked(text: str, marks: tuple[tuple[int, int], ...]) -> list[Element]:
    """Return a RichTextBlock a line; Markdown is not read in those, so nothing is escaped."""
    lines: list[list[Element]] = [[]]
    at = 0
    for start, end in (*marks, (len(text), len(text))):
        for piece, is_marked in ((text[at:start], False), (text[start:end], True)):
            for number, words in enumerate(piece.split("\n")):
                if number:
                    lines.append([])
                lines[-1] += [
                    {"type": "TextRun", "text": run, **({"highlight": True} if is_marked else {})}
                    for run in _chunks(words)
                ]
        at = end
    return [
        {"type": "RichTextBlock", "inlines": some}
        for line in lines
        if "".join(run["text"] for run in line).strip()
        for some in _split(line, LARGEST_BODY - 100)
    ]


def _chunks(words: str) -> Iterator[str]:
    return (words[start : start + _LONGEST_LINE] for start in range(0, len(words), _LONGEST_LINE))


def _choices(buttons: Iterable[Button], look: Look) -> list[Element]:
    """Return long choices under each other; a real button would show the first twenty or so characters of each."""
    return [
        {
            "type": "Container",
            "style": "emphasis",
            "spacing": "Small",
            "selectAction": _action(button, look),
            "items": _texts(
                button.label.replace("\n", " "), color="Accent", **({"weight": "Bolder"} if button.primary else {})
            ),
        }
        for button in buttons
        if button.label.strip()
    ]


def _rows(buttons: Iterable[Button], look: Look) -> list[Element]:
    actions = [_action(button, look) for button in buttons if button.label.strip()]
    return [{"type": "ActionSet", "actions": row} for row in _split(actions, _LARGEST_ROW, _ROW)]


def _action(button: Button, look: Look) -> Element:
    data = {"action": button.action, "value": button.value[:_LONGEST_VALUE], "language": look.language}
    style = {"style": "positive"} if button.primary else {}
    if look.where == "dialog":
        return submit(button.label, data, style)
    if look.where == "shared" and opens_form(button.action, button.value):
        return submit(button.label, {**data, "msteams": {"type": "task/fetch"}}, style)
    return execute(button.label, button.action, data, style)


def submit(title: str, data: Element, style: Element) -> Element:
    return {"type": "Action.Submit", "title": title, "data": data, **style}


def execute(title: str, verb: str, data: Element, style: Element) -> Element:
    """Return an action that edits its card in place, and submits in clients that cannot.

    It holds its data twice, so one with a great deal of it is left to submit everywhere.
    """
    if size(data) > _LARGEST_DATA:
        return submit(title, data, style)
    return {
        "type": "Action.Execute",
        "title": title,
        "verb": verb,
        "data": data,
        "fallback": submit(title, data, style),
        **style,
    }


def size(element: Element | list[Element]) -> int:
    """Return the bytes that Microsoft counts."""
    return len(_JSON.encode(element).encode("utf-8", "replace"))


def _split(elements: list[Element], largest: int, most: int = 1000) -> Iterator[list[Element]]:
    """Yield the elements in groups of at most `largest` bytes as JSON; one that is larger stands alone."""
    if elements and len(elements) <= most and size(elements) <= largest:  # nearly always, and looked at once
        yield elements
        return
    some: list[Element] = []
    filled = 0
    for element in elements:
        length = size(element) + 2
        if some and (filled + length > largest or len(some) == most):
            yield some
            some, filled = [], 0
        some.append(element)
        filled += length
    if some:
        yield some
