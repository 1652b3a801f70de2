"""The linear model: what each feature of a question says for each section, route, situation and language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bot.answering.concepts import Lexicon
from bot.answering.features import among, inside, meant
from bot.answering.text import fold, words

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int32]
_NOWHERE: Positions = np.empty(0, dtype=np.int32)
_CONCEPTS_WEIGH = 0.5  # against 1 for characters and for words; best in leave-one-author-out runs


@dataclass(frozen=True, slots=True)
class Encoded:
    """A question as features: positions in the vocabulary, each once, and their TF-IDF values."""

    positions: Positions
    values: Floats


@dataclass(frozen=True, slots=True)
class Encoder:
    """Vocabulary, inverse document frequencies and concepts. Looks up each word once; safe to share between threads."""

    vocabulary: Mapping[str, int]
    idf: Floats
    lexicon: Lexicon
    _inside: dict[str, Positions] = field(default_factory=dict, repr=False)

    def encode(self, text: str) -> Encoded:
        """Weigh features by (1 + log count) × idf; each kind has its own length: none drowns the others."""
        said = words(fold(text))
        return self.encode_read(said, self.lexicon.find(said))

    def encode_read(self, said: list[str], concepts: list[str]) -> Encoded:
        """Do the same for folded words and their concepts."""
        characters = np.concatenate([self._characters(word) for word in said]) if said else _NOWHERE
        kinds = [
            self._weigh(characters),
            self._weigh(self._look_up(among(said))),
            self._weigh(self._look_up(meant(concepts)), _CONCEPTS_WEIGH),
        ]
        return Encoded(
            np.concatenate([positions for positions, _ in kinds]), np.concatenate([values for _, values in kinds])
        )

    def _characters(self, word: str) -> Positions:
        found = self._inside.get(word)
        if found is None:
            found = self._look_up(inside(word))
            if f"w:{word}" in self.vocabulary:  # nothing that only this person typed is kept
                self._inside[word] = found
        return found

    def _look_up(self, terms: list[str]) -> Positions:
        known = self.vocabulary
        return np.array([known[term] for term in terms if term in known], dtype=np.int32)

    def _weigh(self, found: Positions, weight: float = 1.0) -> tuple[Positions, Floats]:
        positions, counts = np.unique(found, return_counts=True)
        values = (1 + np.log(counts)).astype(np.float32) * self.idf[positions]
        length = float(np.sqrt(values @ values))
        return positions, (values * weight / length if length else values).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Head:
    """One decision: its labels and a column of weights for each. A higher score is more likely."""

    labels: tuple[str, ...]
    weights: Floats  # features × labels
    bias: Floats  # labels

    def scores(self, question: Encoded) -> Floats:
        """Return one score a label."""
        scores: Floats = question.values @ self.weights[question.positions] + self.bias
        return scores


@dataclass(frozen=True, slots=True)
class Model:
    """The encoder, and the heads by name: section, route, situation, language."""

    encoder: Encoder
    heads: Mapping[str, Head]

    def encode(self, text: str) -> Encoded:
        return self.encoder.encode(text)
