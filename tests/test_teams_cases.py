"""Cases in Teams, over real HTTP with Microsoft's tokens: from a doubt to its answer, and what can go wrong."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from tests.conftest import Server
from tests.fakes.teams import CHANNEL, DESK, MANAGER, TEACHER, FakeTeams
from tests.fakes.teams_payloads import by, invoke, press, say, shown

Start = Callable[..., Any]
DOUBT = "Mag ik een foto van de sportdag op mijn eigen Instagram zetten?"
NUMBERS = itertools.count(1)


@pytest.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with FakeTeams() as fake:
        yield fake


@pytest.fixture
async def server(teams: FakeTeams, start: Start) -> Server:
    begun: Server = await start(**teams.settings, teams_desk_channel=CHANNEL)
    return begun


def fresh() -> str:
    return f"f:{next(NUMBERS)}"


def in_channel(person: Any, **more: Any) -> dict[str, Any]:
    return by(person, f"{CHANNEL};messageid=1", "channel", **more)


async def dialog(
    server: Server, teams: FakeTeams, name: str, data: Mapping[str, Any], who: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Open a dialog or send one; return the task of the answer."""
    status, answer = await invoke(server, teams, name, {"data": data}, **{"id": fresh(), **who})
    assert status == 200
    task: Mapping[str, Any] = answer["task"]
    return task


def card_of(task: Mapping[str, Any]) -> Mapping[str, Any]:
    card: Mapping[str, Any] = task["value"]["card"]["content"]
    return card


async def click(server: Server, teams: FakeTeams, data: Mapping[str, Any], who: Mapping[str, Any]) -> Mapping[str, Any]:
    value = {"action": {"type": "Action.Execute", "verb": data.get("action"), "data": data}}
    status, answer = await invoke(server, teams, "adaptiveCard/action", value, **{"id": fresh(), **who})
    assert status == 200
    body: Mapping[str, Any] = answer
    return body


async def install(server: Server, teams: FakeTeams, person: Any) -> None:
    fields = by(person, type="installationUpdate", action="add", id=fresh())
    assert await say(server, teams, "", **fields) == 200


async def asked(server: Server, teams: FakeTeams, *, to: str = "leidinggevende", **fields: Any) -> None:
    """Have the teacher ask her manager, or communications."""
    await say(server, teams, DOUBT, **by(TEACHER, id=fresh()))
    answer = (await teams.took(len(teams.sent)))[-1].card
    form = card_of(await dialog(server, teams, "task/fetch", press(answer, to), by(TEACHER)))
    sent = {**press(form, "Verstuur"), "field-text": DOUBT, "field-note": "Het was sportdag.", **fields}
    assert (await dialog(server, teams, "task/submit", sent, by(TEACHER)))["type"] == "message"


async def test_a_doubt_goes_to_the_manager_and_on_to_the_desk_and_the_answer_comes_back(
    server: Server, teams: FakeTeams
) -> None:
    await install(server, teams, MANAGER)
    await asked(server, teams, **{"field-manager": MANAGER.email, "field-unnamed": "no"})
    status = await teams.message(TEACHER.chat, "Zaak 1")
    assert "Het was sportdag." in shown(status.card)

    card = (await teams.message(MANAGER.chat, "Zaak 1")).card
    assert DOUBT in shown(card)
    await click(server, teams, press(card, "Naar communicatie"), by(MANAGER))

    card = (await teams.message(CHANNEL, "Zaak 1")).card
    assert (await click(server, teams, press(card, "Pak"), in_channel(DESK)))["statusCode"] == 200
    claimed = await teams.message(CHANNEL, f"{DESK.name}")
    assert claimed in teams.edited  # in place

    form = card_of(await dialog(server, teams, "task/fetch", press(claimed.card, "Geef antwoord"), in_channel(DESK)))
    words = {"field-text": "Dat mag met toestemming van de ouders.", "field-sections": "richtlijn-2"}
    task = await dialog(server, teams, "task/submit", {**press(form, "Bekijk"), **words}, in_channel(DESK))
    preview = card_of(task)
    assert "Dat mag met toestemming van de ouders." in shown(preview)
    before = [sent for sent in teams.sent if sent.conversation == TEACHER.chat]
    assert not [sent for sent in before if "toestemming van de ouders" in shown(sent.card)]
    task = await dialog(server, teams, "task/submit", {**press(preview, "Verstuur"), **words}, in_channel(DESK))
    assert task["type"] == "message"

    answer = await teams.message(TEACHER.chat, "Dat mag met toestemming van de ouders.")
    assert answer in teams.sent and "de afdeling communicatie" in shown(answer.card).lower()
