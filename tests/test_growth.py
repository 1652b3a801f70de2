"""From an advice to knowledge: who may, what is refused, what it would do, and that the next asker gets it at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from adapters.growth import Growth
from adapters.knowledge_source import KnowledgeSource
from adapters.storage.database import Database
from adapters.storage.proposals import Proposals
from bot.actions import Action
from bot.answering.engine import Engine
from bot.conversation import Conversation
from bot.drafts.reviewer import Reviewer
from bot.events import Said
from bot.growth.judging import judge
from bot.growth.proposal import State
from bot.growth.written import Written, troubles
from bot.handoff.case import Case
from bot.handoff.hand_off import opens_form
from bot.knowledge import Addition, Localised, extended
from bot.knowledge.values import UNTRANSLATED
from bot.presenting import Presenter
from bot.replies import Buttons, Form, Heading, Listing, MarkedText, Paragraph, Reply
from tests.conftest import FakeTally, settings
from tests.offices import FATIMA, HENK, JOKE, KAREL, Talking, email, office, said, values_of

STAFF = {email(FATIMA): (email(KAREL), "De Ark")}
QUESTION = "Mag de knuffelbeer van groep 3 een eigen Bluesky-profiel krijgen?"
ADVICE = "Ja, de beer mag een profiel. Spreek met je leidinggevende af wie erop plaatst."
SITUATION = {
    "title": "Een profiel voor de klassenknuffel",
    "gist": ADVICE,
    "first": "richtlijn-2",
    "sections": "richtlijn-8",
}


@pytest.fixture(scope="module")
def own_source() -> KnowledgeSource:
    """A source that tests may let grow."""
    return KnowledgeSource(settings(), progress=lambda said: None)


@pytest.fixture
async def talking(own_source: KnowledgeSource, database_url: str) -> AsyncIterator[Talking]:
    async with office(database_url, own_source.engine, own_source.reviewer, STAFF) as opened:
        yield opened
    own_source.grow(())


def addition(question: str = QUESTION, **more: object) -> Addition:
    made = Addition(
        "added-1-abc123",
        "situation",
        Localised(question, UNTRANSLATED),
        "answer",
        ("richtlijn-2",),
        "none",
        Localised("Een profiel voor de klassenknuffel", UNTRANSLATED),
        Localised(ADVICE, UNTRANSLATED),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def example(question: str, section: str, route: str = "answer") -> Addition:
    made = addition(question, kind="example", title=Localised("", ""), gist=Localised("", ""))
    return replace(made, route=route, sections=(section,))  # type: ignore[arg-type]


async def advised(talking: Talking, question: str = QUESTION, advice: str = ADVICE) -> Case:
    case = await talking.hand_off_to(Action.ASK_COMMUNICATIONS, question)
    await talking.advise(JOKE, advice, case.number)
    return await talking.case(case.number)


async def proposed(talking: Talking, who: str = JOKE, **values: str) -> int:
    form = await talking.press(who, Action.PROPOSE, "case 1")
    shown = await talking.fill(who, form, **(SITUATION | values))
    stored = await talking.fill(who, shown)
    assert "is opgeslagen" in said(stored)
    return (await talking.proposals.proposals(tuple(State)))[-1].number


def buttons(reply: Reply | Form | None) -> dict[str, str]:
    assert isinstance(reply, Reply)
    shown = [button for part in reply.parts if isinstance(part, Buttons) for button in part.buttons]
    return {button.label: f"{button.action} {button.value}" for button in shown}


# Who may


async def test_the_button_stands_on_an_answered_case_for_the_desk_alone(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER, manager=email(KAREL))
    assert "Maak hier kennis van" not in buttons(await talking.step(JOKE, "show"))
    await talking.advise(KAREL, ADVICE)
    assert buttons(await talking.step(JOKE, "show"))["Maak hier kennis van"] == "propose case 1"
    assert opens_form(Action.PROPOSE, "case 1") and isinstance(
        await talking.press(JOKE, Action.PROPOSE, "case 1"), Form
    )
    assert "Maak hier kennis van" not in buttons(await talking.step(KAREL, "show"))


@pytest.mark.parametrize("who", [FATIMA, KAREL])
async def test_only_the_desk_proposes_and_decides(talking: Talking, who: str) -> None:
    await advised(talking)
    number = await proposed(talking)
    for action, value in (
        (Action.PROPOSE, "case 1"),
        (Action.PROPOSALS, ""),
        (Action.PROPOSAL, f"show {number}"),
        (Action.PROPOSAL, f"approve {number}"),
    ):
        assert said(await talking.press(who, action, value)) == "Dat is aan communicatie."
    form = await talking.press(JOKE, Action.PROPOSE, "case 1")
    assert said(await talking.fill(who, form, **SITUATION)) == "Dat is aan communicatie."
    assert await talking.hand_off.said(talking.event(who, Said("voorstellen")), "voorstellen") is None
    assert (await talking.proposals.proposals((State.WAITING,)))[0].number == number


async def test_nobody_approves_a_proposal_of_their_own(talking: Talking) -> None:
    await advised(talking)
    number = await proposed(talking)
    assert "eigen voorstel" in said(await talking.press(JOKE, Action.PROPOSAL, f"approve {number}"))
    assert "goedgekeurd" in said(await talking.press(HENK, Action.PROPOSAL, f"approve {number}"))
    assert "al besloten" in said(await talking.press(HENK, Action.PROPOSAL, f"reject {number}"))
    stored = await talking.proposals.proposal(number)
    assert stored and stored.state == State.APPROVED and stored.decided_by and stored.decided_by.id == email(HENK)


async def test_a_proposal_on_a_section_that_is_gone_is_refused_with_the_section(
    talking: Talking, own_source: KnowledgeSource, database_url: str
) -> None:
    await advised(talking)
    number = await proposed(talking)
    whole = own_source.engine()
    sections = {name: one for name, one in whole.knowledge.sections.items() if name != "richtlijn-8"}
    fewer = SimpleNamespace(knowledge=replace(whole.knowledge, sections=sections), model=whole.model)
    async with office(database_url, lambda: fewer, own_source.reviewer, STAFF) as later:
        later.numbers = count(100)
        shown = await later.press(HENK, Action.PROPOSAL, f"show {number}")
        assert "staat niet meer in het protocol: richtlijn-8" in said(shown)
        refused = said(await later.press(HENK, Action.PROPOSAL, f"approve {number}"))
        assert "staat niet meer in het protocol: richtlijn-8" in refused
        assert "afgewezen" in said(await later.press(HENK, Action.PROPOSAL, f"reject {number}"))


async def test_the_desk_sees_among_its_cases_that_a_proposal_waits(talking: Talking) -> None:
    await advised(talking)
    label = "Eén voorstel wacht op goedkeuring"
    assert label not in buttons(await talking.press(HENK, Action.CASES))
    number = await proposed(talking)
    assert buttons(await talking.press(HENK, Action.CASES))[label] == "proposals "
    listed = await talking.hand_off.said(talking.event(HENK, Said("voorstellen")), "voorstellen")
    assert f"proposal show {number}" in buttons(listed).values()
    assert label not in buttons(await talking.press(FATIMA, Action.CASES))
    await talking.press(HENK, Action.PROPOSAL, f"reject {number}")
    assert label not in buttons(await talking.press(HENK, Action.CASES))


# What is filled in, shown, and refused


async def test_the_form_is_filled_in_from_case_and_advice_without_names(talking: Talking) -> None:
    await advised(talking, "mag de foto van Sanne uit groep 6 erop?", "Vraag het de ouders van Sanne uit groep 6.")
    form = await talking.press(JOKE, Action.PROPOSE, "case 1")
    assert isinstance(form, Form)
    filled = {field.name: field.value for field in form.fields}
    assert filled["kind"] == "situation" and filled["question"].startswith("mag de foto van een leerling")
    assert filled["question_en"] == filled["title_en"] == filled["gist_en"] == UNTRANSLATED
    assert filled["first"] == "overweging-4"  # the case's own, since the advice named none
    assert "Sanne" not in " ".join(filled.values())


async def test_a_name_that_a_post_may_hold_is_not_in_the_form(talking: Talking) -> None:
    await advised(talking, "mag de foto van sanne online?", "Ja, mits meneer pietersen het goed vindt.")
    form = await talking.press(JOKE, Action.PROPOSE, "case 1")
    filled = values_of(form)
    assert filled["question"] == "mag de foto van iemand online?" and filled["gist"].startswith("Ja, mits iemand")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"gist": "Vraag het meneer pietersen. Hij weet het."}, "naam of nummer"),
        ({"gist": "Vraag het de familie van den Berg."}, "naam of nummer"),
        ({"title": "Bakker, de vader van een leerling"}, "naam of nummer"),
        ({"gist": "Mail naar pers@zwemschool.nl."}, "naam of nummer"),
        ({"question_en": "may we tag @sannedv?"}, "naam of nummer"),
        ({"gist": "Vraag het Sanne de Vries uit groep 6. Zij weet het."}, "naam of nummer"),
        ({"question_en": "may the bear of Sanne de Vries have a profile?"}, "naam of nummer"),
        ({"gist": "Bel 06-12345678 als je twijfelt."}, "naam of nummer"),
        ({"question": ""}, "De vraag, zoals iemand die stelt: Dit is nog leeg."),
        ({"title": ""}, "Titel van de situatie: Dit is nog leeg."),
        ({"title": "x" * 76}, "Dit is te lang."),
        ({"first": "", "sections": ""}, "Kies een onderdeel."),
        ({"sections": "richtlijn-9"}, "die bestaan"),
        ({"sections": "richtlijn-1,richtlijn-3,richtlijn-4,richtlijn-5,richtlijn-6"}, "hoogstens vijf"),
        ({"route": "out_of_scope"}, "Kies een voorbeeldvraag."),
    ],
)
async def test_what_cannot_be_stored_comes_back_with_the_place(
    talking: Talking, values: dict[str, str], problem: str
) -> None:
    await advised(talking)
    form = await talking.press(JOKE, Action.PROPOSE, "case 1")
    refused = await talking.fill(JOKE, form, **(SITUATION | values))
    assert isinstance(refused, Form) and problem in said(refused)
    assert await talking.proposals.proposals(tuple(State)) == ()


async def test_a_name_is_marked_where_it_stands(talking: Talking) -> None:
    await advised(talking)
    form = await talking.press(JOKE, Action.PROPOSE, "case 1")
    refused = await talking.fill(JOKE, form, **(SITUATION | {"gist": "Overleg met Sanne de Vries uit groep 6."}))
    assert isinstance(refused, Form)
    marked = next(part for part in refused.parts if isinstance(part, MarkedText))
    assert "Sanne de Vries" in " ".join(marked.text[start:end] for start, end in marked.marks)


def test_wordings_of_the_knowledge_itself_are_not_taken_for_names(engine: Engine, reviewer: Reviewer) -> None:
    situations = list(engine.knowledge.situations.values())
    refused = [
        one.id
        for one in situations
        if troubles(
            Written("situation", QUESTION, title=one.title.nl, gist=one.gist.nl, first=one.sections[0], once="1"),
            engine.knowledge,
            reviewer,
        )
    ]
    assert refused == []


async def test_it_is_shown_before_it_is_stored_and_again_when_words_change(talking: Talking) -> None:
    await advised(talking)
    form = await talking.press(JOKE, Action.PROPOSE, "case 1")
    shown = await talking.fill(JOKE, form, **SITUATION)
    assert isinstance(shown, Form) and ADVICE.partition(". ")[0] in said(shown)  # as the asker reads it
    assert "Geen bekende vraag" in said(shown)
    changed = await talking.fill(JOKE, shown, title="Een andere titel")
    assert isinstance(changed, Form)
    assert await talking.proposals.proposals(tuple(State)) == ()
    await talking.fill(JOKE, changed)
    await talking.fill(JOKE, changed)  # sent twice
    assert [one.addition.title.nl for one in await talking.proposals.proposals(tuple(State))] == ["Een andere titel"]


# What it would do


def test_a_double_is_named_with_its_answer(engine: Engine) -> None:
    known = next(one for one in engine.knowledge.examples if one.situation == "pupil-photo" and len(one.text) > 40)
    found = judge(example(known.text.upper() + "?", "richtlijn-1"), engine).double
    assert found and found.text == known.text


def test_questions_of_other_sections_that_it_takes_are_named(engine: Engine) -> None:
    known = next(one for one in engine.knowledge.examples if one.situation == "pupil-photo" and len(one.text) > 40)
    judgement = judge(example(known.text, "richtlijn-6"), engine)
    assert known.text in [one.text for one in judgement.taken]
    assert len(judgement.taken) <= 5 and judgement.taken_in_all >= len(judgement.taken)
    assert judge(example(known.text, known.top[0], known.route), engine).taken == ()


async def test_the_second_reader_sees_what_it_would_do(talking: Talking, engine: Engine, reviewer: Reviewer) -> None:
    await advised(talking)
    known = next(
        one
        for one in engine.knowledge.examples
        if one.situation == "pupil-photo" and len(one.text) > 40 and not reviewer.anybody(one.text)
    )
    number = await proposed(talking, question=known.text, first="richtlijn-6")
    shown = await talking.press(HENK, Action.PROPOSAL, f"show {number}")
    assert isinstance(shown, Reply) and "dit antwoord krijgen" in said(shown)
    listed = [item for part in shown.parts if isinstance(part, Listing) for item in part.items]
    assert any(item.startswith(known.text) for item in listed)
    assert {"Keur goed", "Wijs af"} <= set(buttons(shown))


# Answered at once


async def test_asked_advised_proposed_approved_and_the_next_asker_is_answered(
    own_source: KnowledgeSource, database_url: str
) -> None:
    database = Database(database_url)
    proposals = Proposals(database)
    growth = Growth(own_source, proposals)
    async with office(database_url, own_source.engine, own_source.reviewer, STAFF) as talking:
        conversation = Conversation(
            own_source.engine, own_source.reviewer, talking.clock, FakeTally(), talking.hand_off
        )

        async def ask(text: str) -> str:
            return said((await conversation.handle(talking.event(KAREL, Said(text)))).reply)

        assert "de beer mag een profiel" not in await ask(QUESTION)
        await advised(talking)
        number = await proposed(talking)
        await growth.look()
        assert "de beer mag een profiel" not in await ask(QUESTION)  # nobody approved it
        await talking.press(HENK, Action.PROPOSAL, f"approve {number}")
        await growth.look()
        assert "de beer mag een profiel" in await ask(QUESTION)
        assert "de beer mag een profiel" in await ask("mag de knufelbeer van groep 3 een eigen bluesky profiel krijgen")
        await talking.press(HENK, Action.PROPOSAL, f"withdraw {number}")
        await growth.look()
        assert "de beer mag een profiel" not in await ask(QUESTION)
    await database.close()
    own_source.grow(())


async def test_a_proposal_that_two_decide_at_once_is_decided_once(talking: Talking) -> None:
    await advised(talking)
    number = await proposed(talking, who=JOKE)
    decisions = [talking.press(HENK, Action.PROPOSAL, f"{word} {number}") for word in ("approve", "reject")]
    replies = sorted(said(reply) for reply in await asyncio.gather(*decisions))
    assert sum("al besloten" in reply for reply in replies) == 1


def test_other_words_and_the_opposite(engine: Engine) -> None:
    grown = Engine(engine.files, engine.model, (addition(),))
    near = grown.answer("mag de knuffelbeer uit groep 3 een profiel op Bluesky hebben?")
    assert near.situation == "added-1-abc123" and near.certain
    assert grown.answer(QUESTION.replace("Mag", "Mag niet")).situation != "added-1-abc123"
    assert grown.answer("Mag ik een klassenfoto plaatsen?").situation != "added-1-abc123"


def test_known_questions_keep_their_answers(engine: Engine) -> None:
    grown = Engine(engine.files, engine.model, (addition(),))
    asked = [one.text for one in engine.knowledge.examples if one.author == "t1"]
    assert [grown.answer(text) for text in asked] == [engine.answer(text) for text in asked]


def test_an_untranslated_situation_says_so_in_english(engine: Engine) -> None:
    grown = Engine(engine.files, engine.model, (addition(),))
    reply = Presenter(grown.knowledge).situation("en", "added-1-abc123")
    texts = [part.text for part in reply.parts if isinstance(part, Heading | Paragraph)]
    assert texts[0] == ADVICE.partition(". ")[0] + "."
    assert "This answer has not been translated yet. That is why it is in Dutch." in texts


def test_what_the_files_hold_or_cannot_hold_counts_no_second_time(engine: Engine) -> None:
    once = extended(engine.files, (addition(),))
    assert extended(once, (addition(),)) is once
    gone = addition(sections=("richtlijn-99",))
    assert extended(engine.files, (gone,)) is engine.files


def test_learning_takes_the_additions_in_and_outlives_their_withdrawal(knowledge_copy: Path, tmp_path: Path) -> None:
    source = KnowledgeSource(settings(knowledge=knowledge_copy.parent, cache=tmp_path / "cache"), lambda said: None)
    source.grow((addition(),))
    assert source.engine().answer(QUESTION).situation == "added-1-abc123"
    assert "added-1-abc123" not in source.engine().model.heads["situation"].labels
    assert source.reload() is False  # the same knowledge; the model has learnt from it now
    assert "added-1-abc123" in source.engine().model.heads["situation"].labels
    source.grow(())
    assert source.engine().answer(QUESTION).situation != "added-1-abc123"
