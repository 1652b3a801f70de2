"""What growth keeps of people: sealed, shown to them, taken away when they ask, and feedback gone after its term."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Text, select, type_coerce, update

from adapters.erasing import Eraser, kept_for
from adapters.knowledge_source import KnowledgeSource
from adapters.storage.counts import Counts, RatingStore
from adapters.storage.database import personal_columns
from adapters.storage.sealing import PREFIX, new_key
from adapters.storage.tables import feedback, metadata, proposals
from bot.actions import Action
from bot.events import Said
from bot.growth.proposal import State
from bot.handoff.case import ERASED
from bot.rating import Rating
from bot.replies import Buttons, Form, Reply, Wording
from tests.conftest import FakeTally, settings
from tests.offices import FATIMA, HENK, JOKE, KAREL, Talking, email, office, said

STAFF = {email(FATIMA): (email(KAREL), "De Ark")}
QUESTION = "Mag de knuffelbeer van groep 3 een eigen Bluesky-profiel krijgen?"
RATING = Rating("r-1", False, "nl", "answer", "richtlijn-2", "", True, "abcd1234")


@pytest.fixture
async def talking(source: KnowledgeSource, database_url: str) -> AsyncIterator[Talking]:
    async with office(database_url, source.engine, source.reviewer, STAFF, keys=[new_key()]) as opened:
        yield opened


async def proposed(talking: Talking) -> int:
    """Have Joke propose what she answered Fatima."""
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS, QUESTION)
    await talking.advise(JOKE, "Ja, de beer mag een profiel.")
    form = await talking.press(JOKE, Action.PROPOSE, "case 1")
    shown = await talking.fill(JOKE, form, title="De klassenknuffel", first="richtlijn-2")
    assert "is opgeslagen" in said(await talking.fill(JOKE, shown))
    return (await talking.proposals.proposals((State.WAITING,)))[0].number


async def approved(talking: Talking) -> int:
    """Have Henk approve what Joke proposed."""
    number = await proposed(talking)
    await talking.press(HENK, Action.PROPOSAL, f"approve {number}")
    return number


async def say(talking: Talking, who: str, words: str) -> Reply:
    reply = await talking.hand_off.said(talking.event(who, Said(words)), words)
    assert reply
    return reply


async def data_of(talking: Talking, who: str) -> list[dict[str, object]]:
    shown = await say(talking, who, "mijn gegevens")
    wording = next(part for part in shown.parts if isinstance(part, Wording))
    found: list[dict[str, object]] = json.loads(wording.text)["proposals"]
    return found


def ratings(talking: Talking) -> RatingStore:
    database = talking.store._database
    return RatingStore(database, talking.clock, Counts(database, talking.clock, "UTC", FakeTally()))


def offered(reply: Reply | Form | None) -> list[str]:
    assert reply
    return [button.action for part in reply.parts if isinstance(part, Buttons) for button in part.buttons]


async def test_words_and_names_are_sealed_and_read_back(talking: Talking) -> None:
    number = await approved(talking)
    await ratings(talking).missed(RATING, "een voorbeeld van een bio")
    await ratings(talking).missed(RATING, "een voorbeeld van een goede bio")  # replaced, not added
    async with talking.store._database.reading() as connection:
        for column in personal_columns():
            if column.table in (proposals, feedback):
                kept = (await connection.execute(select(type_coerce(column, Text)))).scalars().all()
                assert kept and all(value.startswith(PREFIX) or not value for value in kept), column
    stored = await talking.proposals.proposal(number)
    assert stored and stored.addition.question.nl == QUESTION
    assert stored.by.name == "Joke" and stored.decided_by and stored.decided_by.name == "Henk"
    assert await ratings(talking).words(1) == "een voorbeeld van een goede bio"


async def test_who_proposed_and_who_decided_see_it_among_their_data(talking: Talking) -> None:
    await approved(talking)
    made, judged = (await data_of(talking, JOKE))[0], (await data_of(talking, HENK))[0]
    assert made["question"] == judged["question"] == QUESTION and made["state"] == "approved"
    assert made["proposed"] and not made["decided"]
    assert judged["decided"] and not judged["proposed"]
    assert await data_of(talking, FATIMA) == []


async def test_who_is_forgotten_leaves_the_addition_without_a_name(talking: Talking) -> None:
    number = await approved(talking)
    for who in (JOKE, HENK):
        await say(talking, who, "vergeet mij")
        await talking.press(who, Action.FORGET)
    async with talking.store._database.reading() as connection:
        rows = [str(tuple(row)) for table in metadata.sorted_tables for row in await connection.execute(select(table))]
    for name in ("joke", "henk"):
        assert not [row for row in rows if name in row.lower()]
    shown = await talking.press(JOKE, Action.PROPOSAL, f"show {number}")  # she works on
    assert shown and "Voorgesteld door: iemand die gewist is" in repr(shown)
    assert [one.question.nl for one in await talking.proposals.additions()] == [QUESTION]


async def test_who_was_forgotten_approves_no_proposal_of_their_own(talking: Talking) -> None:
    number = await proposed(talking)
    await say(talking, JOKE, "vergeet mij")
    await talking.press(JOKE, Action.FORGET)
    stored = await talking.proposals.proposal(number)
    assert stored and stored.state == State.WITHDRAWN and stored.by == ERASED
    assert "al besloten" in said(await talking.press(JOKE, Action.PROPOSAL, f"approve {number}"))
    assert await talking.proposals.additions() == ()


@pytest.mark.parametrize("who", [JOKE, HENK])
async def test_nobody_approves_what_somebody_proposed_who_is_erased(talking: Talking, who: str) -> None:
    number = await proposed(talking)
    async with talking.store._database.writer.begin() as connection:  # as a version before this one left it
        await connection.execute(update(proposals).values(proposer=ERASED.id, proposer_name=""))
    assert "is gewist" in said(await talking.press(who, Action.PROPOSAL, f"approve {number}"))
    assert await talking.proposals.additions() == ()
    assert "afgewezen" in said(await talking.press(who, Action.PROPOSAL, f"reject {number}"))


async def test_what_was_rejected_or_withdrawn_goes_after_its_term(talking: Talking) -> None:
    rejected = await proposed(talking)
    talking.clock.advance(days=20)
    await talking.press(HENK, Action.PROPOSAL, f"reject {rejected}")
    eraser = Eraser(talking.store._database, talking.clock, kept_for(settings(keep_proposals=30)))
    talking.clock.advance(days=29)
    assert (await eraser.once())["proposals"] == 0
    talking.clock.advance(days=2)
    assert (await eraser.once())["proposals"] == 1
    assert await talking.proposals.proposal(rejected) is None


async def test_what_waited_when_its_proposer_was_forgotten_goes_after_the_same_term(talking: Talking) -> None:
    await proposed(talking)
    await say(talking, JOKE, "vergeet mij")
    await talking.press(JOKE, Action.FORGET)
    eraser = Eraser(talking.store._database, talking.clock, kept_for(settings(keep_proposals=30)))
    assert (await eraser.once())["proposals"] == 0
    talking.clock.advance(days=31)
    assert (await eraser.once())["proposals"] == 1


async def test_of_an_erased_case_no_knowledge_is_made(talking: Talking) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS, QUESTION)
    await talking.advise(JOKE, "Ja, de beer mag een profiel.")
    assert Action.PROPOSE in offered(await talking.step(JOKE, "show"))
    await talking.press(FATIMA, Action.FORGET)
    assert Action.PROPOSE not in offered(await talking.step(JOKE, "show"))
    assert "niets meer te doen" in said(await talking.press(JOKE, Action.PROPOSE, "case 1"))


async def test_feedback_goes_after_its_term_and_what_is_approved_stays(talking: Talking) -> None:
    await approved(talking)
    await ratings(talking).missed(RATING, "een voorbeeld van een bio")
    eraser = Eraser(talking.store._database, talking.clock, kept_for(settings(keep_feedback=30)))
    talking.clock.advance(days=29)
    assert (await eraser.once())["feedback"] == 0
    talking.clock.advance(days=2)
    assert (await eraser.once())["feedback"] == 1
    assert await ratings(talking).words(1) == ""
    talking.clock.advance(days=400)
    assert (await eraser.once())["proposals"] == 0
    assert len(await talking.proposals.additions()) == 1
