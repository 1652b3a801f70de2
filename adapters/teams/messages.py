"""Replies as activities: a card each, with what Teams shows around it."""

from __future__ import annotations

from typing import Any, Self

from botbuilder.schema import Activity, Attachment, Entity

from adapters.teams import render
from adapters.teams.render import Element
from bot.replies import Feedback, Reply

CARD = "application/vnd.microsoft.card.adaptive"
_LONGEST_SUMMARY = 200  # characters; a notification shows fewer
_LONGEST_NAME, _LONGEST_ABSTRACT = 80, 160  # characters of a citation that Teams takes
_LARGEST = 3_500  # bytes of all citations of a message


class _Sent(dict[str, Any]):
    """A card that is changed no more: botbuilder copies every activity in depth, a tenth of a turn for a usual card."""

    def __deepcopy__(self, _memo: object) -> Self:
        return self


class Citations(Entity):
    """What a message quotes. botbuilder's own `Entity` drops every field but `type`."""

    _attribute_map = {  # noqa: RUF012 (the library's way of declaring fields)
        "type": {"key": "type", "type": "str"},
        "at_type": {"key": "@type", "type": "str"},
        "at_context": {"key": "@context", "type": "str"},
        "at_id": {"key": "@id", "type": "str"},
        "citation": {"key": "citation", "type": "[object]"},
    }

    def __init__(self, citation: list[dict[str, Any]]) -> None:
        super().__init__(type="https://schema.org/Message")
        self.at_type = "Message"
        self.at_context = "https://schema.org"
        self.at_id = ""
        self.citation = citation

    @property
    def plain(self) -> dict[str, Any]:
        """What `serialize` returns, without going through it all."""
        return {
            "type": self.type,
            "@type": self.at_type,
            "@context": self.at_context,
            "@id": self.at_id,
            "citation": self.citation,
        }


def messages(reply: Reply, *, shared: bool) -> list[Activity]:
    """Return the messages of a reply, in order; `shared`: others read along."""
    made = [message(card) for card in render.cards(reply, "shared" if shared else "chat")]
    if not made:
        return []
    made[0].entities = citations(reply)
    if feedback_of(reply):
        # thumbs under the message, beside the card's own buttons; never together with feedbackLoopEnabled
        made[-1].channel_data = {"feedbackLoop": {"type": "default"}}
    return made


def message(card: Element) -> Activity:
    summary = card["fallbackText"][:_LONGEST_SUMMARY]
    return Activity(type="message", attachments=[Attachment(content_type=CARD, content=_Sent(card))], summary=summary)


def feedback_of(reply: Reply) -> str:
    """Return which answer it is, for who rates it; nothing when it cannot be rated."""
    return next((part.value for part in reply.parts if isinstance(part, Feedback)), "")


def citations(reply: Reply) -> list[Entity]:
    """Return the quotations as Teams shows them where it can; nothing was generated, so no such label is set."""
    found: list[Element] = []
    for number, quotation in enumerate(render.cited(reply), 1):
        appearance = {
            "@type": "DigitalDocument",
            "name": _cut(quotation.name, _LONGEST_NAME) or "·",
            "abstract": _cut(" ".join(quotation.text.split()), _LONGEST_ABSTRACT),
        }
        found.append({"@type": "Claim", "position": number, "appearance": appearance})
        if render.size({"citation": found}) > _LARGEST:
            found.pop()
            break
    return [Citations(found)] if found else []


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
