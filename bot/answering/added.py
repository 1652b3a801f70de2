"""Questions that were approved after the model learnt: recognised at once, also in somewhat other words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.answering.encoding import Encoded, Floats
from bot.answering.known import Known, turns
from bot.answering.model import Model
from bot.knowledge import Addition

# Cosine of two questions' features from which they are taken for one. Among 3,000 example questions the nearest of
# another author is as near for one in 250, and then has the same situation for 0.92 of them.
_ALIKE = 0.55
_ROUNDING = 1e-4  # once the model has learnt from an addition, that is its own nearest question


def known_from(additions: Sequence[Addition]) -> list[Known]:
    """Return the questions of these additions with their answers; of the same wording the newest goes first."""
    return [
        Known(text, one.route, one.sections, one.situation) for one in reversed(additions) for _, text in one.questions
    ]


class AddedQuestions:
    """Finds the added question that a new one comes near to, if any; frozen after construction.

    A question that lies nearer to one that the model learnt from is left to the model.
    """

    def __init__(self, known: Sequence[Known], model: Model) -> None:
        self._model = model
        self._known = tuple(known)
        self._rows = tuple(model.encode(one.text) for one in known)
        self._size = len(model.encoder.vocabulary)

    def find(self, question: str, encoded: Encoded) -> Known | None:
        """Return the addition that this question means."""
        best = self._nearest(question, encoded)
        if best is None or not self._is_nearest(self._spread(encoded), encoded, self._rows[best]):
            return None
        return self._known[best]

    def find_any(self, question: str, encoded: Encoded) -> Known | None:
        """Return the same for a question that the model itself learnt from, as if it had not."""
        best = self._nearest(question, encoded)
        return None if best is None else self._known[best]

    def _nearest(self, question: str, encoded: Encoded) -> int | None:
        if not self._known:
            return None
        asked = self._spread(encoded)
        alike = [_cosine(asked, row) for row in self._rows]
        best = int(np.argmax(alike))
        if alike[best] < _ALIKE or turns(self._known[best].text) != turns(question):
            return None
        return best

    def _spread(self, encoded: Encoded) -> Floats:
        asked = np.zeros(self._size, dtype=np.float32)
        asked[encoded.positions] = encoded.values
        return asked

    def _is_nearest(self, asked: Floats, encoded: Encoded, row: Encoded) -> bool:
        """Say whether no learnt question is nearer, counting the features that the index of those counts."""
        rare = self._model.neighbours.counts_feature(row.positions)
        likeness = float(row.values[rare] @ asked[row.positions[rare]])
        return likeness >= (1 - _ROUNDING) * self._model.neighbours.greatest_likeness(encoded)


def _cosine(asked: Floats, row: Encoded) -> float:
    lengths = float(np.sqrt((asked @ asked) * (row.values @ row.values)))
    return float(row.values @ asked[row.positions]) / lengths if lengths else 0.0
