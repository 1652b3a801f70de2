"""What an answer is made of: known questions, certainty, the reasons for it."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import Action
from bot.answering import routing
from bot.answering.concepts import Lexicon
from bot.answering.engine import Engine
from bot.answering.explaining import explain
from bot.answering.model import Model
from bot.answering.text import has_words
from bot.events import Language
from bot.knowledge import ROUTES, Knowledge
from bot.presenting import Presenter
from bot.replies import Button, Buttons, Reply


@pytest.mark.parametrize(
    "situation", ["pupil-photo", "friend-request-parent", "music-under-video", "discussion-derails"]
)
def test_a_situations_own_question_is_answered_with_that_situation(engine: Engine, situation: str) -> None:
    _, question = engine.knowledge.situations[situation].examples[0]
    for typed in (question, question.upper(), f"  {question}?? "):
        answer = engine.answer(typed)
        assert (answer.situation, answer.certain) == (situation, True)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_starter_question_leads_to_a_situation(engine: Engine, language: Language) -> None:
    starters = [b for b in buttons_of(Presenter(engine.knowledge).greeting(language)) if b.action == Action.SAY]
    assert starters
    for button in starters:
        answer = engine.answer(button.value)
        assert answer.certain
        assert answer.situation
        assert answer.language == language


def buttons_of(reply: Reply) -> list[Button]:
    return [button for part in reply.parts if isinstance(part, Buttons) for button in part.buttons]


def test_a_typo_does_not_make_a_known_question_unknown(engine: Engine) -> None:
    question = "Mag ik foto's van de sportdag op de Facebookpagina van school zetten?"
    assert engine.answer(question).situation == "pupil-photo"
    assert engine.answer(question.replace("sportdag", "sportdg")).situation == "pupil-photo"


def test_a_negation_makes_another_question(knowledge: Knowledge) -> None:
    from bot.answering.known import KnownQuestions

    known = KnownQuestions(knowledge)
    _, question = knowledge.situations["pupil-photo"].examples[0]
    assert known.find(question)
    assert known.find(question.replace("Mag ik", "Mag ik niet")) is None
    _, english = knowledge.situations["class-photo-private-phone"].examples[-2]
    assert known.find(english)
    assert known.find(english.replace("only friends can", "only friends can't")) is None


def test_a_known_question_gets_the_first_section_of_its_label(knowledge: Knowledge) -> None:
    from bot.answering.known import KnownQuestions

    known = KnownQuestions(knowledge)
    own = {text for s in knowledge.situations.values() for _, text in s.examples}
    seen: set[str] = set()
    for example in knowledge.examples:
        found = known.find(example.text)
        if found is None:
            assert not has_words(example.text)
            continue
        if example.top and example.text not in own and found.text == example.text and example.text not in seen:
            assert found.sections[0] in example.top
        seen.add(example.text)


def test_a_certain_answer_has_no_readings_and_an_uncertain_one_has(engine: Engine) -> None:
    for example in engine.knowledge.examples[::40]:
        answer = engine.answer(example.text + " toch")
        assert bool(answer.readings) != answer.certain


def test_scores_are_chances_best_first(engine: Engine) -> None:
    answer = engine.answer("zomaar iets over een stukje in de krant en onze school")
    scores = [passage.score for passage in answer.passages]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) >= 3
    assert all(0 <= score <= 1 for score in scores)
    assert 0 <= answer.confidence <= 1


@given(chances=st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_confidence_is_a_chance_and_grows_with_the_first_section(chances: list[float]) -> None:
    section, margin, showing, agreed, disagreed = chances
    low = routing.confidence(section / 2, margin / 2, showing, agreed, disagreed)
    high = routing.confidence(section, margin, showing, agreed, disagreed)
    assert 0 <= low <= high + 1e-9 <= 1 + 1e-8


@given(st.lists(st.floats(0.001, 1), min_size=6, max_size=6))
def test_a_route_is_always_chosen(shares: list[float]) -> None:
    route, chance = routing.choose_route(dict(zip(ROUTES, (s / sum(shares) for s in shares), strict=True)))
    assert route in ROUTES
    assert 0 < chance <= 1


def test_urgent_always_leads_to_communications_and_a_clear_answer_to_nobody() -> None:
    assert routing.contact_for("urgent", None, None) == "communications"
    assert routing.contact_for("answer", None, None) == "none"
    assert routing.contact_for("doubt", None, None) == "manager"
    assert routing.contact_for("handoff", None, None) == "either"


def test_the_reasons_name_words_concepts_and_a_known_question(engine: Engine) -> None:
    why = explain(engine.model, "mag er muziek onder ons filmpje", "overweging-4", engine.knowledge.examples)
    assert "muziek" in why.words
    assert "music" in why.concepts
    assert any(example.text == why.nearest for example in engine.knowledge.examples)


def test_a_model_survives_its_cache(engine: Engine) -> None:
    model = engine.model
    again: Model = pickle.loads(pickle.dumps(model))
    for text in ("mag ik dit plaatsen", "may I post this", "🎉", ""):
        one, other = model.encode(text), again.encode(text)
        assert one.positions.tolist() == other.positions.tolist()
        assert again.heads["section"].scores(other).tolist() == model.heads["section"].scores(one).tolist()


CONCEPTS = Lexicon(
    {
        "photo": {"nl": ("foto", "kiekje"), "en": ("photo", "pic")},
        "class": {"nl": ("klas",), "en": ("class",)},
        "publish": {"nl": ("zet online", "plaatsen"), "en": ("post",)},
    }
)


@pytest.mark.parametrize(
    ("said", "concepts"),
    [
        ("kiekje", ["photo"]),
        ("foto's", ["photo"]),
        ("fotos", ["photo"]),
        ("pics", ["photo"]),
        ("klassenfoto", ["class", "photo"]),
        ("zet ik dat kiekje dan online", ["photo", "publish"]),
        ("online staat er al een heleboel ander spul dat ik zet", []),
        ("wifi", []),
    ],
)
def test_words_lead_to_concepts(said: str, concepts: list[str]) -> None:
    assert sorted(CONCEPTS.find(said.split())) == concepts
