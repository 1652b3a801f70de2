"""What people do, in words that hold on every platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")


@dataclass(frozen=True, slots=True)
class Person:
    """Who did something. `account` is the platform's own id; `language` what the platform says that they read.

    `name` is filled in where it comes with the event itself.
    """

    account: str
    language: Language | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A place that a reply can be sent to; `thread` is empty where the platform or the place has none."""

    platform: str
    conversation: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A message, as typed; adapters take out platform markup and the mention of the bot."""

    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of an earlier reply: its `action` and `value`, and the language that reply was in."""

    action: str
    value: str = ""
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A form of `replies.Form`, filled in: field name to text."""

    form: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody opened the conversation or installed the app."""


@dataclass(frozen=True, slots=True)
class Event:
    """What a person did. `id` is the platform's own, so that a redelivered event is recognised."""

    id: str
    person: Person
    address: Address
    deed: Said | Pressed | Submitted | Arrived
    private: bool = True
    forms: bool = False  # whether the place it came from can show a form in answer
    reachable: bool = False  # whether an answer can be brought back to this person later

    @property
    def key(self) -> str:
        """What makes a repeat recognisable."""
        return f"{self.address.platform} {self.id}"
