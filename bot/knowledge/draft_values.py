"""The vocabulary of checking drafts: rules, their examples, and the words that give names and numbers a meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bot.events import Language
from bot.knowledge.values import Concepts, Localised

Verdict = Literal["ok", "adjust", "stop"]
Role = Literal["pupil", "parent", "colleague", "person"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What to look for in a draft. `stops`: it must not go online before somebody saw it.

    `marks_all`: what it finds concerns the text as a whole, not some words. `removes`: a safer wording leaves it out.
    `finds` and `leaves` are examples: texts that it must find, and look-alikes that it must leave alone.
    """

    id: str
    section: str
    title: Localised
    message: Localised
    advice: Localised
    stops: bool
    marks_all: bool
    removes: bool
    finds: tuple[str, ...]
    leaves: tuple[str, ...]


class LabelledText(NamedTuple):
    """A labelled piece of one to three sentences; no rules: a fine text. The id's first part is its author."""

    id: str
    language: Language
    text: str
    rules: tuple[str, ...]


class LabelledFinding(NamedTuple):
    """What a reader would underline; an empty quote means the text as a whole."""

    rule: str
    quote: str


class LabelledPost(NamedTuple):
    """A whole labelled post; `author` is the part of its file's name behind "posts_"."""

    id: str
    language: Language
    text: str
    findings: tuple[LabelledFinding, ...]
    verdict: Verdict
    author: str

    @property
    def rules(self) -> frozenset[str]:
        return frozenset(finding.rule for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Persons:
    """What a kind of person is called in a post, and what a safer wording says instead."""

    words: tuple[str, ...]
    bare: Localised  # behind "onze" or "beste"
    one: Localised
    again: Localised
    several: Localised


Lexicon = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class DraftKnowledge:
    """All that a check needs; `key` changes with any of its files."""

    rules: Mapping[str, Rule]
    names: Lexicon
    persons: Mapping[Role, Persons]
    identifiers: Lexicon
    sensitive: Lexicon
    concepts: Concepts
    texts: tuple[LabelledText, ...]
    posts: tuple[LabelledPost, ...]
    key: str
