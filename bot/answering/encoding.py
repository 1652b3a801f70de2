"""From a text to features: positions in a vocabulary, and TF-IDF values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bot.answering.concepts import Lexicon
from bot.answering.features import among, inside, meant
from bot.answering.text import fold, words

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]
_NOWHERE: Positions = np.empty(0, dtype=np.int32)
_CONCEPTS_WEIGH = 0.5  # against 1 for characters and for words; best in leave-one-author-out runs


@dataclass(frozen=True, slots=True)
class Encoded:
    """A question as features: positions in the vocabulary, each once, and their TF-IDF values."""

    positions: Positions
    values: Floats


class Found(NamedTuple):
    """Where the features of a text stand in the vocabulary, by kind and as often as the text has them."""

    characters: Positions
    words: Positions
    concepts: Positions

    @classmethod
    def joined(cls, parts: Sequence[Found]) -> Found:
        """Return the features of a text from those of its parts; pairs over the border of two parts do not count."""
        return cls(*(np.concatenate(kind) for kind in zip(*parts, strict=True)))


@dataclass(frozen=True, slots=True)
class EncodedTexts:
    """Several texts as features: for each value the text (ascending) and the position in the vocabulary."""

    count: int
    rows: Counts
    positions: Counts
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
        return self.encode_read(*self.read(text))

    def read(self, text: str) -> tuple[list[str], list[str]]:
        """Return the folded words of a text, and their concepts."""
        said = words(fold(text))
        return said, self.lexicon.find(said)

    def encode_read(self, said: list[str], concepts: list[str]) -> Encoded:
        """Do the same for folded words and their concepts."""
        return self.weigh(self.look_up(said, concepts))

    def look_up(self, said: list[str], concepts: list[str]) -> Found:
        """Return where the features of folded words and their concepts stand."""
        characters = np.concatenate([self._characters(word) for word in said]) if said else _NOWHERE
        return Found(characters, self._look_up(among(said)), self._look_up(meant(concepts)))

    def weigh(self, found: Found) -> Encoded:
        """Return the features with their values."""
        kinds = [
            self._weigh(found.characters),
            self._weigh(found.words),
            self._weigh(found.concepts, _CONCEPTS_WEIGH),
        ]
        return Encoded(
            np.concatenate([positions for positions, _ in kinds]), np.concatenate([values for _, values in kinds])
        )

    def weigh_all(self, found: Sequence[Found]) -> EncodedTexts:
        """Do the same for many texts at once, in a fraction of the time."""
        flat = [
            self._weigh_all([one.characters for one in found]),
            self._weigh_all([one.words for one in found]),
            self._weigh_all([one.concepts for one in found], _CONCEPTS_WEIGH),
        ]
        rows, positions, values = (np.concatenate(parts) for parts in zip(*flat, strict=True))
        order = np.argsort(rows, kind="stable")
        return EncodedTexts(len(found), rows[order], positions[order], values[order])

    def _weigh_all(self, found: Sequence[Positions], weight: float = 1.0) -> tuple[Counts, Counts, Floats]:
        size = len(self.idf)
        rows = np.repeat(np.arange(len(found), dtype=np.int64), [len(one) for one in found])
        keys, counts = np.unique(rows * size + np.concatenate(found).astype(np.int64), return_counts=True)
        row: Counts = keys // size
        position: Counts = keys % size
        values = (1 + np.log(counts)).astype(np.float32) * self.idf[position]
        lengths = np.sqrt(np.bincount(row, values * values, len(found)))
        return row, position, (values * weight / lengths[row]).astype(np.float32)

    def positions_of(self, word: str) -> set[int]:
        """Return where a folded word's own features stand: its character n-grams and itself."""
        return {*self._characters(word).tolist(), *self._look_up([f"w:{word}"]).tolist()}

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
