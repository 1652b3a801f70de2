"""The linear model: what each feature of a question says for each section, route, situation and language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bot.answering.encoding import Encoded, EncodedTexts, Encoder, Floats
from bot.answering.neighbours import Neighbours

# What the nearest labelled questions add to the margins of the section head; see neighbours.py
_NEAREST_SAY_FIRST, _NEAREST_SAY_RELEVANT = 0.6, 1.0


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

    def scores_all(self, texts: EncodedTexts) -> Floats:
        """Return one score a text and label: texts × labels."""
        each = texts.values[:, None] * self.weights[texts.positions]
        scores: Floats = np.tile(self.bias, (texts.count, 1))
        if len(each):
            there, starts = np.unique(texts.rows, return_index=True)
            scores[there] += np.add.reduceat(each, starts)
        return scores


@dataclass(frozen=True, slots=True)
class Model:
    """The encoder, the heads by name (section, route, situation, language), and the labelled questions by nearness."""

    encoder: Encoder
    heads: Mapping[str, Head]
    neighbours: Neighbours

    def encode(self, text: str) -> Encoded:
        return self.encoder.encode(text)

    def sections(self, question: Encoded) -> tuple[Floats, Floats]:
        """Return one score a label of the section head as a first section, and one as a further one."""
        first, relevant = self.neighbours.votes(question)
        scores = self.heads["section"].scores(question) + _NEAREST_SAY_FIRST * first
        return scores, scores + _NEAREST_SAY_RELEVANT * relevant
