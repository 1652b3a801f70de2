"""One case over two platforms: asked in the one, answered in the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.fakes.slack import FakeSlack
from tests.fakes.slack_user import Http, User, button
from tests.fakes.slack_user import shown as shown_in_slack
from tests.fakes.teams import CHANNEL, DESK, TEACHER, FakeTeams
from tests.fakes.teams_payloads import by, press
from tests.test_teams_cases import asked, card_of, click, dialog, in_channel

Start = Callable[..., Any]
DOUBT = "Mag ik een foto van een leerling op Facebook zetten?"
ADVICE = "Ja, met toestemming van de ouders."


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with FakeTeams() as fake:
        yield fake


async def test_asked_in_slack_and_answered_in_teams(slack: FakeSlack, teams: FakeTeams, start: Start) -> None:
    server = await start(**slack.settings, **teams.settings, teams_desk_channel=CHANNEL)
    teacher = User(slack, Http(server), "U1")
    await teacher.mentions(DOUBT)
    await slack.posted()
    [answer] = slack.methods.shown("C1")
    await teacher.presses(button(answer["blocks"], "Vraag communicatie"), answer)
    await slack.until("views.open")
    await teacher.submits(slack.methods.views[-1])

    card = (await teams.message(CHANNEL, "Zaak 1")).card
    form = card_of(await dialog(server, teams, "task/fetch", press(card, "Geef antwoord"), in_channel(DESK)))
    words = {"field-text": ADVICE}
    preview = card_of(await dialog(server, teams, "task/submit", {**press(form, "Bekijk"), **words}, in_channel(DESK)))
    await dialog(server, teams, "task/submit", {**press(preview, "Verstuur"), **words}, in_channel(DESK))

    await slack.happens(lambda: any(ADVICE in shown_in_slack(one["blocks"]) for one in slack.methods.shown("D1")))
    advice = next(one for one in slack.methods.shown("D1") if ADVICE in shown_in_slack(one["blocks"]))
    await teacher.presses(button(advice["blocks"], "Ja"), advice)
    closed = await teams.message(CHANNEL, "zei dat het hielp")
    assert closed in teams.edited


async def test_asked_in_teams_and_answered_in_slack(slack: FakeSlack, teams: FakeTeams, start: Start) -> None:
    server = await start(**slack.settings, **teams.settings, slack_desk_channel="G1")
    await asked(server, teams, to="communicatie")
    desk = slack.methods.channels["G1"].messages
    await slack.happens(lambda: bool(desk))
    joke = User(slack, Http(server), "U3")
    await joke.presses(button(desk[0]["blocks"], "Geef antwoord"), desk[0])
    await slack.until("views.open")
    form = slack.methods.views[-1]
    previewed = await joke.submits(form, text=ADVICE)
    await joke.submits({**form, **previewed["view"], "hash": "another"})

    advice = await teams.message(TEACHER.chat, ADVICE)
    assert advice in teams.sent
    await click(server, teams, press(advice.card, "Ja"), by(TEACHER))
    await slack.happens(lambda: "zei dat het hielp" in shown_in_slack(desk[0]["blocks"]))
