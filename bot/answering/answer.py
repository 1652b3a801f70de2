"""What the bot makes of a question: a value, before any wording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.events import Language
from bot.knowledge import Contact, Route

# What a message can be besides a question; "section" and "situation" were asked for by name
Notice = Literal[
    "", "nothing-said", "too-long", "other-language", "overview", "section", "situation", "missing-section"
]


@dataclass(frozen=True, slots=True)
class Passage:
    """A section with its score: the calibrated chance (0 to 1) that it is a right first answer."""

    section: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Route and sections, best first, and how sure the bot is.

    `confidence` is the chance (0 to 1) that the answer as a whole is right; `certain` says that it is given without
    "Bedoel je". `readings` are then the situations and sections to choose from.
    """

    question: str
    language: Language
    route: Route
    passages: tuple[Passage, ...] = ()
    situation: str = ""
    small_talk: str = ""
    contact: Contact = "none"
    confidence: float = 1.0
    certain: bool = True
    readings: tuple[tuple[str, str], ...] = ()  # ("situation" | "section", id)
    notice: Notice = ""
    asked_for: str = ""  # the section id of "missing-section"
