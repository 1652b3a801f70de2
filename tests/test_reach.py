"""Every section and situation is reached by questions that its own examples do not contain."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.answering.engine import Engine
from bot.knowledge import Knowledge

REACH = yaml.safe_load((Path(__file__).parent / "reach.yaml").read_text(encoding="utf-8"))
ENOUGH = 3  # of the four questions that each place has


def test_every_place_has_its_questions(knowledge: Knowledge) -> None:
    assert set(REACH["sections"]) == set(knowledge.sections)
    assert set(REACH["situations"]) == set(knowledge.situations)


def test_no_question_is_an_example(knowledge: Knowledge) -> None:
    known = {example.text.casefold() for example in knowledge.examples}
    known |= {text.casefold() for s in knowledge.situations.values() for _, text in s.examples}
    asked = {q.casefold() for kind in REACH.values() for questions in kind.values() for q in questions}
    assert not known & asked


@pytest.mark.parametrize("section", REACH["sections"])
def test_a_section_is_among_the_first_three(engine: Engine, section: str) -> None:
    found = {q: [p.section for p in engine.answer(q).passages[:3]] for q in REACH["sections"][section]}
    assert sum(section in sections for sections in found.values()) >= ENOUGH, found


@pytest.mark.parametrize("situation", REACH["situations"])
def test_a_situation_is_found_or_its_sections_are(engine: Engine, situation: str) -> None:
    """The situation itself, or one of the sections that it rests on first or second, among the first three."""
    reached = {}
    for question in REACH["situations"][situation]:
        answer = engine.answer(question)
        rests_on = set(engine.knowledge.situations[situation].sections[:2])
        named = {name for kind, name in answer.readings if kind == "situation"} | {answer.situation}
        reached[question] = situation in named or bool(rests_on & {p.section for p in answer.passages[:3]})
    assert sum(reached.values()) >= ENOUGH, reached
