"""One's own data, being forgotten, and what is kept for how long: on every database, through the core."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from adapters.erasing import Eraser, Retention, kept_for
from adapters.knowledge_source import KnowledgeSource
from adapters.storage.tables import cases, deliveries, incoming
from bot.actions import Action
from bot.conversation import Conversation
from bot.events import Address, Event, Person, Pressed, Said
from bot.handoff.case import ERASED, Status, Step
from bot.handoff.privacy import right_asked_for
from bot.knowledge import Knowledge
from bot.replies import Audience, Buttons, Form, Reply, Wording
from tests.conftest import FakeClock, FakeTally, settings
from tests.offices import FATIMA, HENK, JOKE, KAREL, Talking, email, office, said

DESK = Address("fake", "C-loket")
STAFF = {email(FATIMA): (email(KAREL), "De Ark")}


@pytest.fixture
async def talking(source: KnowledgeSource, database_url: str) -> AsyncIterator[Talking]:
    async with office(database_url, source.engine, source.reviewer, STAFF) as opened:
        async with opened.store.writing() as writing:
            await writing.set_desk(DESK)
        yield opened


async def say(talking: Talking, who: str, words: str, *, private: bool = True) -> Reply | None:
    return await talking.hand_off.said(talking.event(who, Said(words), private=private), words)


async def data_of(talking: Talking, who: str) -> dict[str, Any]:
    reply = await say(talking, who, "Mijn gegevens!")
    assert reply and reply.audience is Audience.PERSON
    wording = next(part for part in reply.parts if isinstance(part, Wording))
    assert wording.file == "mijn-gegevens.json"
    found: dict[str, Any] = json.loads(wording.text)
    return found


async def forget(talking: Talking, who: str) -> Reply | Form | None:
    asked = await say(talking, who, "vergeet mij")
    assert asked is not None
    buttons = [button for part in asked.parts if isinstance(part, Buttons) for button in part.buttons]
    assert [button.action for button in buttons] == [Action.FORGET]
    return await talking.press(who, buttons[0].action, buttons[0].value)


async def everything(talking: Talking) -> str:
    """Return all that stands in the database, as text."""
    from adapters.storage.tables import metadata

    async with talking.store._database.reading() as connection:
        return "\n".join([
            str(tuple(row)) for table in metadata.sorted_tables for row in await connection.execute(select(table))
        ])  # fmt: skip


# Being asked


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("mijn gegevens", ("data", "nl")),
        ("  MIJN  Gegevens? ", ("data", "nl")),
        ("my data", ("data", "en")),
        ("Vergeet mij.", ("forget", "nl")),
        ("forget me", ("forget", "en")),
        ("mag ik mijn gegevens delen met ouders?", None),
        ("vergeet mij niet te antwoorden", None),
        ("", None),
    ],
)
def test_a_right_is_claimed_by_its_own_words_alone(knowledge: Knowledge, words: str, right: object) -> None:
    assert right_asked_for(words, knowledge.requests) == right


async def test_whoever_is_unknown_hears_that_nothing_is_kept(talking: Talking) -> None:
    for words in ("mijn gegevens", "vergeet mij"):
        assert "Ik bewaar niets van je" in said(await say(talking, HENK, words))


async def test_a_stranger_hears_it_too(source: KnowledgeSource) -> None:
    conversation = Conversation(source.engine, source.reviewer, FakeClock(), FakeTally())
    for number, (words, heard) in enumerate([("mijn gegevens", "niets van je"), ("forget me", "nothing about you")]):
        event = Event(str(number), Person("s"), Address("web", "s"), Said(words))
        assert heard in said((await conversation.handle(event)).reply)


async def test_where_others_read_along_nothing_is_shown_and_nothing_erased(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    assert "privégesprek" in said(await say(talking, FATIMA, "mijn gegevens", private=False))
    assert "privégesprek" in said(await talking.press(FATIMA, Action.FORGET, private=False))
    assert (await talking.case()).asker.id == email(FATIMA)


# Seeing


async def test_an_asker_gets_all_that_is_kept_about_them_but_internal_notes(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER, "mag de klassenfoto online?", manager=email(HENK), note="alvast dank")
    await talking.step(HENK, "to-communications")
    await talking.words(JOKE, "note", "even overlegd met de directie")
    await talking.advise(JOKE, "Ja, met toestemming.")
    found = await data_of(talking, FATIMA)
    account, case = found["accounts"][0], found["cases"][0]
    assert (account["account"], account["name"], account["reply_address"]) == (FATIMA, "Fatima", "D-fatima")
    assert found["manager_chosen"] == email(HENK)
    assert (case["text"], case["note"], case["school"]) == ("mag de klassenfoto online?", "alvast dank", "De Ark")
    assert [(step["step"], step["by"]) for step in case["steps"]] == [
        ("hand-off", "asker"), ("to-communications", "Henk"), ("advise", "communications")]  # fmt: skip
    assert case["steps"][-1]["text"] == "Ja, met toestemming."
    assert "directie" not in json.dumps(found) and "Joke" not in json.dumps(found)  # the desk is a department
    assert {told["kind"] for told in found["messages"]} == {"status", "moved", "advice"}


async def test_who_answers_sees_what_they_did_and_no_question_of_others(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS, "mag de klassenfoto online?")
    await talking.step(JOKE, "claim")
    await talking.words(JOKE, "ask-back", "Is er toestemming?")
    found = await data_of(talking, JOKE)
    assert [(step["case"], step["text"]) for step in found["steps_in_cases_of_others"]] == [
        (1, ""), (1, "Is er toestemming?")]  # fmt: skip
    assert found["cases_of_others"] == [{"case": 1, "status": "waiting-for-asker"}]
    assert "klassenfoto" not in json.dumps(found) and "fatima" not in json.dumps(found).lower()


async def test_of_very_much_the_longest_lists_are_numbers(talking: Talking, monkeypatch: pytest.MonkeyPatch) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    monkeypatch.setattr("bot.handoff.privacy._LONGEST", 100)
    found = await data_of(talking, FATIMA)
    assert (found["messages"], found["steps_in_cases_of_others"], len(found["cases"])) == (1, 0, 1)
    assert "alleen de aantallen" in said(await say(talking, FATIMA, "mijn gegevens"))


# Being forgotten


async def test_forgetting_asks_first_and_says_what_will_happen(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    asked = said(await say(talking, FATIMA, "vergeet mij"))
    assert "Zal ik alles van je wissen?" in asked and "Eén open zaak van jou wordt ingetrokken" in asked
    assert (await talking.case()).status == Status.NEW


async def test_forgetting_withdraws_open_cases_and_leaves_nothing_but_counts(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER, "mag zebravink online?", manager=email(HENK), note="dank kwartel")
    await talking.step(HENK, "to-communications")
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS, "tweede zebravink")
    await talking.advise(JOKE, "Beste Fatima, nee.", 2)
    assert "Eén open zaak is ingetrokken" in said(await forget(talking, FATIMA))
    first, second = await talking.all()
    assert (first.status, second.status) == (Status.WITHDRAWN, Status.ANSWERED)
    assert first.asker == second.asker == ERASED
    assert [event.step for event in await talking.events(1)] == [Step.HAND_OFF, Step.TO_COMMUNICATIONS, Step.WITHDRAW]
    left = (await everything(talking)).lower()
    assert [word for word in ("fatima", "zebravink", "kwartel") if word in left] == []
    assert "Ik bewaar niets" in said(await say(talking, FATIMA, "mijn gegevens"))


async def test_the_cards_of_an_erased_case_are_edited_and_say_nothing_of_it(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER, "mag zebravink online?")
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS, "tweede zebravink")
    await talking.advise(JOKE, "Nee.", 2)
    before = await newest(talking)
    await forget(talking, FATIMA)
    told = await talking.told(since=before)
    assert sorted(set(told)) == [("card", "C-loket"), ("card", email(KAREL))]
    for number, who in ((1, KAREL), (2, JOKE)):
        card = await talking.step(who, "show", number)
        assert isinstance(card, Reply) and "iemand die gewist is" in str(card)
        assert "zebravink" not in str(card) and "Fatima" not in str(card)
        assert not [part for part in card.parts if isinstance(part, Buttons) and part.buttons[0].action == "case"]


async def newest(talking: Talking) -> int:
    async with talking.store._database.reading() as connection:
        return (await connection.execute(select(func.max(deliveries.c.id)))).scalar() or 0


async def test_nothing_can_be_done_any_more_with_an_erased_case(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await talking.advise(JOKE, "Ja.")
    await forget(talking, FATIMA)
    for step in ("reopen", "note", "close"):
        assert "niets meer te doen" in said(await talking.step(JOKE, step))


async def test_a_manager_who_is_forgotten_leaves_no_case_without_somebody(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER, "open vraag")
    await talking.step(KAREL, "claim")
    await talking.hand_off_to(Action.ASK_MANAGER, "beantwoorde vraag")
    await talking.advise(KAREL, "Overleg met het team.", 2)
    asked = said(await say(talking, KAREL, "vergeet mij"))
    assert "Eén open zaak van een ander gaat van jou terug naar communicatie" in asked
    await forget(talking, KAREL)
    first, second = await talking.all()
    assert (first.status, first.handler, first.manager, first.claimed_by) == (Status.NEW, "communications", None, None)
    assert first.escalate_at and ("moved", "D-fatima") in await talking.told()
    assert (await talking.events(2))[-1].text == "Overleg met het team."  # it is Fatima's answer
    assert (await talking.events(2))[-1].by == ERASED
    assert "karel" not in (await everything(talking)).lower()
    await talking.step(FATIMA, "not-helped", 2)  # comes to somebody who is there
    assert (await talking.told())[-2:] == [("back", "C-loket"), ("status", "D-fatima")]
    assert second.text == "beantwoorde vraag"


async def test_what_somebody_at_the_desk_had_claimed_is_free_again(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await talking.step(JOKE, "claim")
    await forget(talking, JOKE)
    case = await talking.case()
    assert case.status == Status.NEW and case.claimed_by is None
    assert "joke" not in (await everything(talking)).lower()
    assert await talking.step(HENK, "claim") is None


async def test_what_comes_in_while_somebody_is_forgotten_does_not_stay_open(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await talking.step(JOKE, "claim", 2)
    async with talking.store.writing() as writing:  # without the steps that `Privacy.forget` takes first
        await writing.erase(email(JOKE))
        await writing.erase(email(FATIMA))
    assert [(case.status, case.claimed_by, case.remind_at) for case in await talking.all()] == [
        (Status.WITHDRAWN, None, None)] * 2  # fmt: skip


async def test_a_chosen_manager_who_is_forgotten_is_nobodys_choice_any_more(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_MANAGER, manager=email(HENK))
    assert (await data_of(talking, HENK))["chosen_as_manager_by"] == 1
    await forget(talking, HENK)
    assert (await data_of(talking, FATIMA))["manager_chosen"] is None


async def test_who_was_forgotten_starts_anew(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await forget(talking, FATIMA)
    case = await talking.hand_off_to(Action.ASK_COMMUNICATIONS, "nieuwe vraag")
    assert (case.number, case.asker.name, case.status) == (2, "Fatima", Status.NEW)
    assert len((await data_of(talking, FATIMA))["cases"]) == 1


async def test_two_who_are_forgotten_at_once_do_not_stop_each_other(talking: Talking) -> None:
    import asyncio

    for _ in range(3):
        await talking.hand_off_to(Action.ASK_MANAGER)
    answers = await asyncio.gather(forget(talking, FATIMA), forget(talking, KAREL))
    assert all("Ik ben je vergeten" in said(answer) for answer in answers)
    left = (await everything(talking)).lower()
    assert "fatima" not in left and "karel" not in left


async def test_the_conversation_forgets_its_memory_too(source: KnowledgeSource, talking: Talking) -> None:
    conversation = Conversation(source.engine, source.reviewer, talking.clock, FakeTally(), talking.hand_off)
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await conversation.handle(talking.event(FATIMA, Said("mag ik foto's van leerlingen plaatsen?")))
    await conversation.handle(talking.event(FATIMA, Pressed(Action.FORGET)))
    form = (await conversation.handle(talking.event(FATIMA, Pressed(Action.ASK_COMMUNICATIONS)))).reply
    assert isinstance(form, Form)
    assert next(field.value for field in form.fields if field.name == "text") == ""


# Kept for a while


def eraser(talking: Talking, **chosen: object) -> Eraser:
    return Eraser(talking.store._database, talking.clock, kept_for(settings(**chosen)))


async def numbers(talking: Talking) -> list[int]:
    return [case.number for case in await talking.all()]


async def test_ended_cases_are_erased_ninety_days_after_their_last_change_and_open_ones_never(talking: Talking) -> None:
    for text in ("open", "beantwoord", "ingetrokken"):
        await talking.hand_off_to(Action.ASK_COMMUNICATIONS, text)
    await talking.advise(JOKE, "Ja.", 2)
    await talking.step(FATIMA, "withdraw", 3)
    talking.clock.advance(days=90)
    assert (await eraser(talking).once())["cases"] == 0
    talking.clock.advance(seconds=1)
    assert (await eraser(talking).once())["cases"] == 2
    assert await numbers(talking) == [1]
    async with talking.store._database.reading() as connection:
        assert set((await connection.execute(select(deliveries.c.number))).scalars()) == {1}


async def test_ids_of_events_go_after_a_week_and_a_form_of_then_still_makes_no_second_case(talking: Talking) -> None:
    form = await talking.press(FATIMA, Action.ASK_COMMUNICATIONS, "", asked="vraag")
    await talking.fill(FATIMA, form)
    await talking.step(JOKE, "claim")
    talking.clock.advance(days=8)
    assert (await eraser(talking).once())["event-ids"] == 1
    async with talking.store._database.reading() as connection:
        assert (await connection.execute(select(incoming))).all() == []
    assert "als zaak 1" in said(await talking.fill(FATIMA, form))
    assert await numbers(talking) == [1]


async def test_how_long_is_a_setting_and_a_further_kind_one_entry(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await talking.step(FATIMA, "withdraw")
    talking.clock.advance(days=2)
    assert (await eraser(talking, keep_cases=3).once())["cases"] == 0
    further = Retention("further", 1, lambda before: delete(cases).where(cases.c.changed < before))
    both = Eraser(talking.store._database, talking.clock, (*kept_for(settings()), further))
    assert await both.once() == {"cases": 0, "feedback": 0, "proposals": 0, "event-ids": 0, "further": 1}


async def test_several_servers_erase_at_once_and_a_day_later_again(talking: Talking) -> None:
    import asyncio

    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await talking.step(FATIMA, "withdraw")
    talking.clock.advance(days=91)
    erased = await asyncio.gather(*(eraser(talking).once() for _ in range(4)))
    assert sorted(done["cases"] for done in erased) == [0, 0, 0, 1]
    daily = eraser(talking)
    await daily.look()
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await talking.step(FATIMA, "withdraw", 2)
    talking.clock.advance(hours=23)
    await daily.look()
    assert await numbers(talking) == [2]
    talking.clock.advance(days=91)
    await daily.look()
    assert await numbers(talking) == []
