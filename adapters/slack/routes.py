"""Slack's requests over HTTP: what is not Slack's, or cannot be read, is refused before Bolt sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from adapters.metrics import Metrics

Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class SlackRoutes:
    """`POST /slack/events`: the one address for events, buttons, forms, the slash command and the shortcuts."""

    def __init__(self, signing_secret: str, dispatch: Dispatch, metrics: Metrics) -> None:
        self._verifier = SignatureVerifier(signing_secret)
        self._dispatch = dispatch
        self._metrics = metrics

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/slack/events", self.receive)

    async def receive(self, request: web.Request) -> web.Response:
        """Refuse what is not Slack's (401) or cannot be read (400); answer the rest within Slack's 3 s."""
        body = await request.read()
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not timestamp or not signature:
            return self._refuse(401, "signature", "The request is not signed.")
        if not _TIMESTAMP.fullmatch(timestamp):
            return self._refuse(400, "timestamp", "The timestamp is not a number.")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return self._refuse(400, "not UTF-8", "The body is not UTF-8.")
        if not signature.isascii() or not self._verifier.is_valid(text, timestamp, signature):
            return self._refuse(401, "signature", "The signature is wrong or old.")
        if not _readable_by_bolt(text, request.content_type):
            return self._refuse(400, "not JSON", "The body is not JSON, or not an object.")
        return await to_aiohttp_response(await self._dispatch(await to_bolt_request(request)))

    def _refuse(self, status: int, why: str, said: str) -> web.Response:
        self._metrics.refused("slack", why)
        return web.json_response({"error": said}, status=status)


def _readable_by_bolt(body: str, content_type: str) -> bool:
    """Say whether Bolt will find an object where it looks for one: it answers 500 to anything else."""
    if content_type == "application/json" or body.startswith("{"):
        found = body
    else:
        found = dict(parse_qsl(body, keep_blank_values=True)).get("payload", "{}")
    try:
        return isinstance(json.loads(found), dict)
    except (ValueError, RecursionError):
        return False
