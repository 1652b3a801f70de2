"""Questions whose answer is known: the examples and the situations' own. A near-repeat is answered with certainty."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.answering.text import fold, words
from bot.knowledge import Knowledge, Route

# Of 100: "mag dit wel" and "mag dit niet" stay apart, a typo or a question mark does not count.
_ALIKE = 94
_SHORTEST = 12  # characters; shorter questions are too easily alike
# Words that turn an answer round: the two questions must have the same ones
_TURNS = frozenset(("niet", "geen", "wel", "nooit", "zonder", "not", "no", "never", "dont", "without"))


@dataclass(frozen=True, slots=True)
class Known:
    """A known question and its answer; `sections` best first."""

    text: str
    route: Route
    sections: tuple[str, ...]
    situation: str


class KnownQuestions:
    """Looks for a known question that is nearly the same; in buckets by length, so that few need comparing."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._by_text: dict[str, Known] = {}
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for example in knowledge.examples:
            self._add(Known(example.text, example.route, example.relevant, example.situation))
        for situation in knowledge.situations.values():  # last: a situation's own question leads to it
            for _, text in situation.examples:
                self._add(Known(text, situation.route, situation.sections, situation.id))

    def find(self, question: str) -> Known | None:
        """Return the known question that this one repeats, if any."""
        folded = _plain(question)
        if exact := self._by_text.get(folded):
            return exact
        if len(folded) < _SHORTEST:
            return None
        reach = round(len(folded) * (100 - _ALIKE) / 100)
        near = [
            text
            for length in range(len(folded) - reach, len(folded) + reach + 1)
            for text in self._by_length.get(length, ())
        ]
        found = process.extractOne(folded, near, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        return self._by_text[found[0]] if found and _same_turn(folded, found[0]) else None

    def _add(self, known: Known) -> None:
        folded = _plain(known.text)
        if folded not in self._by_text:
            self._by_length[len(folded)].append(folded)
        self._by_text[folded] = known


def _plain(text: str) -> str:
    return " ".join(words(fold(text)))


def _same_turn(one: str, other: str) -> bool:
    return _TURNS & set(one.split()) == _TURNS & set(other.split())
