"""Slack on a loopback port, as strict as Slack where it matters: Web API, response addresses, Socket Mode."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes.slack_methods import Methods
from tests.fakes.slack_rules import problems, refusal, texts, wrong_view
from tests.fakes.slack_socket import Sockets

TOKEN = "xoxb-fake"
APP_TOKEN = "xapp-fake"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # the example in Slack's documentation
BOT_USER = "U0BOT"
PATIENCE = 10  # seconds that a test waits for what must come

__all__ = ["BOT_USER", "SECRET", "TOKEN", "FakeSlack", "problems", "refusal", "texts", "wrong_view"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method of the Web API, or of a response address (`respond`)."""

    method: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the fake says to a call instead of its own answer; `done` does what the method does all the same."""

    body: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    done: bool = False


class FakeSlack:
    """`async with FakeSlack() as slack`: `slack.settings` switches the bot on and points it here.

    `held`: calls of these methods wait until they are taken out again, as when Slack is slow.
    """

    def __init__(self) -> None:
        self.url = ""
        self.root = ""
        self.calls: list[Call] = []
        self.refused: list[tuple[str, Mapping[str, Any]]] = []
        self.methods = Methods(BOT_USER)
        self.sockets = Sockets()
        self.addresses_work = True  # response addresses: they do for half an hour
        self.held: dict[str, asyncio.Event] = {}
        self._answers: dict[str, list[Answer]] = {}
        self._changed = asyncio.Condition()
        self._numbers = itertools.count(1)
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/respond/{which}", self._respond)
        app.router.add_get("/socket", self.sockets.serve)
        app.on_shutdown.append(self.sockets.close)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.root = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.url = f"{self.root}/api/"
        return self

    async def __aexit__(self, *exc_details: object) -> None:
        for held in self.held.values():
            held.set()
        await self._runner.cleanup()

    @property
    def settings(self) -> dict[str, str]:
        return {"slack_bot_token": TOKEN, "slack_signing_secret": SECRET, "slack_api_url": self.url}

    @property
    def socket_settings(self) -> dict[str, str]:
        return {"slack_bot_token": TOKEN, "slack_app_token": APP_TOKEN, "slack_api_url": self.url}

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        """The arguments of every `chat.postMessage`, refused ones too."""
        return self.called("chat.postMessage")

    def called(self, method: str) -> list[Mapping[str, Any]]:
        return [call.arguments for call in self.calls if call.method == method]

    def will_say(self, method: str, *answers: Answer) -> None:
        """Answer the next calls of a method like this, one each."""
        self._answers.setdefault(method, []).extend(answers)

    def hold(self, *methods: str) -> None:
        """Leave calls of these methods without an answer until `release`."""
        for method in methods:
            self.held[method] = asyncio.Event()

    def release(self) -> None:
        for held in self.held.values():
            held.set()
        self.held.clear()

    def response_url(self) -> str:
        return f"{self.root}/respond/{next(self._numbers)}"

    async def posted(self, count: int = 1) -> list[Mapping[str, Any]]:
        """Return the messages as soon as there are `count`."""
        return await self.until("chat.postMessage", count)

    async def until(self, method: str, count: int = 1) -> list[Mapping[str, Any]]:
        """Return a method's calls as soon as there are `count`."""
        await self.happens(lambda: len(self.called(method)) >= count)
        return self.called(method)

    async def happens(self, what: Callable[[], bool]) -> None:
        """Wait until something is so; looked at after every call."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(what)

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        as_json = request.content_type == "application/json"
        arguments: dict[str, Any] = await request.json() if as_json else dict(await request.post())
        arguments = {**request.query, **arguments}
        for name in ("blocks", "view", "metadata"):
            if isinstance(arguments.get(name), str):
                arguments[name] = json.loads(arguments[name])
        if method in self.held:
            await self.held[method].wait()
        answer = self._answers.get(method, [])[:1]
        said: Mapping[str, Any] = {}
        if not answer or answer[0].done:
            said = self._said(method, request.headers.get("Authorization", ""), arguments)
        if answer:
            self._answers[method].pop(0)
        if said.get("error"):
            self.refused.append((method, said))
        async with self._changed:
            self.calls.append(Call(method, arguments))
            self._changed.notify_all()
        if answer:
            return web.json_response(dict(answer[0].body), status=answer[0].status, headers=dict(answer[0].headers))
        return web.json_response(dict(said), headers={"X-OAuth-Scopes": ",".join(sorted(self.methods.scopes))})

    async def _respond(self, request: web.Request) -> web.Response:
        message = await request.json()
        wrong = refusal({"channel": "C", **message}) if self.addresses_work else "expired_url"
        async with self._changed:
            self.calls.append(Call("respond", message))
            self._changed.notify_all()
        return web.Response(text=wrong or "ok", status=400 if wrong else 200)

    def _said(self, method: str, authorization: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if not authorization:
            return {"ok": False, "error": "not_authed"}
        if method == "apps.connections.open":
            good = authorization == f"Bearer {APP_TOKEN}"
            address = f"{self.root.replace('http', 'ws')}/socket?ticket={next(self._numbers)}"
            return {"ok": True, "url": address} if good else {"ok": False, "error": "invalid_auth"}
        if authorization != f"Bearer {TOKEN}":
            return {"ok": False, "error": "invalid_auth"}
        return self.methods.call(method, arguments)


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
    return as_fields({"payload": payload})


def as_fields(fields: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a slash command."""
    body = urlencode(fields).encode()
    return body, {"Content-Type": "application/x-www-form-urlencoded", **signed(body)}
