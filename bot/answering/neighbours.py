"""The labelled questions nearest to a new one, and the sections that they vote for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.answering.encoding import Counts, Encoded, Floats, Positions

_COMMONEST = 0.05  # a feature that more of the questions have says little about nearness and takes most of the time
# Best in leave-one-author-out runs over thirteen authors: first right 0.815 → 0.836 over t1-t7, 0.806 → 0.815 over u
_FIRST, _RELEVANT = 10, 30  # questions that vote for the first section and for the further ones


@dataclass(frozen=True, slots=True)
class Neighbours:
    """An index of labelled questions by feature; safe to share between threads."""

    starts: Counts  # feature → where its questions begin in `questions`; one more at the end
    questions: Positions
    values: Floats
    first: Floats  # questions × sections; 1 shared among the sections that are a right first one
    relevant: Floats  # questions × sections; 1 where the section is worth seeing

    def votes(self, question: Encoded) -> tuple[Floats, Floats]:
        """Return how far the nearest questions had each section as a first one and as a relevant one, 0 to 1."""
        likeness = self._likeness(question)
        count = min(_RELEVANT, len(likeness))
        nearest = np.argpartition(likeness, -count)[-count:]
        nearest = nearest[np.argsort(-likeness[nearest], kind="stable")]
        weight = likeness[nearest] ** 2
        return _vote(weight[:_FIRST], self.first[nearest[:_FIRST]]), _vote(weight, self.relevant[nearest])

    def greatest_likeness(self, question: Encoded) -> float:
        """Return how near the nearest labelled question lies, by the features that count."""
        return float(self._likeness(question).max(initial=0.0))

    def counts_feature(self, positions: Positions) -> npt.NDArray[np.bool_]:
        """Say of each feature whether it counts for nearness."""
        return self.starts[positions + 1] > self.starts[positions]

    def _likeness(self, question: Encoded) -> Floats:
        begin = self.starts[question.positions]
        counts = self.starts[question.positions + 1] - begin
        # the places of all lists after each other, without a loop over the features
        places = np.arange(counts.sum()) + np.repeat(begin - np.cumsum(counts) + counts, counts)
        weights = np.repeat(question.values, counts) * self.values[places]
        likeness: Floats = np.bincount(self.questions[places], weights, len(self.first)).astype(np.float32)
        return likeness


def _vote(weight: Floats, labels: Floats) -> Floats:
    total = float(weight.sum())
    votes: Floats = weight @ labels / total if total else np.zeros(labels.shape[1], np.float32)
    return votes


def index(rows: Sequence[Encoded], first: Floats, relevant: Floats, features: int) -> Neighbours:
    """Return the index of these questions; a row of `first` and of `relevant` belongs to each."""
    positions = np.concatenate([row.positions for row in rows])
    values = np.concatenate([row.values for row in rows])
    questions = np.repeat(np.arange(len(rows), dtype=np.int32), [len(row.positions) for row in rows])
    rare = np.bincount(positions, minlength=features) <= _COMMONEST * len(rows)
    kept = rare[positions]
    order = np.argsort(positions[kept], kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(positions[kept], minlength=features))])
    return Neighbours(starts, questions[kept][order], values[kept][order], first, relevant)
