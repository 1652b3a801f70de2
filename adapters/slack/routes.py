"""Slack's requests: checked, handed to Bolt, answered with a message."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from adapters.failures import failure
from adapters.metrics import Metrics
from adapters.settings import Settings
from adapters.slack import render, to_event
from bot.conversation import Conversation
from bot.events import Event
from bot.replies import Reply

_ANY = re.compile(r"[\s\S]*")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_log = structlog.get_logger()


class SlackRoutes:
    """`POST /slack/events`: direct messages, mentions and buttons."""

    def __init__(self, settings: Settings, conversation: Conversation, metrics: Metrics) -> None:
        assert settings.slack_bot_token and settings.slack_signing_secret  # whole or absent, see Settings
        self._conversation = conversation
        self._metrics = metrics
        self._verifier = SignatureVerifier(settings.slack_signing_secret.get_secret_value())
        retries: list[AsyncRetryHandler] = [
            AsyncConnectionErrorRetryHandler(),
            AsyncRateLimitErrorRetryHandler(max_retry_count=2),
        ]
        self._client = AsyncWebClient(
            token=settings.slack_bot_token.get_secret_value(),
            base_url=settings.slack_api_url,
            retry_handlers=retries,
        )
        # the signature is checked before Bolt, which answers 500 to some requests that are merely wrong
        self._app = AsyncApp(client=self._client, request_verification_enabled=False)
        self._app.error(self._failed)
        self._app.event("app_mention")(self._said)
        self._app.event("message")(self._said)
        self._app.event(_ANY)(self._ignored)
        self._app.action({"type": "block_actions", "action_id": _ANY})(self._pressed)
        self._answering: set[asyncio.Task[Any]] = set()

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/slack/events", self.receive)
        app.cleanup_ctx.append(self._connected)

    async def _connected(self, app: web.Application) -> AsyncIterator[None]:
        # one session for all calls: without it the SDK opens a connection for each
        async with aiohttp.ClientSession() as session:
            self._client.session = session
            yield
            await asyncio.gather(*self._answering, return_exceptions=True)  # acknowledged, so nobody sends them again

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
        response = await self._app.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(response)

    async def _said(self, body: dict[str, Any]) -> None:
        await self._answer(to_event.message(body))

    async def _pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        await self._answer(to_event.press(body))

    async def _ignored(self) -> None:
        """Acknowledge an event that means nothing here; Slack would send it again, and in the end send no more."""

    async def _answer(self, event: Event | None) -> None:
        if event is None:
            return
        task = asyncio.current_task()
        assert task is not None
        self._answering.add(task)  # the loop itself, and Bolt, hold it only weakly
        task.add_done_callback(self._answering.discard)
        try:
            reply = (await self._conversation.handle(event)).reply
        except Exception as error:  # noqa: BLE001 (logged, and said to the person)
            _log.error("event failed", platform="slack", **failure(error))
            reply = self._conversation.sorry(event)
        if isinstance(reply, Reply):
            await self._send(event, reply)

    async def _send(self, event: Event, reply: Reply) -> None:
        try:
            for message in render.messages(reply):
                await self._client.chat_postMessage(
                    channel=event.address.conversation,
                    thread_ts=event.address.thread or None,
                    text=message.text,
                    blocks=message.blocks,
                    unfurl_links=False,
                    unfurl_media=False,
                )
        except SlackApiError as error:
            _log.error("reply not delivered", platform="slack", why=error.response.get("error"))
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.error("reply not delivered", platform="slack", why=type(error).__name__)

    async def _failed(self, error: Exception) -> BoltResponse | None:
        """Log what Bolt would log with its message, for that may hold what somebody typed."""
        _log.error("event failed", platform="slack", **failure(error))
        return None

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
