"""What a sentence, and a whole post, say for each rule: a linear model learnt from labelled sentences and posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bot.answering.encoding import Encoder, Floats, Found
from bot.answering.model import Head
from bot.drafts import weighing

ENGLISH = "english"  # the label of texts in English
POST = "post"  # the label of what reads as a post, not as a question
WRONG = "wrong"  # the label of what breaks any rule at all
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


@dataclass(slots=True)
class SentenceScores:
    """A sentence as read, and its margins, one a label, once they are known."""

    words: list[str]
    found: Found
    margins: Floats = field(default_factory=lambda: np.empty(0, np.float32))


@dataclass(frozen=True, slots=True)
class DraftModel:
    """Encoder and one head: a column for each rule, and one each for "stop", the language, and being a post."""

    encoder: Encoder
    head: Head

    def score(self, text: str, sentences: Sequence[str], known: dict[str, SentenceScores]) -> Scores:
        """Return the scores of a draft and its sentences, of which there must be at least one.

        `known` holds the sentences of earlier wordings of the same draft, and takes up the new ones.
        """
        new = list(dict.fromkeys(said for said in sentences if said not in known))
        read = [self.encoder.read(said) for said in new]
        found = [self.encoder.look_up(*one) for one in read]
        for said, (its_words, _), its_features in zip(new, read, found, strict=True):
            known[said] = SentenceScores(its_words, its_features)
        whole = Found.joined([known[said].found for said in sentences])
        scores = self.head.scores_all(self.encoder.weigh_all([*found, whole]))
        for said, margins in zip(new, scores, strict=False):
            known[said].margins = margins
        margins = np.array([known[said].margins for said in sentences])
        whole_margins = scores[-1]
        length = weighing.length(text)
        labels = self.head.labels
        rules = [column for column, label in enumerate(labels) if label not in (WRONG, STOP, ENGLISH, POST)]
        wrong = float(whole_margins[labels.index(WRONG)])
        chances = {}
        strongest, posts = margins.max(axis=0).tolist(), whole_margins.tolist()
        first, second, *_ = (*sorted((posts[column] for column in rules), reverse=True), 0.0, 0.0)
        for column in rules:
            others = second if posts[column] == first else first
            its = weighing.Margins(strongest[column], posts[column], others, wrong)
            chances[labels[column]] = weighing.chance(labels[column], its, length)
        column = labels.index(STOP)
        stop = weighing.stop(float(margins[:, column].max()), float(whole_margins[column]), length, chances)
        return Scores(labels, chances, stop, margins, whole_margins)
