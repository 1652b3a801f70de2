"""Direct requests ("richtlijn 7", "overzicht", "disclaimer") and follow-ups ("en van ouders?"): no search needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.answering.text import fold, words
from bot.events import LANGUAGES, Language
from bot.knowledge import RequestWords

_REQUEST_WORDS = 8  # a longer message is a question, even when it names a section
_DIGITS = 3
_FOLLOW_UP_WORDS = 9  # a longer message is a question of its own


@dataclass(frozen=True, slots=True)
class ToSection:
    """Asks for one section; `id` need not exist ("richtlijn 9")."""

    id: str


@dataclass(frozen=True, slots=True)
class ToSituation:
    """Asks for one situation by its name."""

    id: str


@dataclass(frozen=True, slots=True)
class ToOverview:
    """Asks for all sections."""


Request = ToSection | ToSituation | ToOverview


@dataclass(frozen=True, slots=True)
class Requests:
    """The words that make a request, folded and ready to look up."""

    kinds: Mapping[str, str]  # "regel" → "richtlijn"
    numbers: Mapping[str, int]
    situations: Mapping[str, str]
    overview: frozenset[str]
    filler: frozenset[str]
    follow_up: tuple[str, ...]
    languages: Mapping[str, Language]  # of words that only one language has

    @classmethod
    def of(cls, said: RequestWords) -> Requests:
        return cls(
            kinds={
                fold(word): kind for kind, named in said.numbered.items() for names in named.values() for word in names
            },
            numbers={fold(word): number for number, names in said.numbers.items() for word in names},
            situations={fold(word): situation for situation, names in said.situations.items() for word in names},
            overview=frozenset(fold(word) for names in said.overview.values() for word in names),
            filler=frozenset(map(fold, said.filler)),
            follow_up=tuple(map(fold, said.follow_up)),
            languages=_languages([said.overview, *said.numbered.values()]),
        )

    def read(self, question: str) -> Request | None:
        """Return what is asked for when the question is nothing but a request, else None."""
        said = words(fold(question))
        if not said or len(said) > _REQUEST_WORDS:
            return None
        numbers = [n for n in (self._number(word) for word in said) if n is not None]
        kinds = [self.kinds[word] for word in said if word in self.kinds]
        core = [word for word in said if word not in self.filler and self._number(word) is None]
        if len(numbers) == 1 and kinds and all(word in self.kinds for word in core):
            return ToSection(f"{kinds[0]}-{numbers[0]}")
        if len(core) == 1 and core[0] in self.situations and not numbers:
            return ToSituation(self.situations[core[0]])
        named = [word for word in said if word in self.overview]
        if named and not numbers and all(word in self.overview for word in core):
            return ToOverview()
        return None

    def follows_up(self, message: str) -> bool:
        """Say whether the message makes sense only after the one before."""
        said = words(fold(message))
        opening = " ".join(said[:2]) if said else ""
        return 1 < len(said) <= _FOLLOW_UP_WORDS and any(
            opening == start or said[0] == start for start in self.follow_up
        )

    def language(self, request: str) -> Language | None:
        """Return the language that a request is in, as far as its own words tell."""
        return next((self.languages[word] for word in words(fold(request)) if word in self.languages), None)

    def _number(self, word: str) -> int | None:
        return int(word) if word.isdecimal() and len(word) <= _DIGITS else self.numbers.get(word)


def _languages(named: list[Mapping[Language, tuple[str, ...]]]) -> dict[str, Language]:
    """Return the language of each word that stands under one language alone."""
    dutch, english = ({fold(word) for names in named for word in names.get(language, ())} for language in LANGUAGES)
    found: dict[str, Language] = dict.fromkeys(dutch - english, "nl")
    return {**found, **dict.fromkeys(english - dutch, "en")}
