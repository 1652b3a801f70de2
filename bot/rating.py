"""What people say of an answer: whether it helped, and, if they want to, what it lacked. Never who said it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol as Port
from typing import cast

from bot.actions import Action
from bot.answering.engine import Engine
from bot.drafts.reviewer import Reviewer
from bot.events import Event, Language, Pressed, Submitted
from bot.knowledge import ROUTES, Knowledge, Route
from bot.ports import StoreError
from bot.presenting import Presenter
from bot.replies import Field, Form, Heading, Reply

MISSED_FORM = "missed"
LONGEST_WORDS = 1_000  # characters
_FINGERPRINT = 8  # hex digits


@dataclass(frozen=True, slots=True)
class Rating:
    """One answer rated: which route, section and situation it showed, under which version of the document.

    `key` makes a repeat recognisable and leads to nobody.
    """

    key: str
    helped: bool
    language: Language
    route: Route
    section: str
    situation: str
    certain: bool
    fingerprint: str


class RatingStore(Port):
    """Where ratings are kept."""

    def rated(self, rating: Rating) -> None:
        """Take a rating to be stored within a minute; returns at once."""
        ...

    async def missed(self, rating: Rating, text: str) -> None:
        """Store a rating with words now; raises `ports.StoreError`."""
        ...


@dataclass(frozen=True, slots=True)
class Ratings:
    """Takes ratings and the words that may come with a bad one."""

    engine: Callable[[], Engine]
    reviewer: Callable[[], Reviewer]
    store: RatingStore

    def rated(self, event: Event, language: Language, value: str) -> str:
        """Note a rating by the value of its button; return the value of a button that says what was missed.

        Nothing is noted or returned for a value that is not ours: it went through a platform.
        """
        said, _, which = value.partition(" ")
        key = hashlib.sha256(event.key.encode()).hexdigest()[:24]
        rating = _read(key, said == "yes", language, which, self.engine().knowledge)
        if rating is None:
            return ""
        self.store.rated(rating)
        return f"{key} {which}"

    async def take(self, event: Event) -> Reply | Form | None:
        """Open or take the form for what was missed; nothing when the event is about something else."""
        match event.deed:
            case Pressed(action, value, language) if action == Action.MISSED:
                return self._form(language or event.person.language or "nl", value)
            case Submitted(form, values) if form == MISSED_FORM:
                return await self._submitted(values, event.person.language or "nl")
        return None

    def _form(self, language: Language, which: str, text: str = "", problem: str = "") -> Form:
        present = Presenter(self.engine().knowledge)
        fields = (
            Field("text", present.say(language, "missed-label"), text, "text", LONGEST_WORDS, required=False),
            Field("which", "", which, "hidden"),
        )
        title, explained = present.say(language, "missed"), present.say(language, "missed-explained")
        parts = (Heading(problem),) if problem else ()
        return Form(MISSED_FORM, title, explained, fields, present.say(language, "send"), language, parts)

    async def _submitted(self, values: Mapping[str, str], language: Language) -> Reply | Form:
        present = Presenter(self.engine().knowledge)
        key, _, which = values.get("which", "").partition(" ")
        text = values.get("text", "").strip()
        rating = _read(key, False, language, which, present.knowledge)
        thanks = Reply((Heading(present.say(language, "missed-thanks")),), language)
        if not text or rating is None:
            return thanks
        if len(text) > LONGEST_WORDS:
            problem = present.say(language, "words-too-long", length=len(text), limit=LONGEST_WORDS)
            return self._form(language, values["which"], text, problem)
        try:
            await self.store.missed(rating, self.reviewer().nameless(text))
        except StoreError:
            return self._form(language, values["which"], text, present.say(language, "not-stored"))
        return thanks


def _read(key: str, helped: bool, language: Language, which: str, knowledge: Knowledge) -> Rating | None:
    route, section, situation, certainty, fingerprint = (*which.split("|"), "", "", "", "", "")[:5]
    ours = (
        len(key) == 24  # noqa: PLR2004 (as `rated` makes it)
        and key.isalnum()
        and route in ROUTES
        and section in ("", *knowledge.sections)
        and situation in ("", *knowledge.situations)
    )
    if not ours:
        return None
    known = fingerprint[:_FINGERPRINT] if fingerprint.isalnum() else ""
    return Rating(key, helped, language, cast("Route", route), section, situation, certainty == "certain", known)
