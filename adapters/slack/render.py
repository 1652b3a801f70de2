"""Replies as Block Kit, with the plain text that notifications and screen readers use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.slack.mrkdwn import bold, cut, escape, marked, pack, quoted
from adapters.slack.to_event import MORE, SHARE
from bot.actions import Action
from bot.events import Language
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

Block = dict[str, Any]
LONGEST_LABEL = 75  # characters of a button's text (Block Kit reference)
LONGEST_VALUE = 2000  # characters of a button's value
MOST_BLOCKS = 50  # of one message
MOST_BLOCKS_OF_VIEW = 100
MOST_CHARACTERS = 12_000  # over all blocks of one message; Slack refuses at about 13,200 (measured)
_LONGEST_FALLBACK = 3000  # characters; a notification shows the first line or two
_LONGEST_ESCAPE = 6  # characters of one character in JSON, such as \u0000
_ROW = 25  # elements of an actions block


@dataclass(frozen=True, slots=True)
class Message:
    """One `chat.postMessage`: its blocks, and the text for notifications and screen readers."""

    text: str
    blocks: list[Block]


def messages(reply: Reply) -> list[Message]:
    """Return the reply as messages, in order: nearly always one, more when it passes a limit of Slack's.

    None for a reply in which nothing can be seen.
    """
    return [message(some) for some in _split(blocks(reply))]


def message(some: list[Block]) -> Message:
    """Return blocks as a message."""
    return Message(cut("\n".join(map(_shown, some)), _LONGEST_FALLBACK)[0], some)


def head(made: list[Block], beside: Sequence[Block] = ()) -> tuple[list[Block], list[Block]]:
    """Return what one message holds of the blocks together with those `beside`, and the rest.

    Where there is a rest, there is room for one more block: the button that shows it.
    """
    most = MOST_BLOCKS - len(beside)
    first = next(_split(made, most), [])
    if len(first) < len(made):
        first = next(_split(made, most - 1))
    return first, made[len(first) :]


def blocks(reply: Reply) -> list[Block]:
    """Return the reply's parts as blocks, in order and however many; every block has an id of its own."""
    made = [block for part in reply.parts for block in _blocks(part, reply.language)]
    return [{**block, "block_id": f"part-{number}"} for number, block in enumerate(made)]


def view_blocks(reply: Reply) -> list[Block]:
    """Return the reply's parts as blocks of a modal or of App Home, however many."""
    return [_in_view(block) for block in blocks(reply)]


def modal(reply: Reply, title: str, close: str, thread: str = "") -> Block | None:
    """Return the reply as a modal; nothing when it does not fit in one. `title` and `close` at most 24 characters."""
    made = view_blocks(reply)
    if not 0 < len(made) <= MOST_BLOCKS_OF_VIEW:
        return None
    return {
        "type": "modal",
        "callback_id": "reply",
        "title": {"type": "plain_text", "text": title},
        "close": {"type": "plain_text", "text": close},
        "private_metadata": json.dumps({"thread": thread}),
        "blocks": made,
    }


def share_button(label: str, question: str, language: Language) -> Block:
    """Return the button that shows an answer to the whole channel: it asks the question again, there."""
    return _own_button(SHARE, label, question, language)


def more_button(label: str, name: str, language: Language) -> Block:
    """Return the button that shows the rest of a reply, which is kept under `name`."""
    return _own_button(MORE, label, name, language)


def _own_button(action: str, label: str, value: str, language: Language) -> Block:
    """Return a button that is Slack's alone; its value is short enough."""
    whole = json.dumps([action, value, language], ensure_ascii=False)
    button = {"type": "button", "text": {"type": "plain_text", "text": label}, "action_id": action, "value": whole}
    return {"type": "actions", "block_id": action, "elements": [button]}


def can_share(question: str, language: Language) -> bool:
    return len(json.dumps([SHARE, question, language], ensure_ascii=False)) <= LONGEST_VALUE


def _in_view(block: Block) -> Block:
    """Return a block as a view takes it: feedback buttons are for messages alone."""
    if block["type"] != "context_actions":
        return block
    [pair] = block["elements"]
    elements = [
        {"type": "button", "text": one["text"], "value": one["value"], "action_id": f"press-{number}"}
        for number, one in enumerate((pair["positive_button"], pair["negative_button"]))
    ]
    return {"type": "actions", "block_id": block["block_id"], "elements": elements}


