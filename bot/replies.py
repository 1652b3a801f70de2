"""What the bot answers, free of any platform. Adapters render these parts; they compose no text of their own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from bot.events import Language


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
    """A text to copy and use elsewhere; `copy` is what a button for that says, where there can be one.

    With `file` (a name) it can be saved as well, where a platform can; `save` is what a button for that says.
    """

    text: str
    copy: str
    file: str = ""
    save: str = ""


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


FieldKind = Literal["line", "text", "choice", "choices", "check", "person", "hidden"]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in; `limit` in characters.

    `choice` takes one of `options` (value, label), `choices` any of them with commas between, `check` "yes" or nothing,
    `person` the e-mail address of a colleague, from the platform's own picker where it has one. `hidden` ones come back
    as they are.
    """

    name: str
    label: str
    value: str = ""
    kind: FieldKind = "line"
    limit: int = 3000
    required: bool = True
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """Asked instead of a reply where the platform has forms; `parts` are shown above the fields."""

    name: str
    title: str
    explained: str
    fields: tuple[Field, ...]
    submit: str
    language: Language
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the place of an event shows. Nothing at all: the event was a repeat, or what follows is delivered.

    What goes to other places is stored with the case (`handoff.deliveries`), not returned.
    """

    reply: Reply | Form | None = None
