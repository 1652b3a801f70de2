"""Where somebody can be reached: shown to them, gone when they are, and known again when they come back."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.knowledge_source import KnowledgeSource
from adapters.places import PERSON, Place
from adapters.storage.places import StoredPlaces
from bot.actions import Action
from bot.events import Said
from bot.handoff.hand_off import HandOff
from bot.replies import Reply, Wording
from tests.conftest import Server
from tests.fakes.teams import CHANNEL, MANAGER, FakeTeams
from tests.fakes.teams_payloads import by, press, say, shown
from tests.offices import FATIMA, HENK, JOKE, KAREL, Talking, email, office
from tests.test_teams_cases import asked, click, fresh, install

Start = Callable[..., Any]


@pytest.fixture
async def talking(source: KnowledgeSource, database_url: str) -> AsyncIterator[Talking]:
    async with office(database_url, source.engine, source.reviewer) as opened:
        yield opened


async def test_who_never_had_a_case_sees_their_chat_and_can_have_it_erased(talking: Talking) -> None:
    places = StoredPlaces(talking.store._database, talking.clock)
    await places.keep(Place("a:1", "https://one/", "29:henk", email(HENK)))
    await places.keep(Place("a:2", "https://one/", "29:karel", email(KAREL)))
    shown = await talking.hand_off.said(talking.event(HENK, Said("mijn gegevens")), "mijn gegevens")
    assert isinstance(shown, Reply)
    [chat] = json.loads(next(part.text for part in shown.parts if isinstance(part, Wording)))["chats"]
    assert (chat["account"], chat["email"], chat["reply_address"]) == ("29:henk", email(HENK), "a:1")
    await talking.press(HENK, Action.FORGET)
    assert await places.get("a:1") is None
    assert (await places.of_email(email(KAREL))) is not None


@pytest.mark.parametrize("person", ["teams:29:elsewhere", email(FATIMA)])
async def test_a_chat_is_found_by_the_account_too(talking: Talking, person: str) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS)  # now Fatima's account is known
    account = "29:elsewhere" if person.startswith("teams") else FATIMA
    places = StoredPlaces(talking.store._database, talking.clock)
    await places.keep(Place("a:1", "https://one/", account))
    await places.keep(Place(f"{PERSON}{account}", "https://one/", email="elsewhere@example.nl"))
    await places.keep(Place(CHANNEL, "https://one/", team="19:team"))
    async with talking.store.writing() as writing:
        await writing.erase(person)
    assert [await places.get(one) for one in ("a:1", f"{PERSON}{account}")] == [None, None]
    assert await places.get(CHANNEL) is not None


async def test_what_is_open_still_comes_to_who_works_at_communications_and_what_has_ended_does_not(
    talking: Talking,
) -> None:
    at_desk = replace(talking.hand_off.office, desk_people=lambda: (email(JOKE),))
    talking.hand_off = HandOff(at_desk)
    for _ in range(2):
        await talking.hand_off_to(Action.ASK_COMMUNICATIONS)
        await talking.step(JOKE, "claim", len(await talking.all()))
    await talking.words(JOKE, "close", "Besproken.", 2)
    await talking.press(JOKE, Action.FORGET)
    async with talking.store.reading() as reading:
        assert [(told.case, told.kind) for told in (await reading.held(email(JOKE))).told] == [(1, "card")]


@pytest.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with FakeTeams() as fake:
        yield fake


async def forget(server: Server, teams: FakeTeams) -> None:
    data = {"action": Action.FORGET, "value": "", "language": "nl"}
    await click(server, teams, data, by(MANAGER))
    assert "Ik ben je vergeten" in shown((await teams.message(MANAGER.chat, "vergeten")).card)


def kept(folder: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(folder / "unicoz.sqlite3")) as connection:
        return [row[0] for row in connection.execute("SELECT conversation FROM places")]


async def test_being_forgotten_as_the_first_thing_after_a_restart_leaves_no_chat(
    teams: FakeTeams, start: Start, tmp_path: Path
) -> None:
    await install(await start(**teams.settings, data=tmp_path), teams, MANAGER)
    assert MANAGER.chat in kept(tmp_path)
    restarted = await start(**teams.settings, data=tmp_path)
    await forget(restarted, teams)
    assert MANAGER.chat not in kept(tmp_path)


async def test_a_manager_who_was_forgotten_gets_cases_again_once_they_write(teams: FakeTeams, start: Start) -> None:
    server = await start(**teams.settings, teams_desk_channel=CHANNEL)
    await install(server, teams, MANAGER)
    await say(server, teams, "vergeet mij", **by(MANAGER, id=fresh()))
    question = await teams.message(MANAGER.chat, "Zal ik alles van je wissen?")
    press(question.card, "Ja, wis alles")
    await forget(server, teams)
    await say(server, teams, "mijn zaken", **by(MANAGER, id=fresh()))
    await asked(server, teams, **{"field-manager": MANAGER.email})
    assert "Zaak 1" in shown((await teams.message(MANAGER.chat, "Zaak 1")).card)
