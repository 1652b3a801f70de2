"""Direct requests are recognised, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from bot.answering.engine import Engine
from bot.answering.requests import ToOverview, ToSection, ToSituation


@pytest.mark.parametrize(
    ("message", "section"),
    [
        ("richtlijn 7", "richtlijn-7"),
        ("Richtlijn 7?", "richtlijn-7"),
        ("wat zegt regel 2", "richtlijn-2"),
        ("guideline 4", "richtlijn-4"),
        ("what does rule three say?", "richtlijn-3"),
        ("laat de zesde overweging zien", "overweging-6"),
        ("consideration 5 please", "overweging-5"),
        ("richtlijn 9", "richtlijn-9"),
        ("RICHTLIJN 1", "richtlijn-1"),
    ],
)
def test_a_section_can_be_asked_for_by_its_number(engine: Engine, message: str, section: str) -> None:
    assert engine.requests.read(message) == ToSection(section)


@pytest.mark.parametrize(
    "message",
    ["protocol", "overzicht", "geef me een overzicht", "Geef me het hele protocol", "overview", "alle richtlijnen"],
)
def test_the_overview_can_be_asked_for(engine: Engine, message: str) -> None:
    assert engine.requests.read(message) == ToOverview()


@pytest.mark.parametrize("message", ["disclaimer", "de disclaimer?", "voorbeeld disclaimer"])
def test_the_missing_disclaimer_can_be_asked_for(engine: Engine, message: str) -> None:
    assert engine.requests.read(message) == ToSituation("disclaimer-text")


@pytest.mark.parametrize(
    "message",
    [
        "valt een foto van groep 7 onder richtlijn 2?",
        "ik heb 3 vragen over regels",
        "mag ik 2 foto's plaatsen",
        "moet er een disclaimer op mijn blog",
        "pestprotocol groep 8",
        "toon een richtlijn",
        "is er een regel?",
        "no disclaimer",
        "",
        "7",
    ],
)
def test_a_question_is_no_request(engine: Engine, message: str) -> None:
    assert engine.requests.read(message) is None


@pytest.mark.parametrize(
    "message", ["en van ouders?", "and if the parents agree?", "maar als ze het goed vinden?", "what about colleagues?"]
)
def test_a_follow_up_is_recognised(engine: Engine, message: str) -> None:
    assert engine.follows_up(message)


@pytest.mark.parametrize(
    "message",
    [
        "mag ik foto's plaatsen",
        "en",
        "en richtlijn 7",
        "en dan nog een heel andere vraag over mijn eigen blog en mijn baas",
    ],
)
def test_a_question_of_its_own_is_no_follow_up(engine: Engine, message: str) -> None:
    assert not engine.follows_up(message)
