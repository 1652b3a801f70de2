"""Somebody at work in Slack: types, presses, fills in forms; over HTTP or over Socket Mode."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any, Protocol

from tests.conftest import Server
from tests.fakes.slack import BOT_USER, FakeSlack, as_fields, as_form, as_json
from tests.fakes.slack_rules import as_typed, buttons, texts

_NUMBERS = itertools.count(1)


class Line(Protocol):
    """How Slack reaches the bot: returns the status (of HTTP) and what the bot answers at once."""

    async def send(self, kind: str, payload: Mapping[str, Any], tries: int = 0) -> tuple[int, Mapping[str, Any]]: ...


class Http:
    """Signed requests."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def send(self, kind: str, payload: Mapping[str, Any], tries: int = 0) -> tuple[int, Mapping[str, Any]]:
        match kind:
            case "events_api":
                body, headers = as_json(payload)
            case "slash_commands":
                body, headers = as_fields(payload)
            case _:
                body, headers = as_form(json.dumps(payload))
        retried = {"X-Slack-Retry-Num": str(tries)} if tries else {}
        async with self._server.client.post(
            "/slack/events", data=BytesIO(body), headers={**headers, **retried}
        ) as response:
            said = await response.text()
            return response.status, json.loads(said) if said.startswith("{") else {}


class Websocket:
    """Envelopes; one that is not acknowledged makes the test wait in vain."""

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack

    async def send(self, kind: str, payload: Mapping[str, Any], tries: int = 0) -> tuple[int, Mapping[str, Any]]:
        envelope = await self._slack.sockets.send(kind, payload, tries)
        return 200, await self._slack.sockets.answer_to(envelope) or {}


