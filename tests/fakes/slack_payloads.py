"""What Slack sends: events and presses, and the sending of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from aiohttp import ClientResponse

from tests.conftest import Server
from tests.fakes.slack import BOT_USER, PATIENCE, FakeSlack, as_json

QUESTION = "Mag ik een foto van een leerling op Facebook zetten?"


def event(number: int = 1, **event: Any) -> dict[str, Any]:
    """Return an event as Slack sends it; a message in a direct message unless said otherwise."""
    usual = {"type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "ts": "1700000000.000100"}
    return {
        "type": "event_callback",
        "team_id": "T0",
        "api_app_id": "A0",
        "event_id": f"Ev{number}",
        "event_time": 1700000000,
        "event": {name: value for name, value in {**usual, **event}.items() if value is not None},
    }


def mention(number: int = 1, **event_: Any) -> dict[str, Any]:
    usual = {"type": "app_mention", "channel": "C1", "channel_type": None, "text": f"<@{BOT_USER}> {QUESTION}"}
    return event(number, **{**usual, **event_})


def press(button: Mapping[str, Any], channel: str = "D1", **message: str) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "team": {"id": "T0"},
        "user": {"id": "U1"},
        "api_app_id": "A0",
        "trigger_id": "123.456.abc",
        "response_url": "https://hooks.slack.com/actions/T0/1/x",
        "channel": {"id": channel, "name": "directmessage"},
        "message": {"ts": "1700000000.000200", **message},
        "actions": [{"type": "button", "block_id": "part-0", **button}],
    }


async def send(server: Server, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    response: ClientResponse
    async with server.client.post("/slack/events", data=BytesIO(body), headers=dict(headers)) as response:
        return response.status, await response.text()


async def send_event(server: Server, payload: object) -> tuple[int, str]:
    return await send(server, *as_json(payload))


async def finished(slack: FakeSlack) -> list[Mapping[str, Any]]:
    """Return all messages once nothing is left to do for the events so far: they are acknowledged before."""
    names = {task: getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()}
    showing = [task for task, name in names.items() if name == "_logged"]
    if showing:
        await asyncio.wait(showing, timeout=PATIENCE)
    return slack.messages
