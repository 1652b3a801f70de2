"""The linear model: what each feature of a question says for each section, route, situation and language."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.answering.features import terms

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Head:
    """One decision: its labels and a column of weights for each. A higher score is more likely."""

    labels: tuple[str, ...]
    weights: Floats  # features × labels
    bias: Floats  # labels

    def scores(self, positions: npt.NDArray[np.int64], values: Floats) -> Floats:
        """Return one score a label for a question given as feature positions and their values."""
        scores: Floats = values @ self.weights[positions] + self.bias
        return scores


@dataclass(frozen=True, slots=True)
class Model:
    """Vocabulary, inverse document frequencies, and the heads by name: section, route, situation, language."""

    vocabulary: Mapping[str, int]
    idf: Floats
    heads: Mapping[str, Head]

    def encode(self, text: str) -> tuple[npt.NDArray[np.int64], Floats]:
        """Return feature positions and TF-IDF values of `text`; words and character n-grams each have length 1."""
        return encode(terms(text), self.vocabulary, self.idf)

    def to_arrays(self) -> dict[str, Any]:
        """Return plain arrays for a cache file; `from_arrays` is the way back."""
        ordered = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        arrays: dict[str, Any] = {"vocabulary": np.frombuffer("\n".join(ordered).encode(), np.uint8), "idf": self.idf}
        for name, head in self.heads.items():
            arrays[f"{name}.labels"] = np.array(head.labels)
            arrays[f"{name}.weights"] = head.weights
            arrays[f"{name}.bias"] = head.bias
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Model:
        """Return the model of `to_arrays`; raises `KeyError` or `ValueError` when something is missing."""
        ordered = arrays["vocabulary"].tobytes().decode().split("\n")
        names = [key.removesuffix(".labels") for key in arrays if key.endswith(".labels")]
        heads = {
            name: Head(
                tuple(str(label) for label in arrays[f"{name}.labels"]),
                arrays[f"{name}.weights"],
                arrays[f"{name}.bias"],
            )
            for name in names
        }
        return cls({term: position for position, term in enumerate(ordered)}, arrays["idf"], heads)


def encode(said: Iterable[str], vocabulary: Mapping[str, int], idf: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Weigh features by (1 + log count) × idf; each kind gets length 1, so that characters do not drown words."""
    positions: list[int] = []
    values: list[float] = []
    kinds: dict[str, list[tuple[int, float]]] = {"characters": [], "words": []}
    for term, count in Counter(said).items():
        position = vocabulary.get(term)
        if position is not None:
            kind = "words" if term[1:2] == ":" else "characters"
            kinds[kind].append((position, (1.0 + math.log(count)) * float(idf[position])))
    for found in kinds.values():
        length = math.sqrt(sum(value * value for _, value in found))
        positions += [position for position, _ in found]
        values += [value / length for _, value in found]
    return np.array(positions, dtype=np.int64), np.array(values, dtype=np.float32)
