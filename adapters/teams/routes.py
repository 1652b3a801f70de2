"""Teams' requests: checked, answered with a card through Microsoft's connector."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

import structlog
from aiohttp import web
from botbuilder.core import TurnContext
from botbuilder.core.cloud_adapter_base import CloudAdapterBase
from botbuilder.core.invoke_response import InvokeResponse
from botbuilder.schema import Activity
from botframework.connector.auth import AuthenticateRequestResult

from adapters.failures import failure
from adapters.metrics import Metrics
from adapters.settings import Settings
from adapters.teams.authentication import NotAuthenticatedError
from adapters.teams.connector import NotDeliveredError
from adapters.teams.invokes import Invokes
from adapters.teams.microsoft import Microsoft
from adapters.teams.tokens import KeysUnreachableError
from adapters.teams.turns import Turns

_LONGEST_TURN = 4.0  # seconds that Teams waits for a message to be taken; what is left goes on by itself
_HALF = re.compile(r"[\ud800-\udfff]")  # of a pair in UTF-16; together they are one character by now
_log = structlog.get_logger()


class _Adapter(CloudAdapterBase):
    """botbuilder's adapter as it is; the route around it is ours."""


class TeamsRoutes:
    """`POST /api/messages`: every activity, authenticated."""

    def __init__(
        self, settings: Settings, microsoft: Microsoft, turns: Turns, invokes: Invokes, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._microsoft = microsoft
        self._turns = turns
        self._invokes = invokes
        self._metrics = metrics
        self._adapter: _Adapter | None = None
        self._under_way: set[asyncio.Task[InvokeResponse | None]] = set()

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/api/messages", self.receive)

    async def settle(self) -> None:
        """Wait until the turns that took long have come to their end."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def receive(self, request: web.Request) -> web.Response:
        """Refuse what is not Microsoft's (401), not this tenant's (403) or cannot be read (400); answer the rest."""
        try:
            body = read_body(await request.read())
        except ValueError as error:
            return self._refuse(400, "not an activity", f"The body is not an activity: {error}")
        try:
            asked = await self._microsoft.authentication.authenticate(
                request.headers.get("Authorization", ""), body["channelId"], body["serviceUrl"]
            )
        except NotAuthenticatedError as error:
            return self._refuse(401, "token", str(error))
        except KeysUnreachableError as error:
            return self._refuse(503, "keys", str(error))
        if self._settings.teams_app_id and _tenant_of(body).lower() != self._settings.teams_tenant_id.lower():
            return self._refuse(403, "tenant", "This bot serves another organisation.")
        try:
            activity = Activity.deserialize(body)
        except (ValueError, RecursionError):  # the error's text would repeat what was sent
            return self._refuse(400, "not an activity", "The body is not an activity: a field is of the wrong kind.")
        activity.locale = activity.locale or _client_locale(body)
        return await self._process(asked, activity)

    async def _process(self, asked: AuthenticateRequestResult, activity: Activity) -> web.Response:
        """Answer within the time that Teams gives; a message that takes longer is worked on after that."""
        work: asyncio.Task[InvokeResponse | None] = asyncio.get_running_loop().create_task(self._work(asked, activity))
        self._under_way.add(work)
        work.add_done_callback(self._under_way.discard)
        done, _ = await asyncio.wait({work}, timeout=_LONGEST_TURN)
        if not done and activity.type != "invoke":
            return web.json_response({})
        response = await work if done else self._invokes.late(activity)
        if response is None:
            return web.json_response({})
        if response.body is None:
            return web.Response(status=response.status)
        return web.json_response(response.body, status=response.status)

    async def _work(self, asked: AuthenticateRequestResult, activity: Activity) -> InvokeResponse | None:
        started = time.monotonic()
        try:
            self._adapter = self._adapter or _Adapter(self._microsoft.authentication)
            response: InvokeResponse | None = await self._adapter.process_activity(asked, activity, self._turn)
        except NotDeliveredError as error:
            _log.error("reply not delivered", platform="teams", why=str(error))
            return InvokeResponse(status=502, body={"error": "The reply was not taken."})
        except Exception as error:  # noqa: BLE001 (whatever it was: Teams must show that there is no answer)
            _log.error("event failed", platform="teams", **failure(error))
            return InvokeResponse(status=500, body={"error": "Something went wrong here."})
        if (took := time.monotonic() - started) > _LONGEST_TURN:
            _log.warning("a turn took long", platform="teams", seconds=round(took, 1))
        return response

    async def _turn(self, turn: TurnContext) -> None:
        if turn.activity.type == "invoke":
            response = await self._invokes.answer(turn)
            await turn.send_activity(Activity(type="invokeResponse", value=response))
        else:
            await self._turns.take(turn)

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
    sender = activity.get("from")
    accounts = sender.values() if isinstance(sender, dict) else ()
    for name in (activity.get("id"), *conversation.values(), *accounts):
        if isinstance(name, str) and _HALF.search(name):
            raise ValueError("an id or a name holds half of a character.")
    return activity


def _tenant_of(body: dict[str, Any]) -> str:
    channel_data = body.get("channelData")
    tenant = channel_data.get("tenant") if isinstance(channel_data, dict) else None
    return str(tenant.get("id", "")) if isinstance(tenant, dict) else ""


def _client_locale(body: dict[str, Any]) -> str | None:
    """Return the language of Teams itself, which some activities tell only so."""
    entities = body.get("entities")
    for entity in entities if isinstance(entities, list) else ():
        if isinstance(entity, dict) and entity.get("type") == "clientInfo" and isinstance(entity.get("locale"), str):
            return str(entity["locale"])
    return None
