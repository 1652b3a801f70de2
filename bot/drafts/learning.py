"""Learns the model for drafts from labelled sentences and posts, in seconds. Never while checking."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from bot.answering.concepts import Lexicon
from bot.answering.encoding import Floats, Found
from bot.answering.model import Head
from bot.answering.training import encoder_for, matrix_of, read_text
from bot.drafts.model import ENGLISH, POST, STOP, WRONG, DraftModel
from bot.drafts.segments import sentences
from bot.knowledge import Concepts
from bot.knowledge.draft_values import DraftKnowledge, LabelledPost

_PENALTY = 0.3  # LinearSVC's C; 1 was no better in leave-one-author-out runs
_TOLERANCE = 0.01
_A_FIND_WEIGHS = 1.5  # against 1 for a text without: a missed rule is worse than one too many
_AT_ONCE = 2
_QUESTIONS = 3_000  # the longest example questions: a short one is never taken for a post


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text, the rules that it breaks, whether it must not go online, is English, is a post (None: nobody said)."""

    text: str
    rules: frozenset[str] | None
    stops: bool | None = None
    english: bool | None = None
    is_post: bool | None = None
    parts: int = 0  # of a whole post: how many of the lessons before it are its sentences


def lessons(knowledge: DraftKnowledge, questions: Sequence[str]) -> list[Lesson]:
    """Return all that can be learnt: the rules' own examples, labelled pieces, posts and each of their sentences.

    `questions` teach only what is no post.
    """
    always = frozenset(rule.id for rule in knowledge.rules.values() if rule.stops)
    learnt = [Lesson(text, None, is_post=False) for text in sorted(questions, key=len, reverse=True)[:_QUESTIONS]]
    for rule in knowledge.rules.values():
        learnt += [Lesson(text, frozenset((rule.id,)), rule.stops or None) for text in rule.finds]
        learnt += [Lesson(text, frozenset(), stops=False) for text in rule.leaves]
    for text in knowledge.texts:
        broken = frozenset(text.rules)
        stops = True if broken & always else None if broken else False
        learnt.append(Lesson(text.text, broken, stops, text.language == "en"))
    for post in knowledge.posts:
        parts = _sentences_of(post)
        stops, english = post.verdict == "stop", post.language == "en"
        learnt += [*parts, Lesson(post.text, post.rules, stops, english, is_post=True, parts=len(parts))]
    return learnt


def _sentences_of(post: LabelledPost) -> list[Lesson]:
    places = [(f.rule, post.text.find(f.quote), len(f.quote)) for f in post.findings if f.quote]
    learnt = []
    for start, end in sentences(post.text):
        broken = frozenset(rule for rule, at, length in places if at < end and at + length > start)
        learnt.append(
            Lesson(post.text[start:end], broken, bool(broken) and post.verdict == "stop", post.language == "en")
        )
    return learnt


def _said(answers: Sequence[bool | None]) -> Floats:
    return np.array([np.nan if answer is None else float(answer) for answer in answers], dtype=np.float32)


def lexicon_of(concepts: Concepts, knowledge: DraftKnowledge) -> Lexicon:
    """Return what everyday words stand for: the concepts of questions, and those that only drafts need."""
    return Lexicon({**concepts, **{f"draft-{name}": entries for name, entries in knowledge.concepts.items()}})


def train(learnt: Sequence[Lesson], rules: Sequence[str], lexicon: Lexicon) -> DraftModel:
    """Return the model that these lessons give; the same lessons give the same model."""
    read = [read_text(lesson.text, lexicon) for lesson in learnt]
    encoder = encoder_for([one for one, lesson in zip(read, learnt, strict=True) if not lesson.parts], lexicon)
    found: list[Found] = []
    for lesson, one in zip(learnt, read, strict=True):
        found.append(Found.joined(found[-lesson.parts :]) if lesson.parts else encoder.look_up(*one))
    matrix = matrix_of([encoder.weigh(one) for one in found], len(encoder.vocabulary))
    labels = {
        rule: _said([None if lesson.rules is None else rule in lesson.rules for lesson in learnt]) for rule in rules
    }
    labels[WRONG] = _said([None if lesson.rules is None else bool(lesson.rules) for lesson in learnt])
    labels[STOP] = _said([lesson.stops for lesson in learnt])
    labels[ENGLISH] = _said([lesson.english for lesson in learnt])
    labels[POST] = _said([lesson.is_post for lesson in learnt])

    def learn(wanted: Floats) -> tuple[Floats, float]:
        from sklearn.svm import LinearSVC  # noqa: PLC0415 (training alone needs it)

        said = ~np.isnan(wanted)
        machine = LinearSVC(
            C=_PENALTY, tol=_TOLERANCE, class_weight={1.0: _A_FIND_WEIGHS, 0.0: 1.0}, random_state=0
        ).fit(matrix[said], wanted[said])
        return machine.coef_[0], float(machine.intercept_[0])

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        columns = list(threads.map(learn, labels.values()))
    weights = np.ascontiguousarray(np.stack([weights for weights, _ in columns], axis=1), dtype=np.float32)
    bias = np.array([bias for _, bias in columns], dtype=np.float32)
    return DraftModel(encoder, Head(tuple(labels), weights, bias))
