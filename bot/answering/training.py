"""Learns the model from the knowledge, in seconds. The only place that needs scikit-learn; never while answering."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from bot.answering.concepts import Lexicon
from bot.answering.encoding import Encoded, Encoder, Floats
from bot.answering.features import among, inside, meant
from bot.answering.model import Head, Model
from bot.answering.neighbours import Neighbours, index
from bot.answering.text import fold, words
from bot.knowledge import Example, Knowledge

_RAREST = 2  # a feature that one question alone has teaches nothing
_PENALTY = 0.5  # LinearSVC's C; flat between 0.3 and 1 in leave-one-author-out runs
_NO_SITUATION = ""
_AT_ONCE = 2  # heads; a third adds nothing, the two largest take nearly all the time
_TOLERANCE = 0.01  # scores differ by less than 0.001 from those of a finer one, in two thirds of the time


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text and what it is an example of; an empty label teaches that head nothing."""

    text: str
    language: str
    route: str = ""
    top: tuple[str, ...] = ()  # sections that are a right first one
    situation: str | None = None  # "" says: none of the situations; None says nothing
    relevant: tuple[str, ...] = ()  # of a question: all sections worth seeing, `top` among them


def lessons(knowledge: Knowledge) -> list[Lesson]:
    """Return all that can be learnt: labelled questions, the situations' own, the sections' words, small talk."""
    learnt = [
        Lesson(e.text, e.language, e.route, e.top, e.situation or _silence(e), e.relevant) for e in knowledge.examples
    ]
    for situation in knowledge.situations.values():
        sections = situation.sections
        learnt += [
            Lesson(text, language, situation.route, sections[:1], situation.id, sections)
            for language, text in situation.examples
        ]
    for section in knowledge.sections.values():
        for language in ("nl", "en"):
            learnt.append(Lesson(section.gist[language], language, top=(section.id,)))
            learnt.append(Lesson(section.title[language], language, top=(section.id,)))
    for talk in knowledge.small_talk.values():
        learnt += [Lesson(text, language, "chitchat", situation=_NO_SITUATION) for language, text in talk.examples]
    return learnt


def _silence(example: Example) -> str | None:
    return _NO_SITUATION if example.route in ("out_of_scope", "chitchat") else None


def train(learnt: Sequence[Lesson], lexicon: Lexicon) -> Model:
    """Return the model that these lessons give; the same lessons give the same model."""
    read = [read_text(lesson.text, lexicon) for lesson in learnt]
    encoder = encoder_for(read, lexicon)
    rows = [encoder.encode_read(said, meanings) for said, meanings in read]
    taught: dict[str, list[str | None]] = {
        "section": [lesson.top[0] if lesson.top else None for lesson in learnt],
        "route": [lesson.route or None for lesson in learnt],
        "situation": [lesson.situation for lesson in learnt],
        "language": [lesson.language for lesson in learnt],
    }
    with ThreadPoolExecutor(_AT_ONCE) as threads:  # LinearSVC lets go of the interpreter while it learns
        heads = threads.map(lambda labels: _head(rows, labels, len(encoder.vocabulary)), taught.values())
        named = dict(zip(taught, heads, strict=True))
    return Model(encoder, named, _neighbours(learnt, rows, named["section"].labels, len(encoder.vocabulary)))


def _neighbours(
    learnt: Sequence[Lesson], rows: Sequence[Encoded], sections: Sequence[str], features: int
) -> Neighbours:
    asked = [(lesson, row) for lesson, row in zip(learnt, rows, strict=True) if lesson.relevant and lesson.top]

    def table(named: Callable[[Lesson], tuple[str, ...]], shared: bool) -> Floats:
        made = np.zeros((len(asked), len(sections)), dtype=np.float32)
        for number, (lesson, _) in enumerate(asked):
            columns = [sections.index(section) for section in named(lesson) if section in sections]
            made[number, columns] = 1 / len(columns) if shared and columns else 1
        return made

    first, relevant = table(lambda lesson: lesson.top, shared=True), table(lambda lesson: lesson.relevant, shared=False)
    return index([row for _, row in asked], first, relevant, features)


def read_text(text: str, lexicon: Lexicon) -> tuple[list[str], list[str]]:
    """Return the folded words of a text, and their concepts."""
    said = words(fold(text))
    return said, lexicon.find(said)


def encoder_for(read: Sequence[tuple[list[str], list[str]]], lexicon: Lexicon) -> Encoder:
    """Return the encoder for texts like these: the features that come back, each weighed by how rare it is."""
    parts = lru_cache(maxsize=None)(inside)  # most words come back
    in_how_many: Counter[str] = Counter()
    for said, concepts in read:
        characters = {part for word in said for part in parts(word)}
        in_how_many.update(characters.union(among(said), meant(concepts)))
    kept = sorted(term for term, times in in_how_many.items() if times >= _RAREST)
    lexicon.keep(term[2:] for term in kept if term.startswith("w:"))
    idf = [math.log((1 + len(read)) / (1 + in_how_many[term])) + 1 for term in kept]
    return Encoder({term: position for position, term in enumerate(kept)}, np.array(idf, dtype=np.float32), lexicon)


def matrix_of(rows: Sequence[Encoded], features: int) -> Any:
    """Return a sparse matrix with a row a text."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 (training alone needs it)

    ends = np.cumsum([0] + [len(row.positions) for row in rows])
    values = np.concatenate([row.values for row in rows])
    positions = np.concatenate([row.positions for row in rows])
    return csr_matrix((values, positions, ends), shape=(len(rows), features))


def _head(rows: Sequence[Encoded], labels: Iterable[str | None], features: int) -> Head:
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    taught = [(row, label) for row, label in zip(rows, labels, strict=True) if label is not None]
    matrix = matrix_of([row for row, _ in taught], features)
    machine = LinearSVC(C=_PENALTY, tol=_TOLERANCE, random_state=0).fit(matrix, [label for _, label in taught])
    weights, bias = machine.coef_.T, machine.intercept_
    if weights.shape[1] < len(machine.classes_):  # scikit-learn keeps one column for two labels
        weights, bias = np.hstack([-weights, weights]), np.hstack([-bias, bias])
    return Head(
        tuple(str(label) for label in machine.classes_),
        np.ascontiguousarray(weights, dtype=np.float32),
        np.ascontiguousarray(bias, dtype=np.float32),
    )
