"""What a sentence, and a whole post, say for each rule: a linear model learnt from labelled sentences and posts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.answering.encoding import Encoder, Floats
from bot.answering.model import Head
from bot.drafts import weighing

ENGLISH = "english"  # the label of texts in English
STOP = "stop"  # the label, beside the rules, of what must not go online before somebody saw it


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model makes of one draft.

    `chances` (0 to 1) by rule; `stop` the chance that it must wait; `sentences` the margins, sentences × labels;
    `whole` those of the post.
    """

    labels: tuple[str, ...]
    chances: Mapping[str, float]
    stop: float
    sentences: Floats
    whole: Floats

    def of(self, rule: str) -> Floats:
        """Return a rule's margin for each sentence."""
        column: Floats = self.sentences[:, self.labels.index(rule)]
        return column

    def of_post(self, rule: str) -> float:
        """Return a rule's margin for the whole post."""
        return float(self.whole[self.labels.index(rule)])


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """A sentence as read, and its margins, one a label."""

    words: list[str]
    concepts: list[str]
    margins: Floats


@dataclass(frozen=True, slots=True)
class DraftModel:
    """Encoder and one head: a column for each rule, one for "stop" and one for the language."""

    encoder: Encoder
    head: Head

    def score(self, text: str, sentences: Sequence[str], known: dict[str, SentenceScores]) -> Scores:
        """Return the scores of a draft and its sentences, of which there must be at least one.

        `known` holds the sentences of earlier wordings of the same draft, and takes up the new ones.
        """
        new = list(dict.fromkeys(said for said in sentences if said not in known))
        read = [self.encoder.read(said) for said in new]
        as_read = {
            **{said: (one.words, one.concepts) for said, one in known.items()},
            **dict(zip(new, read, strict=True)),
        }
        words = [word for said in sentences for word in as_read[said][0]]
        concepts = [concept for said in sentences for concept in as_read[said][1]]
        scores = self.head.scores_all(self.encoder.encode_all([*read, (words, concepts)]))
        for said, (its_words, its_concepts), its_margins in zip(new, read, scores, strict=False):
            known[said] = SentenceScores(its_words, its_concepts, its_margins)
        margins = np.array([known[said].margins for said in sentences])
        whole = scores[-1]
        length = math.log(len(text))
        labels = self.head.labels
        rules = [column for column, label in enumerate(labels) if label not in (STOP, ENGLISH)]
        chances = {
            labels[column]: weighing.chance(
                labels[column],
                float(margins[:, column].max()),
                float(whole[column]),
                length,
                max(float(whole[other]) for other in rules if other != column),
            )
            for column in rules
        }
        column = labels.index(STOP)
        stop = weighing.stop(float(margins[:, column].max()), float(whole[column]), length, chances)
        return Scores(labels, chances, stop, margins, whole)
