"""Questions whose answer is known: the examples and the situations' own. A near-repeat is answered with certainty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz import fuzz, process

from bot.answering.text import fold, words
from bot.knowledge import Knowledge, Route

# Of 100: "mag dit wel" and "mag dit niet" stay apart, a typo or a question mark does not count.
_ALIKE = 94
_SHORTEST = 12  # characters; shorter questions are too easily alike
_PUNCTUATION = 4  # characters that a repeat may have more or less without being another length
# Words that turn an answer round: the two questions must have the same ones
_DUTCH_TURNS = ("niet", "nie", "geen", "wel", "nooit", "zonder", "niemand", "niets", "niks")
_ENGLISH_TURNS = ("not", "no", "never", "without", "nobody", "nothing", "cannot", "dont", "cant", "isnt", "wont")
_TURNS = frozenset((*_DUTCH_TURNS, *_ENGLISH_TURNS))


class Known(NamedTuple):
    """A known question and its answer; `sections` best first."""

    text: str
    route: Route
    sections: tuple[str, ...]
    situation: str


class KnownQuestions:
    """Looks for a known question that is nearly the same, among those of like length; frozen after construction.

    Those in `first` go before the knowledge's own.
    """

    def __init__(self, knowledge: Knowledge, first: Sequence[Known] = ()) -> None:
        self._by_length: dict[int, list[Known]] = defaultdict(list)
        self._folded: dict[int, dict[str, Known]] = {}  # by length, made when first needed
        for known in first:
            self._by_length[len(known.text)].append(known)
        for situation in knowledge.situations.values():  # then: a situation's own question leads to it
            for _, text in situation.examples:
                self._by_length[len(text)].append(Known(text, situation.route, situation.sections, situation.id))
        for example in knowledge.examples:
            further = (section for section in example.relevant if section not in example.top)
            known = Known(example.text, example.route, (*example.top, *further), example.situation)
            self._by_length[len(example.text)].append(known)

    def find(self, question: str) -> Known | None:
        """Return the known question that this one repeats, if any."""
        plain = _plain(question)
        if not plain:
            return None
        reach = _PUNCTUATION + round(len(question) * (100 - _ALIKE) / 100)
        lengths = range(max(0, len(question) - reach), len(question) + reach + 1)
        buckets = [bucket for length in lengths if (bucket := self._bucket(length))]
        if exact := next((bucket[plain] for bucket in buckets if plain in bucket), None):
            return exact
        if len(plain) < _SHORTEST:
            return None
        # one slip leaves the first or the last letter as it was; comparing them is an eighth of the work
        first, last = plain[0], plain[-1]
        near = [text for bucket in buckets for text in bucket if text and (text[0] == first or text[-1] == last)]
        found = process.extractOne(plain, near, scorer=fuzz.ratio, score_cutoff=_ALIKE)
        if found is None or _turns(plain) != _turns(found[0]):
            return None
        return next(bucket[found[0]] for bucket in buckets if found[0] in bucket)

    def _bucket(self, length: int) -> dict[str, Known] | None:
        if length not in self._by_length:
            return None
        if length not in self._folded:
            folded: dict[str, Known] = {}
            for known in self._by_length[length]:
                folded.setdefault(_plain(known.text), known)
            self._folded[length] = folded
        return self._folded[length]


def _plain(text: str) -> str:
    return " ".join(words(fold(text)))


def turns(text: str) -> list[str]:
    """Return the words of a question that turn its answer round."""
    return _turns(_plain(text))


def _turns(plain: str) -> list[str]:
    return sorted(word for word in plain.split() if word in _TURNS or word.endswith("n't"))
