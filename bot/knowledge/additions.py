"""What people at the desk add to the knowledge between two versions of its files: from an advice to an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.events import LANGUAGES, Language
from bot.knowledge.values import Contact, Example, Knowledge, Localised, Route, Situation

AdditionKind = Literal["situation", "example"]
NOTHING = Localised("", "")
AUTHOR = "added"  # of the examples, as `Example.author`


@dataclass(frozen=True, slots=True)
class Addition:
    """An approved situation or example question.

    `sections` best first; title and gist are a situation's and empty for an example. English may be `UNTRANSLATED`.
    """

    id: str
    kind: AdditionKind
    question: Localised
    route: Route
    sections: tuple[str, ...]
    contact: Contact
    title: Localised = NOTHING
    gist: Localised = NOTHING

    @property
    def questions(self) -> tuple[tuple[Language, str], ...]:
        """The wordings that there are, with their language."""
        spoken = LANGUAGES if self.question.has_english else LANGUAGES[:1]
        return tuple((language, self.question[language]) for language in spoken)

    @property
    def situation(self) -> str:
        """The id of the situation that it is, or nothing."""
        return self.id if self.kind == "situation" else ""

    def examples(self) -> tuple[Example, ...]:
        """Return it as labelled questions; a situation brings its own."""
        if self.kind == "situation":
            return ()
        top = self.sections[:1]
        return tuple(
            Example(f"{self.id}-{language}", language, text, self.route, top, self.sections, self.contact)
            for language, text in self.questions
        )


def new_id(number: int, question: str) -> str:
    """Return an id that no addition of another database has, and that stays when the wording is edited later."""
    return f"{AUTHOR}-{number}-{hashlib.sha256(question.encode()).hexdigest()[:6]}"


def missing_from(knowledge: Knowledge, additions: Sequence[Addition]) -> tuple[Addition, ...]:
    """Return the additions that the files do not hold and that fit them: a section that is gone takes its own along."""
    if not additions:
        return ()
    known = _ids(knowledge)
    return tuple(
        addition
        for addition in additions
        if not _is_among(addition, known) and set(addition.sections) <= set(knowledge.sections)
    )


def is_held(knowledge: Knowledge, addition: Addition) -> bool:
    """Say whether the files hold an addition."""
    return _is_among(addition, _ids(knowledge))


def _ids(knowledge: Knowledge) -> frozenset[str]:
    examples = (row.id for row in knowledge.examples if row.id.startswith(AUTHOR))
    return frozenset((*knowledge.situations, *examples))


def _is_among(addition: Addition, known: frozenset[str]) -> bool:
    return any(name in known for name in (addition.id, *(f"{addition.id}-{language}" for language in LANGUAGES)))


def extended(knowledge: Knowledge, additions: Sequence[Addition]) -> Knowledge:
    """Return the knowledge with these additions; those that its files hold already count once."""
    more = missing_from(knowledge, additions)
    if not more:
        return knowledge
    situations = {
        one.id: Situation(one.id, one.title, one.route, one.sections, one.contact, one.gist, one.questions)
        for one in more
        if one.kind == "situation"
    }
    examples = tuple(example for one in more for example in one.examples())
    mark = hashlib.sha256(repr(more).encode()).hexdigest()[:12]
    return replace(
        knowledge,
        situations={**knowledge.situations, **situations},
        examples=(*knowledge.examples, *examples),
        content_key=f"{knowledge.content_key}-{mark}",
        lessons_key=f"{knowledge.lessons_key}-{mark}",
    )
