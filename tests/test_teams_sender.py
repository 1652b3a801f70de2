"""What the courier brings into Teams: posts and edits, and what it hears when Teams does not take them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from adapters.places import Place
from adapters.sending import NotSentError, OutcomeUnknownError
from adapters.storage.database import Database
from adapters.storage.places import StoredPlaces
from adapters.teams import render
from adapters.teams.known import Known
from adapters.teams.microsoft import Microsoft
from adapters.teams.people import TeamsPeople
from adapters.teams.problems import problems
from adapters.teams.sender import TeamsSender
from bot.events import Address, Person
from bot.handoff.people import Profile
from bot.ports import StoreError
from bot.replies import Heading, Paragraph, Reply
from tests.conftest import FakeClock, settings
from tests.fakes.teams import ABSENT, CHANNEL, DESK, GUEST, MANAGER, STRANGER, TEACHER, Answer, FakeTeams
from tests.fakes.teams_payloads import found, shown

CARD = Reply((Heading("Zaak 7"), Paragraph("Mag dit?")), "nl")
LARGE = Reply((Heading("Zaak 7"), *(Paragraph("a" * 1900) for _ in range(20))), "nl")


@pytest.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with FakeTeams() as fake:
        yield fake


class Rig:
    """The sender with a database of its own, without a server around it."""

    def __init__(self, teams: FakeTeams) -> None:
        chosen = settings(**teams.settings)
        self.teams = teams
        self.clock = FakeClock()
        self.microsoft = Microsoft(chosen)
        self.database = Database(chosen.database_url)
        self.places = StoredPlaces(self.database, self.clock)
        self.known = Known(self.places)
        self.sender = TeamsSender(self.microsoft, self.known, lambda number: f"Zaak {number}: *installeer* de_app~")
        self.seconds = 0.0
        self.people = TeamsPeople(self.microsoft, self.known, self.desks, lambda: self.seconds)

    async def desks(self) -> tuple[Address, ...]:
        return (Address("slack", "C1"), Address("teams", CHANNEL))

    async def send(self, where: str, reply: Reply = CARD, edits: str = "") -> str:
        return await self.sender.send(Address("teams", where), reply, "7.1.0", edits)


@pytest.fixture
async def rig(teams: FakeTeams) -> AsyncIterator[Rig]:
    made = Rig(teams)
    await made.database.upgrade()
    line = made.microsoft.context(web.Application())
    await anext(line)
    yield made
    await made.known.settle()
    with pytest.raises(StopAsyncIteration):
        await anext(line)
    await made.database.close()


# What arrives


async def test_a_card_is_posted_and_edited_in_place(rig: Rig, teams: FakeTeams) -> None:
    assert await rig.send(TEACHER.chat) == "sent-1"
    assert await rig.send(TEACHER.chat, edits="sent-1") == "sent-1"
    assert [(one.conversation, one.answers) for one in teams.edited] == [(TEACHER.chat, "sent-1")]
    assert len(teams.sent) == 1 and teams.sent[0].activity["summary"]


async def test_a_card_that_somebody_removed_is_posted_anew(rig: Rig, teams: FakeTeams) -> None:
    teams.deleted.append("sent-1")
    assert await rig.send(TEACHER.chat, edits="sent-1") == "sent-1"
    assert (teams.edited, len(teams.sent)) == ([], 1)


async def test_a_large_card_is_several_and_fewer_after_an_edit(rig: Rig, teams: FakeTeams) -> None:
    ids = await rig.send(TEACHER.chat, LARGE)
    count = len(ids.split(","))
    assert count > 1 and len(teams.sent) == count
    assert await rig.send(TEACHER.chat, CARD, edits=ids) == "sent-1"
    assert teams.deleted == ids.split(",")[1:]


async def test_somebody_who_wrote_in_a_channel_gets_a_chat_of_their_own(rig: Rig, teams: FakeTeams) -> None:
    rig.known.note(Place(CHANNEL, teams.service_url), TEACHER.account)
    await rig.send(f"person:{TEACHER.account}")
    assert [sent.conversation for sent in teams.sent] == [TEACHER.chat]
    await rig.known.settle()
    assert (await rig.places.of_account(TEACHER.account)) == Place(TEACHER.chat, teams.service_url, TEACHER.account)


async def test_a_place_is_written_to_at_the_address_of_its_own_service(rig: Rig, teams: FakeTeams) -> None:
    await rig.known.keep(Place("a:far", "http://127.0.0.1:1/"))
    with pytest.raises(NotSentError) as error:
        await rig.send("a:far")
    assert error.value.platform_down and not error.value.blocked


# What is looked up


async def test_a_colleague_is_located_by_the_address_that_teams_vouched_for(rig: Rig, teams: FakeTeams) -> None:
    rig.known.note(Place(MANAGER.chat, teams.service_url, MANAGER.account), MANAGER.account)
    await rig.people.profile(Person(MANAGER.account), Address("teams", MANAGER.chat))
    await rig.known.settle()
    assert await rig.sender.locate(MANAGER.email, "7.1.0") == Address("teams", MANAGER.chat)


@pytest.mark.parametrize(("person", "where"), [("teams:29:x", "person:29:x"), ("slack:U1", None)])
async def test_who_has_no_address_is_located_by_account(rig: Rig, person: str, where: str | None) -> None:
    assert await rig.sender.locate(person, "7.1.0") == (Address("teams", where) if where else None)


async def test_nothing_can_be_found_by_our_key(rig: Rig) -> None:
    assert await rig.sender.find(Address("teams", TEACHER.chat), "7.1.0") is None


# What is refused


async def refusal(rig: Rig, where: str) -> NotSentError:
    with pytest.raises(NotSentError) as error:
        await rig.send(where)
    return error.value


@pytest.mark.parametrize(
    ("status", "down", "blocked"),
    [(400, False, True), (412, True, False), (413, False, True), (429, True, False), (500, True, False)],
)
async def test_what_teams_refuses_is_told_to_the_courier(
    rig: Rig, teams: FakeTeams, status: int, down: bool, blocked: bool
) -> None:
    teams.will_say(Answer(status, {"Retry-After": "7"}))
    error = await refusal(rig, TEACHER.chat)
    assert (error.platform_down, error.blocked) == (down, blocked) and error.why.endswith(".")
    assert error.retry_after == (7 if status in (412, 429, 500) else None)
    assert len(teams.refused) == 1  # repeating is the courier's


@pytest.mark.parametrize("status", [502, 504])
async def test_a_gateway_that_fails_leaves_it_unknown(rig: Rig, teams: FakeTeams, status: int) -> None:
    teams.will_say(Answer(status))
    with pytest.raises(OutcomeUnknownError):
        await rig.send(TEACHER.chat)


async def test_a_connection_that_breaks_leaves_it_unknown(rig: Rig, teams: FakeTeams) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as broken:
        port = broken.sockets[0].getsockname()[1]
        await rig.known.keep(Place("a:broken", f"http://127.0.0.1:{port}/"))
        with pytest.raises(OutcomeUnknownError):
            await rig.send("a:broken")


async def test_no_token_is_told_as_something_to_mend(rig: Rig, teams: FakeTeams) -> None:
    teams.accepted = "another"
    teams.will_say()
    await rig.microsoft.token.get()
    teams.accepted = "yet another"
    error = await refusal(rig, TEACHER.chat)
    assert error.blocked and error.platform_down and "geheim" in error.why


@pytest.mark.parametrize("where", [ABSENT.chat, "", f"person:{ABSENT.account}"])
async def test_who_lacks_the_app_gets_through_a_prepared_chat(rig: Rig, teams: FakeTeams, where: str) -> None:
    if where:
        rig.known.note(Place(ABSENT.chat, teams.service_url, ABSENT.account, ABSENT.email))
        rig.known.note(Place(f"person:{ABSENT.account}", teams.service_url, "", ABSENT.email))
        await rig.known.settle()
        error = await refusal(rig, where)
    else:
        with pytest.raises(NotSentError) as raised:
            await rig.sender.locate(ABSENT.email, "7.1.0")
        error = raised.value
    assert error.blocked and not error.platform_down
    link = error.why.split()[-1]
    assert link.startswith("https://teams.microsoft.com/l/chat/0/0?")
    asked = parse_qs(urlsplit(link).query)
    assert (asked["users"], asked["message"]) == ([ABSENT.email], ["Zaak 7: *installeer* de_app~"])
    [card] = render.cards(Reply((Paragraph(error.why),), "nl"))
    assert [action["url"] for action in found(card, "Action.OpenUrl")] == [link]
    assert link in shown(card)


async def test_a_channel_without_the_app_says_what_to_do(rig: Rig, teams: FakeTeams) -> None:
    teams.will_say(Answer(403))
    assert "Voeg de app daar toe." in (await refusal(rig, CHANNEL)).why


# Who somebody is


@pytest.mark.parametrize(
    ("person", "profile"),
    [
        (TEACHER, Profile(TEACHER.name, TEACHER.email)),
        (GUEST, Profile(GUEST.name, guest=True)),
        (STRANGER, Profile(STRANGER.name, guest=True)),
    ],
)
async def test_guests_and_people_of_other_tenants_have_no_address(
    rig: Rig, teams: FakeTeams, person: Any, profile: Profile
) -> None:
    rig.known.note(Place(person.chat, teams.service_url, person.account), person.account)
    assert await rig.people.profile(Person(person.account, name="typed"), Address("teams", person.chat)) == profile


async def test_somebody_whom_teams_does_not_know_is_a_guest(rig: Rig, teams: FakeTeams) -> None:
    rig.known.note(Place("a:x", teams.service_url), "29:nobody")
    assert (await rig.people.profile(Person("29:nobody", name="N"), Address("teams", "a:x"))).guest
    assert (await rig.people.profile(Person("29:never", name="N"), Address("teams", "a:never"))).guest


async def test_membership_is_looked_up_again_after_some_minutes(rig: Rig, teams: FakeTeams) -> None:
    where = Address("teams", DESK.chat)
    assert await rig.people.on_desk(Person(DESK.account), where)
    teams.in_channel[CHANNEL].discard(DESK.account)
    assert await rig.people.on_desk(Person(DESK.account), where) and teams.lookups == 1
    rig.seconds += 301
    assert not await rig.people.on_desk(Person(DESK.account), where)


async def test_trouble_is_no_answer_to_whether_somebody_is_on_the_desk(rig: Rig, teams: FakeTeams) -> None:
    teams.members_status = 503
    with pytest.raises(StoreError):
        await rig.people.on_desk(Person(DESK.account), Address("teams", DESK.chat))


@pytest.mark.parametrize(("user", "email"), [(MANAGER.user, MANAGER.email), (ABSENT.user, ""), ("nobody", "")])
async def test_a_picked_colleague_becomes_their_verified_address(rig: Rig, user: str, email: str) -> None:
    assert await rig.people.email_of(user) == email
    await rig.known.settle()
    assert bool(await rig.places.of_email(MANAGER.email)) is (email == MANAGER.email)


# What is kept


async def test_an_address_stays_known_when_the_next_message_comes_without(rig: Rig, teams: FakeTeams) -> None:
    await rig.places.keep(Place("a:1", "https://one/", "29:1", "one@unicoz.nl"))
    await rig.places.keep(Place("a:1", "https://two/", "29:1"))
    assert await rig.places.get("a:1") == Place("a:1", "https://two/", "29:1", "one@unicoz.nl")
    await rig.places.forget("a:1")
    assert await rig.places.get("a:1") is None


async def test_a_place_is_written_once_however_often_somebody_writes(rig: Rig, teams: FakeTeams) -> None:
    rig.clock.advance(minutes=1)
    for _ in range(3):
        rig.known.note(Place("a:1", "https://one/"))
        await rig.known.settle()
        rig.clock.advance(minutes=1)
    await rig.places.forget("a:1")
    rig.known.note(Place("a:1", "https://one/"))
    await rig.known.settle()
    assert await rig.places.get("a:1") is None  # nothing was written again


# What an operator is told


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({}, "koppel"),
        ({"teams_desk_channel": CHANNEL}, ""),
        ({"teams_desk_channel": "19:gone@thread.tacv2"}, "onbereikbaar"),
        ({"teams_app_password": "wrong"}, "geeft geen token"),
    ],
)
async def test_an_operator_is_told_what_keeps_teams_from_working(
    teams: FakeTeams, chosen: dict[str, str], said: str
) -> None:
    told = await problems(settings(**{**teams.settings, **chosen}), ())
    assert [said in problem for problem in told] == ([True] if said else [])