def _blocks(part: Part, language: Language) -> list[Block]:  # noqa: C901 (one table)
    match part:
        case Heading(text):
            return _sections(pack(bold(text)))
        case Paragraph(text):
            return _sections(pack(escape(text).split("\n")))
        case Quotation() as quotation:
            if not quotation.text.strip():
                return []
            return _sections(pack([*bold(_source(quotation)), *quoted(quotation.text)]))
        case Listing(items):
            return _sections(pack(f"• {escape(item)}" for item in items if item.strip()))
        case MarkedText(text, marks):
            return _sections(pack(marked(text, marks)))
        case Wording(text):
            return _sections(pack(quoted(text))) if text.strip() else []
        case Buttons(buttons, stacked):
            return _actions(buttons, language, 1 if stacked else _ROW)
        case Feedback(question, yes, no, value):
            pair = (Button(yes, Action.HELPED, f"yes {value}"), Button(no, Action.HELPED, f"no {value}"))
            return [*_contexts(question), *_feedback(pair, language)]
        case Footer(text):
            return _contexts(text)


def _source(quotation: Quotation) -> str:
    return f"{quotation.name} · {quotation.note}" if quotation.note else quotation.name


def _sections(texts: Iterable[str]) -> list[Block]:
    return [{"type": "section", "text": _mrkdwn(text)} for text in texts]


def _contexts(text: str) -> list[Block]:
    return [{"type": "context", "elements": [_mrkdwn(piece)]} for piece in pack(escape(text).split("\n"))]


def _mrkdwn(text: str) -> Block:
    # verbatim: Slack then makes no links or mentions of its own out of plain words
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _actions(buttons: Iterable[Button], language: Language, in_a_row: int) -> list[Block]:
    elements = [
        _element(button, language, number)
        for number, button in enumerate(button for button in buttons if button.label.strip())
    ]
    return [
        {"type": "actions", "elements": elements[start : start + in_a_row]}
        for start in range(0, len(elements), in_a_row)
    ]


def _feedback(pair: tuple[Button, Button], language: Language) -> list[Block]:
    if not all(button.label.strip() for button in pair):
        return _actions(pair, language, _ROW)
    yes, no = (
        {"text": made["text"], "value": made["value"], "accessibility_label": made["text"]["text"]}
        for made in (_element(button, language, 0) for button in pair)
    )
    buttons = {
        "type": "feedback_buttons",
        "action_id": "feedback",
        "positive_button": yes,
        "negative_button": no,
    }
    return [{"type": "context_actions", "elements": [buttons]}]


def _element(button: Button, language: Language, number: int) -> Block:
    label = button.label if len(button.label) <= LONGEST_LABEL else f"{button.label[: LONGEST_LABEL - 1]}…"
    element: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": label},
        "action_id": f"press-{number}",
        "value": _value(button, language),
    }
    return {**element, "style": "primary"} if button.primary else element


def _value(button: Button, language: Language) -> str:
    """Return what comes back in `to_event.press`; the button's own value gives way where it would be too long."""
    value = button.value
    while (excess := len(made := json.dumps([button.action, value, language], ensure_ascii=False)) - LONGEST_VALUE) > 0:
        value = value[: -(excess // _LONGEST_ESCAPE + 1)]  # never too many: what remains is all that fits
    return made


def _split(made: list[Block], most: int = MOST_BLOCKS) -> Iterator[list[Block]]:
    some: list[Block] = []
    characters = 0
    for block in made:
        length = len(_shown(block))
        if some and (len(some) == most or characters + length > MOST_CHARACTERS):
            yield some
            some, characters = [], 0
        some.append(block)
        characters += length
    if some:
        yield some


def _shown(block: Block) -> str:
    """Return what a block shows, as one text in mrkdwn."""
    if block["type"] == "context_actions":
        [pair] = block["elements"]
        return "\n".join(escape(pair[name]["text"]["text"]) for name in ("positive_button", "negative_button"))
    if block["type"] == "actions":
        return "\n".join(escape(element["text"]["text"]) for element in block["elements"])
    text: str = (block["elements"][0] if block["type"] == "context" else block["text"])["text"]
    return text
