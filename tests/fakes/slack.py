"""Slack's Web API on a loopback port, as strict as Slack where it matters, and Slack's signature."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from aiohttp import web

TOKEN = "xoxb-fake"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # the example in Slack's documentation
BOT_USER = "U0BOT"
PATIENCE = 10  # seconds that a test waits for what must come

_LONGEST_MESSAGE = 13_200  # characters over all blocks (measured)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method of the Web API."""

    method: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the fake says to a call instead of its own answer."""

    body: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class FakeSlack:
    """`async with FakeSlack() as slack`: `slack.settings` switches the bot on and points it here."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self._answers: dict[str, list[Answer]] = {}
        self._changed = asyncio.Condition()
        app = web.Application()
        app.router.add_post("/api/{method}", self._call)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/"
        return self

    async def __aexit__(self, *exc_details: object) -> None:
        await self._runner.cleanup()

    @property
    def settings(self) -> dict[str, str]:
        return {"slack_bot_token": TOKEN, "slack_signing_secret": SECRET, "slack_api_url": self.url}

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        """The arguments of every `chat.postMessage`, refused ones too."""
        return self.called("chat.postMessage")

    def called(self, method: str) -> list[Mapping[str, Any]]:
        return [call.arguments for call in self.calls if call.method == method]

    def will_say(self, method: str, *answers: Answer) -> None:
        """Answer the next calls of a method like this, one each."""
        self._answers.setdefault(method, []).extend(answers)

    async def posted(self, count: int = 1) -> list[Mapping[str, Any]]:
        """Return the messages as soon as there are `count`."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.messages) >= count)
        return self.messages

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        arguments: dict[str, Any] = (
            await request.json() if request.content_type == "application/json" else dict(await request.post())
        )
        if isinstance(arguments.get("blocks"), str):
            arguments["blocks"] = json.loads(arguments["blocks"])
        async with self._changed:
            self.calls.append(Call(method, arguments))
            self._changed.notify_all()
        waiting = self._answers.get(method)
        if waiting:
            answer = waiting.pop(0)
            return web.json_response(dict(answer.body), status=answer.status, headers=dict(answer.headers))
        return web.json_response(self._said(method, request.headers.get("Authorization", ""), arguments))

    def _said(self, method: str, authorization: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if not authorization:
            return _refused("not_authed")
        if authorization != f"Bearer {TOKEN}":
            return _refused("invalid_auth")
        match method:
            case "auth.test":
                return {"ok": True, "team_id": "T0", "user_id": BOT_USER, "bot_id": "B0BOT", "url": self.url}
            case "chat.postMessage":
                wrong = refusal(arguments)
                return _refused(wrong) if wrong else {"ok": True, "channel": arguments["channel"], "ts": "1700000000.1"}
        return _refused("unknown_method")


def _refused(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}


def refusal(message: Mapping[str, Any]) -> str:
    """Return Slack's error for a message; empty when Slack takes it."""
    blocks = message.get("blocks") or []
    if not message.get("channel"):
        return "channel_not_found"
    if not message.get("text") and not blocks:
        return "no_text"
    if len(blocks) > 50 or any(problem for block in blocks for problem in problems(block)):
        return "invalid_blocks"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        return "invalid_blocks"
    if sum(len(text) for block in blocks for text in texts(block)) > _LONGEST_MESSAGE:
        return "msg_blocks_too_long"
    return ""


def problems(block: Mapping[str, Any]) -> list[str]:
    """Return what Slack would not take in a block (Block Kit reference)."""
    match block["type"]:
        case "section":
            return [] if _fits(block["text"]["text"], 3000) else ["text of a section: 1 to 3000"]
        case "context":
            right = 1 <= len(block["elements"]) <= 10 and all(_fits(text, 3000) for text in texts(block))
            return [] if right else ["elements of a context: 1 to 10 with a text"]
        case "actions":
            return _problems_of_buttons(block["elements"])
    return [f"block of an unknown type: {block['type']}"]


def _problems_of_buttons(buttons: list[Mapping[str, Any]]) -> list[str]:
    found = [] if 1 <= len(buttons) <= 25 else ["elements of actions: 1 to 25"]
    ids = [button["action_id"] for button in buttons]
    if len(ids) != len(set(ids)):
        found.append("an action_id twice in one block")
    for button in buttons:
        if button["text"]["type"] != "plain_text" or not _fits(button["text"]["text"], 75):
            found.append("text of a button: 1 to 75, plain")
        if len(button.get("value", "")) > 2000:
            found.append("value of a button: at most 2000")
        if not _fits(button["action_id"], 255):
            found.append("action_id: 1 to 255")
    return found


def _fits(text: str, limit: int) -> bool:
    return bool(text.strip()) and len(text) <= limit


def texts(block: Mapping[str, Any]) -> list[str]:
    """Return what a block shows."""
    match block["type"]:
        case "section":
            return [block["text"]["text"]]
        case "context":
            return [element["text"] for element in block["elements"]]
    return [button["text"]["text"] for button in block["elements"]]


def signed(body: bytes, *, at: int | None = None, secret: str = SECRET) -> dict[str, str]:
    """Return the headers with which Slack sends a body; `at` in seconds since 1970, now when left out."""
    timestamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def as_json(payload: object) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of an event."""
    body = json.dumps(payload).encode()
    return body, {"Content-Type": "application/json", **signed(body)}


def as_form(payload: str) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of an interaction; `payload` is JSON, or for a test is not."""
    body = urlencode({"payload": payload}).encode()
    return body, {"Content-Type": "application/x-www-form-urlencoded", **signed(body)}
