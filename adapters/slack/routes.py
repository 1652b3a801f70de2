"""Slack's requests over HTTP: what is not Slack's, or cannot be read, is refused before Bolt sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from adapters.metrics import Metrics
from adapters.slack import shapes

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
        found = _object_in(text, request.content_type)
        if found is None:
            return self._refuse(400, "not JSON", "The body is not JSON, or not an object.")
        if wrong := shapes.problem(found):
            return self._refuse(400, "shape", wrong)
        try:
            asked = await to_bolt_request(request)
        except Exception:  # noqa: BLE001 (Bolt reads some fields of its own, and minds what they hold)
            return self._refuse(400, "shape", "A field of the body is not what it should be.")
        return await to_aiohttp_response(await self._dispatch(asked))

    def _refuse(self, status: int, why: str, said: str) -> web.Response:
        self._metrics.refused("slack", why)
        return web.json_response({"error": said}, status=status)


def _object_in(body: str, content_type: str) -> dict[str, Any] | None:
    """Return the object that Bolt will find where it looks for one: it answers 500 to anything else."""
    if content_type == "application/json" or body.startswith("{"):
        found = body
    else:
        fields = dict(parse_qsl(body, keep_blank_values=True))
        if "payload" not in fields:
            return fields
        found = fields["payload"]
    try:
        made = json.loads(found)
    except (ValueError, RecursionError):
        return None
    return made if isinstance(made, dict) else None