class User:
    """One person; `shown` helpers read what the fake shows them."""

    def __init__(self, slack: FakeSlack, line: Line, account: str) -> None:
        self.slack = slack
        self.line = line
        self.account = account

    @property
    def direct(self) -> str:
        return self.slack.methods.direct_message(self.account)

    async def says(self, text: str, channel: str = "", **more: Any) -> int:
        """Write a message, in the direct message with the bot unless said otherwise."""
        channel = channel or self.direct
        kind = {"channel_type": "im"} if channel.startswith("D") else {"channel_type": "channel"}
        return await self.event({"type": "message", "channel": channel, "text": text, **kind, **more})

    async def mentions(self, text: str, channel: str = "C1", **more: Any) -> int:
        return await self.event({"type": "app_mention", "channel": channel, "text": f"<@{BOT_USER}> {text}", **more})

    async def event(self, event: Mapping[str, Any], event_id: str = "", tries: int = 0) -> int:
        number = next(_NUMBERS)
        whole = {"user": self.account, "ts": f"1700000000.{number:06}", **event}
        status, _ = await self.line.send(
            "events_api",
            {
                "type": "event_callback",
                "team_id": "T0",
                "api_app_id": "A0",
                "event_id": event_id or f"Ev{number}",
                "event": whole,
            },
            tries,
        )
        return status

    async def presses(self, button: Mapping[str, Any], message: Mapping[str, Any], **more: Any) -> int:
        """Press a button of a message that the bot posted."""
        channel = message["channel"]
        whole = {key: value for key, value in message.items() if key in ("ts", "thread_ts", "text", "blocks")}
        about = {
            "channel": {"id": channel, "name": "kanaal"},
            "message": whole,
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": channel},
            "response_url": self.slack.response_url(),
        }
        status, _ = await self._interacts({"type": "block_actions", **about, **pressed(button), **more})
        return status

    async def presses_ephemeral(self, button: Mapping[str, Any], channel: str = "C1") -> int:
        """Press a button of an answer that nobody else sees: Slack then sends no message."""
        about = {
            "channel": {"id": channel, "name": "kanaal"},
            "container": {"type": "message", "message_ts": "1.1", "channel_id": channel, "is_ephemeral": True},
            "response_url": self.slack.response_url(),
        }
        status, _ = await self._interacts({"type": "block_actions", **about, **pressed(button)})
        return status

    async def presses_in(self, view: Mapping[str, Any], button: Mapping[str, Any]) -> int:
        """Press a button in a modal or in App Home."""
        whole = {"id": "VHOME", "hash": "h", **view}
        status, _ = await self._interacts(
            {"type": "block_actions", "view": whole, "container": {"type": "view"}, **pressed(button)}
        )
        return status

    async def commands(self, text: str, channel: str = "C1") -> Mapping[str, Any]:
        """Type the slash command; return what is answered at once."""
        _, answer = await self.line.send(
            "slash_commands",
            {
                "command": "/protocol",
                "text": text,
                "user_id": self.account,
                "channel_id": channel,
                "channel_name": "kanaal",
                "team_id": "T0",
                "api_app_id": "A0",
                "trigger_id": trigger(),
                "response_url": self.slack.response_url(),
            },
        )
        return answer

    async def chooses(self, callback: str, message: str | None = None) -> int:
        """Choose a shortcut; one of a message where its text is given."""
        about: dict[str, Any] = {"type": "shortcut", "callback_id": callback}
        if message is not None:
            about = {
                "type": "message_action",
                "callback_id": callback,
                "channel": {"id": "C2", "name": "kanaal"},
                "message": {"type": "message", "user": "U2", "ts": "1.1", "text": message},
                "response_url": self.slack.response_url(),
            }
        status, _ = await self._interacts(about)
        return status

    async def submits(self, view: Mapping[str, Any], **values: str) -> Mapping[str, Any]:
        """Fill in a form and send it; what is not given stays as it is. Return what the form shows then."""
        _, answer = await self._interacts({"type": "view_submission", "view": {**view, "state": filled(view, values)}})
        return answer

    async def _interacts(self, payload: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        about = {"team": {"id": "T0"}, "user": {"id": self.account, "team_id": "T0"}, "api_app_id": "A0"}
        return await self.line.send("interactive", {**about, "trigger_id": trigger(), **payload})


def trigger() -> str:
    return f"{next(_NUMBERS)}.456.abc"


def pressed(button: Mapping[str, Any]) -> dict[str, Any]:
    return {"actions": [{"type": "button", "action_ts": f"{1700000000 + 10 * next(_NUMBERS)}.1", **button}]}


def filled(view: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Return the state of a form as Slack sends it."""
    state: dict[str, Any] = {}
    given = dict(values)
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        name = block["block_id"].split(":")[1]
        element = block["element"]
        state[block["block_id"]] = {element["action_id"]: _element(element, given.pop(name, None))}
    assert not given, f"the form has no {', '.join(given)}"
    return {"values": state}


def _element(element: Mapping[str, Any], value: str | None) -> dict[str, Any]:
    kind = element["type"]
    chosen = [option for option in element.get("options", []) if option["value"] in (value or "").split(",")]
    match kind:
        case "static_select":
            return {"type": kind, "selected_option": chosen[0] if chosen else element.get("initial_option")}
        case "multi_static_select" | "checkboxes":
            some = element.get("initial_options", []) if value is None else chosen
            return {"type": kind, "selected_options": some}
        case "users_select":
            return {"type": kind, "selected_user": element.get("initial_user") if value is None else value or None}
    typed = element.get("initial_value") if value is None else value or None
    return {"type": kind, "value": typed}


def shown(blocks: Iterable[Mapping[str, Any]]) -> str:
    """Return what blocks show, as plain words."""
    said = "\n".join(text for block in blocks for text in texts(block))
    said = "\n".join(line.removeprefix(">").replace("*", "") for line in said.split("\n"))
    return as_typed(said)


def button(blocks: Sequence[Mapping[str, Any]], label: str) -> dict[str, Any]:
    """Return the button whose label begins so."""
    found = [one for one in buttons(blocks) if one["text"]["text"].startswith(label)]
    assert found, f"{label!r} is not among {[one['text']['text'] for one in buttons(blocks)]}"
    return found[0]
