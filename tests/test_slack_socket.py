"""Socket Mode: the same app over a connection of our own, opened anew whenever it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import structlog

from adapters.settings import SettingsError, read_settings
from adapters.slack import socket
from bot.ports import StoreError
from tests.fakes.slack import Answer, FakeSlack
from tests.fakes.slack_payloads import finished
from tests.fakes.slack_user import User, Websocket, shown
from tests.test_slack_places import QUESTION

Start = Callable[..., Any]


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "_PING", 0.05)
    monkeypatch.setattr(socket, "_FIRST_WAIT", 0.01)


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
def teacher(slack: FakeSlack) -> User:
    return User(slack, Websocket(slack), "U1")


async def test_a_question_is_acknowledged_and_answered(teacher: User, slack: FakeSlack, start: Start) -> None:
    await start(**slack.socket_settings)
    await slack.sockets.connected()
    await teacher.says(QUESTION)
    [message] = await slack.posted()
    assert message["channel"] == "D1"
    assert "Richtlijn" in shown((await teacher.commands(QUESTION))["blocks"])


async def test_there_is_no_address_for_requests(slack: FakeSlack, start: Start) -> None:
    server = await start(**slack.socket_settings)
    async with server.client.post("/slack/events", data=b"{}") as response:
        assert response.status == 404


@pytest.mark.parametrize("lost", ["refresh", "drop"])
async def test_a_connection_that_ends_is_opened_anew(teacher: User, slack: FakeSlack, start: Start, lost: str) -> None:
    await start(**slack.socket_settings)
    await slack.sockets.connected()
    await teacher.says(QUESTION)
    await getattr(slack.sockets, lost)()
    await slack.sockets.connected(2)
    await teacher.says(QUESTION)
    assert len(await slack.posted(2)) == 2
    assert len(set(slack.sockets.tickets)) == len(slack.sockets.tickets), "each connection has a ticket of its own"


async def test_it_waits_for_a_slack_that_is_away_and_says_what_is_wrong(
    teacher: User, slack: FakeSlack, start: Start
) -> None:
    slack.will_say("apps.connections.open", *[Answer({"ok": False, "error": "invalid_auth"})] * 2)
    with structlog.testing.capture_logs() as logs:
        await start(**slack.socket_settings)
        await slack.sockets.connected()
    told = [line for line in logs if line["event"] == "no connection to Slack"]
    assert len(told) == 2 and "Slack weigert het bot-token" in told[0]["problem"]
    await teacher.says(QUESTION)
    assert len(await slack.posted()) == 1


async def test_an_event_that_could_not_be_stored_is_not_acknowledged(
    teacher: User, slack: FakeSlack, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters.storage.case_store import CaseStore

    await start(**slack.socket_settings)
    await slack.sockets.connected()

    failed = asyncio.Event()

    def away(self: CaseStore) -> Any:
        failed.set()
        raise StoreError("The database is away.")

    event = {"type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "ts": "1.1", "text": "mijn vragen"}
    payload = {"type": "event_callback", "team_id": "T0", "event_id": "Ev1", "event": event}
    with monkeypatch.context() as context:
        context.setattr(CaseStore, "reading", away)
        first = await slack.sockets.send("events_api", payload)
        await failed.wait()
        last = await slack.sockets.send("events_api", payload, 3)
        await slack.sockets.answer_to(last)
        assert first not in slack.sockets.acknowledged
    assert "Dit lukt nu niet: ik kan niets opslaan." in (await finished(slack))[0]["text"]


async def test_an_event_of_an_odd_shape_is_acknowledged_and_logged(slack: FakeSlack, start: Start) -> None:
    await start(**slack.socket_settings)
    await slack.sockets.connected()
    with structlog.testing.capture_logs() as logs:
        odd = await slack.sockets.send("events_api", {"type": "event_callback", "team_id": "T0", "event": "geheim"})
        await slack.sockets.answer_to(odd)  # sent again, it would be no better
    [told] = [line for line in logs if line["event"] == "event refused"]
    assert told["why"] == "event_id is missing, or not what it should be." and "geheim" not in str(logs)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"slack_app_token": "xapp-1"}, "PROTOCOLWIJZER_SLACK_BOT_TOKEN"),
        ({"slack_app_token": "xoxb-1", "slack_bot_token": "xoxb-1"}, "xapp-"),
        ({"slack_bot_token": "xoxb-1"}, "PROTOCOLWIJZER_SLACK_SIGNING_SECRET"),
        ({"slack_desk_channel": "G1"}, "PROTOCOLWIJZER_SLACK_BOT_TOKEN"),
        ({"slack_desk_channel": "#communicatie"}, "PROTOCOLWIJZER_SLACK_DESK_CHANNEL"),
    ],
)
def test_half_set_credentials_are_refused_with_what_to_set(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_settings(_env_file=None, **given)
