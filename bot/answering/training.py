"""Learns the model from the knowledge, in seconds. The only place that needs scikit-learn; never while answering."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bot.answering.concepts import Lexicon
from bot.answering.features import among, inside, meant
from bot.answering.model import Encoded, Encoder, Head, Model
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
    section: str = ""
    situation: str | None = None  # "" says: none of the situations; None says nothing


def lessons(knowledge: Knowledge) -> list[Lesson]:
    """Return all that can be learnt: labelled questions, the situations' own, the sections' words, small talk."""
    learnt = [
        Lesson(e.text, e.language, e.route, e.top[0] if e.top else "", e.situation or _silence(e))
        for e in knowledge.examples
    ]
    for situation in knowledge.situations.values():
        best = situation.sections[0] if situation.sections else ""
        learnt += [Lesson(text, language, situation.route, best, situation.id) for language, text in situation.examples]
    for section in knowledge.sections.values():
        for language in ("nl", "en"):
            learnt.append(Lesson(section.gist[language], language, section=section.id))
            learnt.append(Lesson(section.title[language], language, section=section.id))
    for talk in knowledge.small_talk.values():
        learnt += [Lesson(text, language, "chitchat", situation=_NO_SITUATION) for language, text in talk.examples]
    return learnt


def _silence(example: Example) -> str | None:
    return _NO_SITUATION if example.route in ("out_of_scope", "chitchat") else None


def train(learnt: Sequence[Lesson], lexicon: Lexicon) -> Model:
    """Return the model that these lessons give; the same lessons give the same model."""
    read = [_read(lesson.text, lexicon) for lesson in learnt]
    encoder = _encoder(read, lexicon)
    rows = [encoder.encode_read(said, meanings) for said, meanings in read]
    taught: dict[str, list[str | None]] = {
        "section": [lesson.section or None for lesson in learnt],
        "route": [lesson.route or None for lesson in learnt],
        "situation": [lesson.situation for lesson in learnt],
        "language": [lesson.language for lesson in learnt],
    }
    with ThreadPoolExecutor(_AT_ONCE) as threads:  # LinearSVC lets go of the interpreter while it learns
        heads = threads.map(lambda labels: _head(rows, labels, len(encoder.vocabulary)), taught.values())
        return Model(encoder, dict(zip(taught, heads, strict=True)))


def _read(text: str, lexicon: Lexicon) -> tuple[list[str], list[str]]:
    said = words(fold(text))
    return said, lexicon.find(said)


def _encoder(read: Sequence[tuple[list[str], list[str]]], lexicon: Lexicon) -> Encoder:
    parts = lru_cache(maxsize=None)(inside)  # most words come back
    in_how_many: Counter[str] = Counter()
    for said, concepts in read:
        characters = {part for word in said for part in parts(word)}
        in_how_many.update(characters.union(among(said), meant(concepts)))
    kept = sorted(term for term, times in in_how_many.items() if times >= _RAREST)
    idf = [math.log((1 + len(read)) / (1 + in_how_many[term])) + 1 for term in kept]
    return Encoder({term: position for position, term in enumerate(kept)}, np.array(idf, dtype=np.float32), lexicon)


def _head(rows: Sequence[Encoded], labels: Iterable[str | None], features: int) -> Head:
    from scipy.sparse import csr_matrix  # noqa: PLC0415 (training alone needs it)
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    taught = [(row, label) for row, label in zip(rows, labels, strict=True) if label is not None]
    ends = np.cumsum([0] + [len(row.positions) for row, _ in taught])
    values = np.concatenate([row.values for row, _ in taught])
    positions = np.concatenate([row.positions for row, _ in taught])
    matrix = csr_matrix((values, positions, ends), shape=(len(taught), features))
    machine = LinearSVC(C=_PENALTY, tol=_TOLERANCE, random_state=0).fit(matrix, [label for _, label in taught])
    weights, bias = machine.coef_.T, machine.intercept_
    if weights.shape[1] < len(machine.classes_):  # scikit-learn keeps one column for two labels
        weights, bias = np.hstack([-weights, weights]), np.hstack([-bias, bias])
    return Head(
        tuple(str(label) for label in machine.classes_),
        np.ascontiguousarray(weights, dtype=np.float32),
        np.ascontiguousarray(bias, dtype=np.float32),
    )
