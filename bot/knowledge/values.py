"""The vocabulary of the content."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Literal, NamedTuple, get_args

from bot.events import Language
from bot.texts import Texts

Route = Literal["answer", "doubt", "handoff", "urgent", "out_of_scope", "chitchat"]
ROUTES: tuple[Route, ...] = get_args(Route)
Contact = Literal["manager", "communications", "either", "none"]

# A sentence ends at a full stop or question mark before a space; "bijv." and the like are not used in gists.
_FIRST_SENTENCE = re.compile(r"(.+?[.?])(?:\s+|$)(.*)", re.DOTALL)


UNTRANSLATED = "nog te vertalen"  # stands for English that somebody has still to write


@dataclass(frozen=True, slots=True)
class Localised:
    """A text in Dutch and in English. English that has still to be written reads as the Dutch."""

    nl: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.en if language == "en" and self.has_english else self.nl

    @property
    def has_english(self) -> bool:
        return self.en != UNTRANSLATED


def first_sentence(text: str) -> tuple[str, str]:
    """Split a gist into its direct first sentence and the rest (empty when there is none)."""
    match = _FIRST_SENTENCE.fullmatch(text.strip())
    return (match[1], match[2].strip()) if match else (text.strip(), "")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the document.

    `name` is what the document calls it ("Richtlijn 2"), `title` what it is about; `text` is word for word in
    Dutch and unofficial in English; `lead` holds the document's own heading lines above it, a line each; `opening`
    is the one among them that the text goes on from ("Bedenk dat…"), also where it stands only above the first.
    """

    id: str
    name: Localised
    title: Localised
    text: Localised
    gist: Localised
    contact: Contact
    lead: Localised
    opening: Localised


@dataclass(frozen=True, slots=True)
class Situation:
    """Something that staff really ask about. `gap`: the document is silent on the very thing, and the gist says so."""

    id: str
    title: Localised
    route: Route
    sections: tuple[str, ...]
    contact: Contact
    gist: Localised
    examples: tuple[tuple[Language, str], ...]
    gap: bool = False


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """A greeting, thanks, "who are you": answered without a section."""

    id: str
    reply: Localised
    examples: tuple[tuple[Language, str], ...]


class Example(NamedTuple):
    """A labelled question: what retrieval learns from. The part of `id` before the first "-" is its author.

    A tuple, since there are many thousands of them and a cache reads tuples in a fifth of the time.
    """

    id: str
    language: Language
    text: str
    route: Route
    top: tuple[str, ...] = ()
    relevant: tuple[str, ...] = ()
    contact: Contact = "none"
    style: str = "plain"
    situation: str = ""

    @property
    def author(self) -> str:
        return self.id.partition("-")[0]


@dataclass(frozen=True, slots=True)
class School:
    """A school of the group. `manager` (an e-mail address, or empty) is asked whatever a list or a person says."""

    name: str
    manager: str


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When people are at work: what a term in working hours counts.

    `weekdays` as in `date.weekday()` (Monday is 0); `closed` are the organisation's own free days, first and last.
    `region` is the one of the school holidays, empty for none.
    """

    zone: str
    opens: time
    closes: time
    weekdays: frozenset[int]
    good_friday: bool
    liberation_day: Literal["every-year", "every-five-years", "never"]
    region: Literal["Noord", "Midden", "Zuid", ""]
    closed: tuple[tuple[date, date], ...]


@dataclass(frozen=True, slots=True)
class Demonstrator:
    """Somebody who does not exist, to try the whole loop with in one browser."""

    name: str
    email: str
    role: Literal["staff", "manager", "communications"]


@dataclass(frozen=True, slots=True)
class Organisation:
    """The school group: what the bot calls it and its document, and whom it points to.

    `advice_section` is what the document says in doubt, `urgent_section` what it says when a discussion derails,
    `leaders_section` what it says to those who lead. `own` are the numbers, addresses, domains and people that a draft
    may show: telephone numbers as +31…, all else as written. `domains` are those of its e-mail addresses: who has
    another is no colleague. `fallback` (an e-mail address, or empty) is asked when nobody at communications answers.
    """

    name: str
    document: Localised
    document_date: str
    communications: Localised
    communications_address: str
    advice_section: str
    urgent_section: str
    leaders_section: str
    hours: OfficeHours
    own: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    schools: tuple[School, ...] = ()
    fallback: str = ""
    demonstrators: tuple[Demonstrator, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestWords:
    """What makes a message a direct request or a follow-up; `numbered` has what people call each kind of section.

    `cases` asks for the open cases, `mine` for one's own, `proposals` for what the desk may add to the knowledge,
    `data` for all that is kept about oneself, `forget` to have it erased.
    """

    numbered: Mapping[str, Mapping[Language, tuple[str, ...]]]
    numbers: Mapping[int, tuple[str, ...]]
    situations: Mapping[str, tuple[str, ...]]
    overview: Mapping[Language, tuple[str, ...]]
    filler: tuple[str, ...]
    follow_up: tuple[str, ...]
    cases: Mapping[Language, tuple[str, ...]]
    mine: Mapping[Language, tuple[str, ...]]
    proposals: Mapping[Language, tuple[str, ...]]
    data: Mapping[Language, tuple[str, ...]]
    forget: Mapping[Language, tuple[str, ...]]


# Everyday words and phrases by what they stand for
Concepts = Mapping[str, Mapping[Language, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that the bot may say.

    `fingerprint` is eight hex digits of the Dutch document's words; `content_key` changes with any file, `lessons_key`
    with those that the model learns from.
    """

    organisation: Organisation
    title: Localised
    sections: Mapping[str, Section]
    situations: Mapping[str, Situation]
    small_talk: Mapping[str, SmallTalk]
    requests: RequestWords
    concepts: Concepts
    examples: tuple[Example, ...]
    texts: Texts
    fingerprint: str
    content_key: str
    lessons_key: str
