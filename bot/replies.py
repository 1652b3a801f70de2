"""What the bot answers, free of any platform. Adapters render these parts; they compose no text of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from bot.events import Address, Language


@dataclass(frozen=True, slots=True)
class Heading:
    """The direct first sentence of a reply."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text; a line break in it is a line break on the platform."""

    text: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """A section word for word. `note` says what it is when it is not the original ("onofficiële vertaling")."""

    section: str
    name: str
    text: str
    language: Language
    note: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Items under each other, each plain text."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A person's own text with marked spans, as (start, end) in characters, ascending and without overlap."""

    text: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """A text to copy and use elsewhere; `copy` is what a button for that says, where there can be one."""

    text: str
    copy: str


@dataclass(frozen=True, slots=True)
class Button:
    """`action` and `value` come back in `events.Pressed`; label at most 75 characters, value at most 2,000."""

    label: str
    action: str
    value: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Buttons:
    """Choices. `stacked` ones are long and stand under each other."""

    buttons: tuple[Button, ...]
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Feedback:
    """A yes-or-no question about the answer; `value` says which answer, never whose and never a text."""

    question: str
    yes: str
    no: str
    value: str


@dataclass(frozen=True, slots=True)
class Footer:
    """Where the answer comes from; small print."""

    text: str


Part = Heading | Paragraph | Quotation | Listing | MarkedText | Wording | Buttons | Feedback | Footer


class Audience(Enum):
    """Who may see a reply."""

    PERSON = "person"
    CONVERSATION = "conversation"


@dataclass(frozen=True, slots=True)
class Reply:
    """Parts in reading order, in one language."""

    parts: tuple[Part, ...]
    language: Language
    audience: Audience = Audience.CONVERSATION


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in; `limit` in characters."""

    name: str
    label: str
    value: str = ""
    multiline: bool = False
    limit: int = 3000


@dataclass(frozen=True, slots=True)
class Form:
    """Asked instead of a reply where the platform has forms."""

    name: str
    title: str
    explained: str
    fields: tuple[Field, ...]
    submit: str
    language: Language


@dataclass(frozen=True, slots=True)
class Delivery:
    """A reply for another place than the event came from; `key` makes a repeat recognisable."""

    key: str
    address: Address
    reply: Reply


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that follows from one event. No reply at all: the event was a repeat or asked for none."""

    reply: Reply | Form | None = None
    deliveries: tuple[Delivery, ...] = field(default=())
