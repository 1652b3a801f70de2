"""Teams' requests: checked, answered with a card through Microsoft's connector."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from botbuilder.core import TurnContext
from botbuilder.core.cloud_adapter_base import CloudAdapterBase
from botbuilder.schema import Activity, Attachment
from botframework.connector.auth import AuthenticateRequestResult

from adapters.failures import failure
from adapters.metrics import Metrics
from adapters.settings import Settings
from adapters.teams import render, to_event
from adapters.teams.authentication import Authentication, NotAuthenticatedError
from adapters.teams.connector import NotDeliveredError
from adapters.teams.tokens import KeysUnreachableError
from bot.conversation import Conversation
from bot.replies import Reply

_CARD = "application/vnd.microsoft.card.adaptive"
_TIMEOUT = aiohttp.ClientTimeout(total=10)  # Teams waits 15 s
_LONGEST_SUMMARY = 200  # characters; a notification shows fewer
_log = structlog.get_logger()


class _Adapter(CloudAdapterBase):
    """botbuilder's adapter as it is; the route around it is ours."""


class TeamsRoutes:
    """`POST /api/messages`: messages and buttons."""

    def __init__(self, settings: Settings, conversation: Conversation, metrics: Metrics) -> None:
        self._settings = settings
        self._conversation = conversation
        self._metrics = metrics
        self._authentication: Authentication
        self._adapter: _Adapter

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/api/messages", self.receive)
        app.cleanup_ctx.append(self._connected)

    async def _connected(self, app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            self._authentication = Authentication(self._settings, session)
            self._adapter = _Adapter(self._authentication)
            yield

    async def receive(self, request: web.Request) -> web.Response:
        """Refuse what is not Microsoft's (401), not this tenant's (403) or cannot be read (400); answer the rest."""
        try:
            body = read_body(await request.read())
        except ValueError as error:
            return self._refuse(400, "not an activity", f"The body is not an activity: {error}")
        try:
            asked = await self._authentication.authenticate(
                request.headers.get("Authorization", ""), body["channelId"], body["serviceUrl"]
            )
        except NotAuthenticatedError as error:
            return self._refuse(401, "token", str(error))
        except KeysUnreachableError as error:
            return self._refuse(503, "keys", str(error))
        if _tenant_of(body).lower() != self._settings.teams_tenant_id.lower():
            return self._refuse(403, "tenant", "This bot serves another organisation.")
        try:
            activity = Activity.deserialize(body)
        except (ValueError, RecursionError):  # the error's text would repeat what was sent
            return self._refuse(400, "not an activity", "The body is not an activity: a field is of the wrong kind.")
        return await self._process(asked, activity)

    async def _process(self, asked: AuthenticateRequestResult, activity: Activity) -> web.Response:
        try:
            await self._adapter.process_activity(asked, activity, self._turn)
        except NotDeliveredError as error:
            _log.error("reply not delivered", platform="teams", why=str(error))
            return web.json_response({"error": "The reply was not taken."}, status=502)
        except Exception as error:  # noqa: BLE001 (whatever it was: Teams must show that there is no answer)
            _log.error("event failed", platform="teams", **failure(error))
            return web.json_response({"error": "Something went wrong here."}, status=500)
        return web.json_response({}, status=200)

    async def _turn(self, turn: TurnContext) -> None:
        event = to_event.message(turn.activity)
        if event is None:
            return
        try:
            reply = (await self._conversation.handle(event)).reply
        except Exception as error:  # noqa: BLE001 (logged, and said to the person)
            _log.error("event failed", platform="teams", **failure(error))
            reply = self._conversation.sorry(event)
        if isinstance(reply, Reply):
            for card in render.cards(reply):
                attachment = Attachment(content_type=_CARD, content=card)
                summary = card["fallbackText"][:_LONGEST_SUMMARY]
                await turn.send_activity(Activity(type="message", attachments=[attachment], summary=summary))

    def _refuse(self, status: int, why: str, said: str) -> web.Response:
        self._metrics.refused("teams", why)
        return web.json_response({"error": said}, status=status)


def read_body(body: bytes) -> dict[str, Any]:
    """Return a request's body; raises `ValueError` with what it lacks to be an activity."""
    try:
        activity = json.loads(body)
    except RecursionError as error:
        raise ValueError("it has too many levels.") from error
    if not isinstance(activity, dict):
        raise ValueError("it is not an object.")
    wanted = ("type", "serviceUrl", "channelId", *(["id"] if activity.get("type") == "message" else []))
    for name in wanted:
        if not isinstance(activity.get(name), str) or not activity[name]:
            raise ValueError(f"it has no {name}.")
    conversation = activity.get("conversation")
    if not isinstance(conversation, dict) or not isinstance(conversation.get("id"), str) or not conversation["id"]:
        raise ValueError("it has no conversation.")
    return activity


def _tenant_of(body: dict[str, Any]) -> str:
    channel_data = body.get("channelData")
    tenant = channel_data.get("tenant") if isinstance(channel_data, dict) else None
    return str(tenant.get("id", "")) if isinstance(tenant, dict) else ""
