"""What somebody filled in to add to the knowledge, and what is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import cast, get_args

from bot.drafts.reviewer import Reviewer
from bot.handoff.forms import listed
from bot.knowledge import Addition, Contact, Knowledge, Localised, Route
from bot.knowledge.additions import AdditionKind
from bot.knowledge.values import UNTRANSLATED

LONGEST_QUESTION, LONGEST_TITLE, LONGEST_GIST = 500, 75, 1_500  # characters
MOST_SECTIONS = 5  # as in the files of the knowledge
OFFERED_ROUTES: tuple[Route, ...] = ("answer", "doubt", "handoff", "urgent", "out_of_scope")
CONTACTS: tuple[Contact, ...] = get_args(Contact)
KINDS: tuple[AdditionKind, ...] = get_args(AdditionKind)
_LIMITS = {
    "question": LONGEST_QUESTION,
    "question_en": LONGEST_QUESTION,
    "title": LONGEST_TITLE,
    "title_en": LONGEST_TITLE,
    "gist": LONGEST_GIST,
    "gist_en": LONGEST_GIST,
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that keeps a form from being taken: a sentence of texts/, and where, with the places in the text."""

    sentence: str
    field: str = ""
    text: str = ""
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """The form's fields. `first` is the section that the answer opens with, `sections` the further ones."""

    kind: AdditionKind = "situation"
    question: str = ""
    question_en: str = UNTRANSLATED
    title: str = ""
    title_en: str = UNTRANSLATED
    gist: str = ""
    gist_en: str = UNTRANSLATED
    first: str = ""
    sections: tuple[str, ...] = ()
    contact: Contact = "none"
    route: Route = "answer"
    case: int = 0
    once: str = ""

    @property
    def digest(self) -> str:
        """What tells whether the words are still those that were shown."""
        return hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:16]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the texts that count for this kind, by field; English that has still to be written is none."""
        for name in _LIMITS:
            is_situations = not name.startswith("question")
            text: str = getattr(self, name)
            if text and text != UNTRANSLATED and (self.kind == "situation" or not is_situations):
                yield name, text

    def addition(self) -> Addition:
        """Return it as an addition without an id."""
        question, title, gist = (
            Localised(self.question, self.question_en),
            Localised(self.title, self.title_en),
            Localised(self.gist, self.gist_en),
        )
        named = tuple(dict.fromkeys(filter(None, (self.first, *self.sections))))
        sections = () if self.route == "out_of_scope" else named
        if self.kind == "example":
            return Addition("", "example", question, self.route, sections, self.contact)
        return Addition("", "situation", question, self.route, sections, self.contact, title, gist)


def read(values: Mapping[str, str]) -> Written:
    """Return what a form holds; a choice that it does not offer becomes the usual one."""

    def text(name: str) -> str:
        return "\n".join(values.get(name, "").strip().splitlines())

    def line(name: str) -> str:
        return " ".join(values.get(name, "").split())

    digits = values.get("case", "")
    return Written(
        cast("AdditionKind", _one_of(values.get("kind", ""), KINDS)),
        line("question"),
        line("question_en") or UNTRANSLATED,
        line("title"),
        line("title_en") or UNTRANSLATED,
        text("gist"),
        text("gist_en") or UNTRANSLATED,
        values.get("first", ""),
        listed(values, "sections"),
        cast("Contact", _one_of(values.get("contact", ""), ("none", *CONTACTS))),
        cast("Route", _one_of(values.get("route", ""), OFFERED_ROUTES)),
        int(digits[:9]) if digits.isdecimal() else 0,
        values.get("once", ""),
    )


def _one_of(value: str, offered: tuple[str, ...]) -> str:
    return value if value in offered else offered[0]


def troubles(written: Written, knowledge: Knowledge, reviewer: Reviewer) -> tuple[Trouble, ...]:
    """Return what is wrong, in the order of the form; nothing when it can be stored.

    A text in which somebody is named or numbered is refused with the places: it would be shown to everybody.
    """
    found = list(_missing(written))
    for name, text in written.texts():
        if len(text) > _LIMITS[name]:
            found.append(Trouble("proposal-too-long", name))
        if marks := reviewer.anybody(text):
            found.append(Trouble("proposal-personal", name, text, marks))
    addition = written.addition()
    if len(addition.sections) > MOST_SECTIONS or not set(addition.sections) <= set(knowledge.sections):
        found.append(Trouble("proposal-sections", "sections"))
    return tuple(found)


def _missing(written: Written) -> Iterator[Trouble]:
    needed = ("question", "title", "gist") if written.kind == "situation" else ("question",)
    yield from (Trouble("proposal-empty", name) for name in needed if not getattr(written, name))
    if written.kind == "situation" and written.route == "out_of_scope":
        yield Trouble("proposal-outside", "route")
    elif written.route != "out_of_scope" and not written.addition().sections:
        yield Trouble("proposal-no-section", "first")
    if not written.once:
        yield Trouble("hand-off-again")
