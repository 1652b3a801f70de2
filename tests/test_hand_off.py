"""Handing off, from the question to "it helped": who may do what, what is sent, and what is told to whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.knowledge_source import KnowledgeSource
from bot.actions import Action
from bot.events import Address
from bot.handoff.case import WHO, Status, Step
from bot.handoff.deliveries import Desk
from bot.handoff.forms import WITH_WORDS
from bot.handoff.hand_off import HandOff
from bot.replies import Audience, Buttons, Form, MarkedText, Reply
from tests.offices import FATIMA, GAST, HENK, JOKE, KAREL, Talking, email, office, said
from tests.test_case import case

STAFF = {email(FATIMA): (email(KAREL), "De Ark")}
DESK = Address("fake", "C-loket")


@pytest.fixture
async def talking(source: KnowledgeSource, database_url: str) -> AsyncIterator[Talking]:
    async with office(database_url, source.engine, source.reviewer, STAFF) as opened:
        async with opened.store.writing() as writing:
            await writing.set_desk(DESK)
        yield opened


# What is sent


async def test_the_form_shows_what_is_sent_and_nothing_is_sent_before(talking: Talking) -> None:
    form = await talking.press(FATIMA, Action.ASK_COMMUNICATIONS, "richtlijn-7 urgent", asked="de reacties ontsporen")
    assert isinstance(form, Form)
    assert {field.name: field.value for field in form.fields}["text"] == "de reacties ontsporen"
    assert "Richtlijn 7" in said(form)
    assert await talking.all() == []
    await talking.fill(FATIMA, form, note="sinds vanmorgen", unnamed="yes")
    case = (await talking.all())[0]
    assert (case.text, case.note, case.sections) == ("de reacties ontsporen", "sinds vanmorgen", ("richtlijn-7",))
    assert case.urgent and case.unnamed and case.handler == "communications" and case.school == "De Ark"


async def test_names_of_pupils_are_replaced_unless_the_person_wants_otherwise(talking: Talking) -> None:
    text = "mag ik foto van Sanne uit groep 6 plaatsen?"
    form = await talking.press(FATIMA, Action.ASK_COMMUNICATIONS, "", asked=text)
    assert isinstance(form, Form) and "vervangen" in said(form)
    shown = next(part for part in form.parts if isinstance(part, MarkedText))
    assert shown.text == text and [text[slice(*mark)] for mark in shown.marks] == ["Sanne uit groep 6"]
    await talking.fill(FATIMA, form)
    assert "Sanne" not in (await talking.case(1)).text
    again = await talking.press(FATIMA, Action.ASK_COMMUNICATIONS, "", asked=text)
    await talking.fill(FATIMA, again, version="original")
    assert (await talking.case(2)).text == text


async def test_a_name_that_is_typed_into_the_form_is_warned_of_once(talking: Talking) -> None:
    form = await talking.press(FATIMA, Action.ASK_COMMUNICATIONS, "", asked="mag dit online?")
    warned = await talking.fill(FATIMA, form, note="het gaat om Sanne uit groep 6")
    assert isinstance(warned, Form)
    assert "Sanne" not in next(field.value for field in warned.fields if field.name == "note")
    assert await talking.all() == []


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"text": "  "}, "Schrijf eerst je vraag."),
        ({"text": "x" * 10_001}, "te lang"),
        ({"text": "vraag", "note": "x" * 1_001}, "te lang"),
        ({"text": "vraag", "once": ""}, "opnieuw"),
    ],
)
async def test_what_cannot_be_sent_comes_back_with_the_reason(
    talking: Talking, values: dict[str, str], problem: str
) -> None:
    form = await talking.press(FATIMA, Action.ASK_COMMUNICATIONS, "", asked="vraag")
    refused = await talking.fill(FATIMA, form, **values)
    assert isinstance(refused, Form) and problem in said(refused)
    assert await talking.all() == []


async def test_a_form_that_is_sent_twice_makes_one_case(talking: Talking) -> None:
    form = await talking.press(FATIMA, Action.ASK_COMMUNICATIONS, "", asked="vraag")
    assert await talking.fill(FATIMA, form) is None
    assert "als zaak 1" in said(await talking.fill(FATIMA, form))
    assert len(await talking.all()) == 1


# Who is my manager


async def test_the_list_says_who_the_manager_is(talking: Talking) -> None:
    case = await talking.hand_off_to(Action.ASK_MANAGER)
    assert case.handler == "manager" and case.manager and case.manager.id == email(KAREL) and not case.at_desk


async def test_a_choice_goes_before_the_list_and_is_remembered(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER, manager=email(HENK))
    form = await talking.press(FATIMA, Action.ASK_MANAGER, "", asked="nog iets")
    assert isinstance(form, Form)
    assert next(field.value for field in form.fields if field.name == "manager") == email(HENK)


async def test_the_school_goes_before_a_choice(source: KnowledgeSource, tmp_path: Path) -> None:
    from dataclasses import replace

    from bot.knowledge.values import School

    engine = source.engine()
    organisation = replace(engine.knowledge.organisation, schools=(School("De Ark", email(HENK)),))

    class WithSchools:
        knowledge = replace(engine.knowledge, organisation=organisation)

    async with office(f"sqlite:///{tmp_path / 'a.sqlite3'}", WithSchools, source.reviewer, STAFF) as talking:
        form = await talking.press(FATIMA, Action.ASK_MANAGER, "", asked="vraag")
        assert isinstance(form, Form) and not [field for field in form.fields if field.name == "manager"]
        await talking.fill(FATIMA, form, manager=email(KAREL))
        manager = (await talking.case()).manager
        assert manager and manager.id == email(HENK)


async def test_without_a_manager_it_goes_to_communications(talking: Talking) -> None:
    case = await talking.hand_off_to(Action.ASK_MANAGER, manager="")
    assert case.handler == "communications" and case.manager is None and case.at_desk


@pytest.mark.parametrize(
    ("chosen", "problem"), [("baas@elders.nl", "geen e-mailadres"), (email(FATIMA), "iemand anders"), ("Karel", "geen")]
)
async def test_a_stranger_or_oneself_is_no_manager(talking: Talking, chosen: str, problem: str) -> None:
    form = await talking.press(FATIMA, Action.ASK_MANAGER, "", asked="vraag")
    assert problem in said(await talking.fill(FATIMA, form, manager=chosen))
    assert await talking.all() == []


# The loop


async def test_asked_claimed_answered_with_preview_and_it_helped(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    assert await talking.told() == [("card", "C-loket"), ("status", "D-fatima")]
    assert await talking.step(JOKE, "claim") is None
    form = await talking.step(JOKE, "advise")
    preview = await talking.fill(JOKE, form, text="Ja, met toestemming.", sections="richtlijn-2,richtlijn-8")
    assert isinstance(preview, Form) and "Antwoord op zaak 1" in said(preview)
    assert (await talking.case()).status == Status.CLAIMED
    changed = await talking.fill(JOKE, preview, text="Ja, met toestemming van iedereen.")
    assert isinstance(changed, Form)  # other words than those of the preview: shown again
    assert await talking.fill(JOKE, changed) is None
    assert (await talking.case()).status == Status.ANSWERED
    advice = (await talking.events())[-1]
    assert (advice.text, advice.sections) == ("Ja, met toestemming van iedereen.", ("richtlijn-2", "richtlijn-8"))
    assert ("advice", "D-fatima") in await talking.told()
    assert "Dank je wel" in said(await talking.step(FATIMA, "helped"))
    assert (await talking.case()).status == Status.CLOSED


async def test_an_answer_that_did_not_help_opens_the_case_again(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await talking.advise(JOKE, "Nee.")
    await talking.step(FATIMA, "not-helped")
    case = await talking.case()
    assert case.status == Status.REOPENED and case.remind_at
    assert ("back", "C-loket") in await talking.told()


async def test_asking_back_and_the_askers_answer(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await talking.words(JOKE, "ask-back", "Is er toestemming?")
    assert (await talking.case()).status == Status.WAITING
    await talking.words(FATIMA, "add", "Van iedereen.")
    assert (await talking.case()).status == Status.CLAIMED
    assert [kind for kind, _ in await talking.told() if kind in ("asked-back", "added")] == ["asked-back", "added"]


async def test_a_note_is_for_the_desk_alone(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    before = [to for _, to in await talking.told()].count("D-fatima")
    await talking.words(JOKE, "note", "even met de directie overlegd")
    assert [to for _, to in await talking.told()].count("D-fatima") == before
    shown = await talking.step(FATIMA, "show")
    assert isinstance(shown, Reply) and "directie" not in str(shown)
    assert "directie" in str(await talking.step(JOKE, "show"))


async def test_a_manager_passes_a_case_on_and_the_asker_hears_it(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER, unnamed="yes")
    assert await talking.told() == [("card", email(KAREL)), ("status", "D-fatima")]
    card = str(await talking.step(KAREL, "show"))
    assert "Fatima" in card  # unnamed towards communications, not towards the manager
    await talking.step(KAREL, "to-communications")
    assert ("moved", "D-fatima") in await talking.told() and ("card", "C-loket") in await talking.told()
    assert "Fatima" not in str(await talking.step(JOKE, "show"))
    await talking.advise(JOKE, "Ja.")
    assert (await talking.case()).status == Status.ANSWERED


async def test_an_answer_to_a_question_in_a_channel_comes_to_the_asker_alone(talking: Talking) -> None:
    form = await talking.press(FATIMA, Action.ASK_COMMUNICATIONS, "", asked="vraag", private=False)
    assert isinstance(form, Form)
    values = {field.name: field.value for field in form.fields}
    from bot.events import Submitted

    event = talking.event(FATIMA, Submitted(form.name, values), private=False)
    await talking.hand_off.submitted(event, form.name, values)
    await talking.advise(JOKE, "Ja.")
    assert ("advice", email(FATIMA)) in await talking.told()


async def test_of_two_claims_at_once_one_wins_and_the_other_is_told_who(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    answers = await asyncio.gather(talking.step(JOKE, "claim"), talking.step(HENK, "claim"))
    lost = [answer for answer in answers if answer is not None]
    winner = (await talking.case()).claimed_by
    assert winner and len(lost) == 1 and f"{winner.name} heeft zaak 1 al opgepakt" in said(lost[0])


async def test_a_double_click_has_one_effect_and_no_complaint(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    assert await talking.step(JOKE, "claim") is None
    assert await talking.step(JOKE, "claim") is None
    assert await talking.step(JOKE, "claim", key="same") is None
    assert [event.step for event in await talking.events()] == [Step.HAND_OFF, Step.CLAIM]


async def test_a_step_that_is_not_possible_is_refused_with_the_possible_ones(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await talking.advise(JOKE, "Ja.")
    refused = said(await talking.step(JOKE, "release"))
    assert "beantwoord" in refused and "heropen" in refused


# Roles


ALLOWED = {"asker": {FATIMA}, "handler": {JOKE, HENK}, "clock": set[str]()}


@pytest.mark.parametrize("who", [FATIMA, KAREL, JOKE, GAST])
@pytest.mark.parametrize("step", [step for step in Step if step != Step.HAND_OFF])
async def test_every_step_is_refused_to_whom_it_is_not(talking: Talking, step: Step, who: str) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    if step != Step.CLAIM:
        await talking.step(JOKE, "claim")
    if step in (Step.HELPED, Step.NOT_HELPED, Step.REOPEN):
        await talking.advise(JOKE, "Ja.")
    before = await talking.case()
    if who in ALLOWED[WHO[step]]:
        answer = await talking.step(who, step)
        assert (
            isinstance(answer, Form)
            if step in WITH_WORDS
            else (await talking.case()).version > before.version
            or (
                step == Step.TO_COMMUNICATIONS  # it lies there already
            )
        )
        return
    assert "niet aan jou" in said(await talking.step(who, step))
    assert await talking.case() == before
    assert (step.value, "role") in talking.tally.refusals


async def test_a_form_that_somebody_else_fills_in_is_refused(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    form = await talking.step(JOKE, "ask-back")
    assert "niet aan jou" in said(await talking.fill(KAREL, form, text="stuur mij de namen"))


async def test_nobody_else_sees_a_case_or_that_it_exists(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER)
    assert said(await talking.step(GAST, "show")) == said(await talking.step(GAST, "show", 99)).replace("99", "1")
    assert "Zaak 1" in str(await talking.step(KAREL, "show"))


# Lists


async def test_lists_for_who_answers_and_for_who_asks(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS, "de reacties lopen uit de hand")
    await talking.hand_off_to(Action.ASK_MANAGER, "mag ik het logo gebruiken?")
    await talking.step(JOKE, "claim", 2)

    async def listed(who: str, words: str) -> list[str]:
        from bot.events import Said

        reply = await talking.hand_off.said(talking.event(who, Said(words)), words)
        assert reply is not None, words
        return [b.value for part in reply.parts if isinstance(part, Buttons) for b in part.buttons]

    assert await listed(JOKE, "zaken") == ["show 1", "show 2", "show 3"]
    assert await listed(JOKE, "Zaken opgepakt") == ["show 2"]
    assert await listed(JOKE, "zaken logo") == ["show 3"]
    assert await listed(JOKE, "zaken de ark uit de hand") == ["show 2"]
    assert await listed(JOKE, "zaken richtlijn-2") == []
    assert await listed(JOKE, "zaken overweging-4 fatima nieuw") == ["show 1", "show 3"]
    assert await listed(KAREL, "zaken") == ["show 3"]
    assert await listed(FATIMA, "mijn vragen") == ["show 3", "show 2", "show 1"]
    assert await listed(FATIMA, "zaken") == ["show 3", "show 2", "show 1"]
    question = "zaken doen via Facebook, mag dat?"
    from bot.events import Said

    assert await talking.hand_off.said(talking.event(FATIMA, Said(question)), question) is None


async def test_who_is_unnamed_is_not_found_by_name(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS, unnamed="yes")
    from bot.events import Said

    found = await talking.hand_off.said(talking.event(JOKE, Said("zaken fatima")), "zaken fatima")
    assert "geen open zaken" in said(found)


# The clock


async def test_a_case_that_nobody_takes_is_reminded_of_and_goes_on(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER)
    acting = talking.hand_off.acting
    assert await acting.on_time() == 0
    talking.clock.advance(hours=4, minutes=1)
    assert await acting.on_time() == 1
    assert await acting.on_time() == 0  # once
    assert ("reminder", email(KAREL)) in await talking.told()
    talking.clock.advance(days=1)
    await acting.on_time()
    case = await talking.case()
    assert case.handler == "communications"
    assert ("moved", "D-fatima") in await talking.told() and ("card", "C-loket") in await talking.told()


async def test_after_a_long_sleep_a_case_goes_on_without_a_late_reminder(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER)
    talking.clock.advance(days=3)
    assert await talking.hand_off.acting.on_time() == 1
    assert [event.step for event in await talking.events()] == [Step.HAND_OFF, Step.ESCALATE]


async def test_a_clock_that_jumps_back_neither_loses_nor_doubles_a_reminder(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    talking.clock.advance(hours=5)
    assert await talking.hand_off.acting.on_time() == 1
    talking.clock.advance(hours=-3)
    assert await talking.hand_off.acting.on_time() == 0
    talking.clock.advance(hours=3)
    assert await talking.hand_off.acting.on_time() == 0


async def test_two_servers_remind_once(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    talking.clock.advance(hours=5)
    await asyncio.gather(*(talking.hand_off.acting.on_time() for _ in range(4)))
    assert [event.step for event in await talking.events()] == [Step.HAND_OFF, Step.REMIND]


async def test_a_claimed_case_is_reminded_of_and_somebody_else_can_release_it(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await talking.step(JOKE, "claim")
    for _ in range(2):
        talking.clock.advance(days=5)
        assert await talking.hand_off.acting.on_time() == 1
    assert await talking.step(HENK, "release") is None
    assert (await talking.case()).status == Status.NEW


async def test_what_nobody_takes_is_never_forgotten(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    for _ in range(6):
        talking.clock.advance(days=21)  # over the Christmas holidays too
        assert await talking.hand_off.acting.on_time() == 1
    assert [kind for kind, _ in await talking.told()].count("reminder") == 6


async def test_an_event_that_is_still_being_taken_is_not_acknowledged_when_it_fails(
    talking: Talking, source: KnowledgeSource
) -> None:
    from bot.conversation import Conversation
    from bot.events import Pressed
    from bot.ports import StoreError

    conversation = Conversation(source.engine, source.reviewer, talking.clock, talking.tally, talking.hand_off)
    event = talking.event(JOKE, Pressed(Action.CASE, "claim 1", "nl"))
    reached, fail = asyncio.Event(), asyncio.Event()

    async def away(*_: object) -> None:
        reached.set()
        await fail.wait()
        raise StoreError("It is away.")

    pressed = HandOff.pressed
    try:
        HandOff.pressed = away  # type: ignore[assignment, method-assign]
        first = asyncio.create_task(conversation.handle(event))
        await reached.wait()
        again = asyncio.create_task(conversation.handle(event))
        await asyncio.sleep(0)
        fail.set()
        ends = await asyncio.gather(first, again, return_exceptions=True)
    finally:
        HandOff.pressed = pressed  # type: ignore[method-assign]
    assert [type(end) for end in ends] == [StoreError, StoreError]


async def test_a_manager_who_passed_a_case_on_hears_no_more_of_it(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER)
    await talking.step(KAREL, "to-communications")
    assert (await talking.told())[-2:] != []
    assert ("handed-on", email(KAREL)) in await talking.told()
    before = [to for _, to in await talking.told()].count(email(KAREL))
    await talking.words(JOKE, "note", "tussen ons gezegd")
    assert [to for _, to in await talking.told()].count(email(KAREL)) == before


async def test_who_is_unnamed_is_not_named_to_communications_while_a_manager_has_the_case(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER, unnamed="yes")
    assert "Fatima" not in str(await talking.step(JOKE, "show"))
    assert "Fatima" in str(await talking.step(KAREL, "show"))


async def test_a_case_that_is_shown_is_shown_to_one_person(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    shown = await talking.step(JOKE, "show")
    assert isinstance(shown, Reply) and shown.audience is Audience.PERSON


async def test_without_a_channel_its_people_are_told_and_else_who_stands_in() -> None:
    desk = Desk((), ("joke@unicoz.nl",), "directie@unicoz.nl")
    assert [to.person for to in desk.recipients(case())] == ["joke@unicoz.nl"]
    assert [to.person for to in Desk((), (), "directie@unicoz.nl").recipients(case())] == ["directie@unicoz.nl"]
    assert [to.address for to in Desk((DESK,), ("joke@unicoz.nl",)).recipients(case())] == [DESK]


async def test_a_manager_who_cannot_be_reached_is_passed_over(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER)
    await talking.hand_off.acting.unreachable(1)
    assert (await talking.case()).handler == "communications"


async def test_an_urgent_case_is_expected_within_half_an_hour(talking: Talking) -> None:
    form = await talking.press(FATIMA, Action.ASK_COMMUNICATIONS, "richtlijn-7 urgent", asked="het loopt uit de hand")
    await talking.fill(FATIMA, form)
    case = await talking.case()
    assert case.escalate_at == talking.clock.now() + timedelta(minutes=30)
    status = await talking.step(FATIMA, "show")
    assert "half uur" in said(status)
