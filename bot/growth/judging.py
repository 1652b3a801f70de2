"""What an addition would do to answers: which known question it repeats, and which ones of others it would take."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process

from bot.answering.added import AddedQuestions, known_from
from bot.answering.engine import Engine
from bot.answering.known import Known, KnownQuestions
from bot.answering.text import fold
from bot.knowledge import Addition, Example, Knowledge, Route

_DOUBLE = 88  # of 100, by words in any order: from here on two wordings are one question to a reader
_NEAREST = 200  # known questions that are tried
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """A known question with its answer, for a reader."""

    text: str
    route: Route
    section: str  # the first one; empty where it has none
    situation: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to know before storing or approving an addition.

    `double` is a known question that it repeats, if any; `taken` are questions of other sections that would be answered
    by the addition, at most five; `taken_in_all` counts them.
    """

    double: Labelled | None = None
    taken: tuple[Labelled, ...] = ()
    taken_in_all: int = 0


def judge(addition: Addition, engine: Engine) -> Judgement:
    """Return what an addition would do. Takes some tenths of a second: not for the event loop."""
    known = [one for one in _labelled(engine.knowledge) if not _is_of(one, addition, engine.knowledge)]
    texts = {place: fold(one.text) for place, one in enumerate(known)}
    doubles: list[tuple[float, int]] = []
    near: set[int] = set()
    for _, text in addition.questions:
        found = process.extract(fold(text), texts, scorer=fuzz.token_sort_ratio, limit=_NEAREST, score_cutoff=30)
        near.update(place for _, _, place in found)
        doubles += [(score, place) for _, score, place in found[:1] if score >= _DOUBLE]
    taken = _taken(addition, engine, [known[place] for place in sorted(near)])
    double = known[max(doubles)[1]] if doubles else None
    return Judgement(double, tuple(taken[:_SHOWN]), len(taken))


def _taken(addition: Addition, engine: Engine, near: list[Labelled]) -> list[Labelled]:
    """Return the questions of others that the engine would answer with the addition, were they not known."""
    alone = known_from((addition,))
    empty = replace(engine.knowledge, situations={}, examples=())
    alike, nearest = KnownQuestions(empty, alone), AddedQuestions(alone, engine.model)

    def takes(one: Labelled) -> bool:
        return _differs(one, addition) and _would_answer(one.text, engine, alike, nearest)

    return [one for one in near if takes(one)]


def _would_answer(text: str, engine: Engine, alike: KnownQuestions, nearest: AddedQuestions) -> bool:
    found: Known | None = alike.find(text) or nearest.find_any(text, engine.model.encode(text))
    return found is not None


def _differs(one: Labelled, addition: Addition) -> bool:
    """Say whether a question's answer would be another one; answer and doubt show the same section."""
    merged = {"doubt": "answer"}
    same_route = merged.get(one.route, one.route) == merged.get(addition.route, addition.route)
    return not same_route or one.section != (addition.sections[0] if addition.sections else "")


def _labelled(knowledge: Knowledge) -> list[Labelled]:
    found = [
        Labelled(text, situation.route, situation.sections[0], situation.id)
        for situation in knowledge.situations.values()
        for _, text in situation.examples
    ]
    return found + [_of_example(example) for example in knowledge.examples]


def _of_example(example: Example) -> Labelled:
    return Labelled(example.text, example.route, example.top[0] if example.top else "", example.situation)


def _is_of(one: Labelled, addition: Addition, knowledge: Knowledge) -> bool:
    """Say whether a question is the addition's own, once that is approved."""
    if one.situation:
        return one.situation == addition.id
    return any(one.text == text for _, text in addition.questions) and addition.id in _added(knowledge)


def _added(knowledge: Knowledge) -> set[str]:
    return {example.id.rpartition("-")[0] for example in knowledge.examples if example.author == "added"}
