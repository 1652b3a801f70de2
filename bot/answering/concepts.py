"""What everyday words stand for: "kiekje" and "pic" are photos, "klassenfoto" is a class and a photo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from Stemmer import Stemmer

from bot.answering.text import fold, words
from bot.events import LANGUAGES, Language

_SHORTEST_COMPOUND = 7  # letters; shorter words are rarely compounds
_SHORTEST_PART = 4  # letters of the last part of a compound ("foto", "groep")
_SURE_PART = 5  # letters of a last part that needs no known first part
_LONGEST_WORD = 60  # letters
_WINDOW = 6  # words that may lie between the ends of a phrase
_STEMMERS: dict[Language, Any] = {"nl": Stemmer("dutch"), "en": Stemmer("english")}

Found = tuple[str, ...]


class Lexicon:
    """Looks up concepts by word, by stem, by the parts of a compound, and by phrases; frozen once it is in use."""

    def __init__(self, concepts: Mapping[str, Mapping[Language, Sequence[str]]]) -> None:
        by_word: dict[str, set[str]] = defaultdict(set)
        by_stem: dict[Language, dict[str, set[str]]] = {language: defaultdict(set) for language in LANGUAGES}
        phrases: dict[tuple[Language, str], list[tuple[frozenset[str], str]]] = defaultdict(list)
        for concept, entries in concepts.items():
            for language, texts in entries.items():
                for said in (words(fold(text)) for text in texts):
                    if len(said) == 1:
                        by_word[said[0]].add(concept)
                        by_stem[language][_stem(said[0], language)].add(concept)
                    elif said:
                        parts = frozenset(_stem(word, language) for word in said)
                        phrases[language, max(parts, key=len)].append((parts, concept))
        self._by_word = by_word
        self._by_stem = by_stem
        self._phrases = dict(phrases)
        self._known: dict[str, tuple[Found, dict[Language, str]]] = {}

    def keep(self, common: Iterable[str]) -> None:
        """Look these folded words up once and for all. They must be nobody's secret: words of the knowledge itself."""
        self._known.update({word: self._looked_up(word) for word in common})

    def find(self, said: Sequence[str]) -> list[str]:
        """Return the concepts of folded words: first those of the words in order, then those of the phrases."""
        looked_up = [self._look_up(word) for word in said]
        found = [concept for concepts, _ in looked_up for concept in concepts]
        for language in LANGUAGES:
            stems = [word_stems[language] for _, word_stems in looked_up]
            found += self._find_phrases(stems, language)
        return found

    def _find_phrases(self, stems: Sequence[str], language: Language) -> list[str]:
        there = set(stems)
        return [
            concept
            for stem in sorted(there)
            for parts, concept in self._phrases.get((language, stem), ())
            if parts <= there and _close(parts, stems)
        ]

    def _look_up(self, word: str) -> tuple[Found, dict[Language, str]]:
        return self._known.get(word) or self._looked_up(word)  # what somebody typed is not kept

    def _looked_up(self, word: str) -> tuple[Found, dict[Language, str]]:
        stems: dict[Language, str] = {language: _stem(word, language) for language in LANGUAGES}
        return tuple(sorted(self._of_word(word) or self._of_compound(word))), stems

    def _of_word(self, word: str) -> set[str]:
        exact = self._by_word.get(word) or self._by_word.get(word.removesuffix("s").removesuffix("'"))
        if exact:
            return exact
        by_stem = [self._by_stem[language].get(_stem(word, language), set()) for language in LANGUAGES]
        if not any(by_stem) and "-" in word:
            return set().union(*(self._of_word(part) for part in word.split("-") if part))
        return set().union(*by_stem)

    def _of_compound(self, word: str) -> set[str]:
        """Take a Dutch compound apart at the longest known last part; "s" and "en" may join the two."""
        if not _SHORTEST_COMPOUND <= len(word) <= _LONGEST_WORD:
            return set()
        for start in range(3, len(word) - _SHORTEST_PART + 1):
            last = self._of_dutch(word[start:])
            if last:
                first = next(filter(None, map(self._of_dutch, _without_joint(word[:start]))), set())
                if first or len(word) - start >= _SURE_PART:
                    return last | first
        return set()

    def _of_dutch(self, part: str) -> set[str]:
        return self._by_word.get(part) or self._by_stem["nl"].get(_stem(part, "nl"), set())


def _stem(word: str, language: Language) -> str:
    if len(word) > _LONGEST_WORD:  # nobody's word, and a stemmer's time grows with its square
        return word
    stemmed: str = _STEMMERS[language].stemWord(word)
    return stemmed


def _without_joint(part: str) -> list[str]:
    return [part, *(part.removesuffix(joint) for joint in ("s", "en", "e") if part.endswith(joint))]


def _close(parts: frozenset[str], stems: Sequence[str]) -> bool:
    places = [stems.index(part) for part in parts]
    return max(places) - min(places) <= _WINDOW
