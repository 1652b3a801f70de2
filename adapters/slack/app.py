"""Slack as a whole: its clients, its parts, and the way of a request through Bolt. Over HTTP or over Socket Mode."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from adapters.failures import failure
from adapters.metrics import Metrics
from adapters.sending import HTTP_TIMEOUT
from adapters.settings import Settings
from adapters.slack.answers import Answers
from adapters.slack.desk import Linking
from adapters.slack.home import Home
from adapters.slack.in_time import InTime
from adapters.slack.instalments import Instalments
from adapters.slack.kept import Kept
from adapters.slack.languages import Languages
from adapters.slack.listeners import Listeners
from adapters.slack.people import SlackPeople
from adapters.slack.rooms import Rooms
from adapters.slack.routes import SlackRoutes
from adapters.slack.sender import SlackSender
from adapters.slack.showing import Showing
from adapters.slack.socket import Socket
from adapters.slack.workspace import Workspace, team_of
from bot.answering.engine import Engine
from bot.conversation import Conversation
from bot.events import Language
from bot.handoff.hand_off import HandOff
from bot.ports import Clock

_ANY = re.compile(r"[\s\S]*")
_TIMEOUT = HTTP_TIMEOUT.total_seconds() - 1  # the courier's own ends just after
_AGAIN = 30.0  # seconds until the desk's channel is tried again
_log = structlog.get_logger()


class SlackApp:
    """`people` and `sender` are what cases need of Slack."""

    def __init__(
        self,
        settings: Settings,
        engine: Callable[[], Engine],
        conversation: Conversation,
        hand_off: HandOff,
        *,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        assert settings.slack_bot_token
        self._settings = settings
        self._metrics = metrics
        token, url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
        retries: list[AsyncRetryHandler] = [
            AsyncConnectionErrorRetryHandler(),
            AsyncRateLimitErrorRetryHandler(max_retry_count=2),
            AsyncServerErrorRetryHandler(),
        ]
        self._client = AsyncWebClient(token=token, base_url=url, retry_handlers=retries)
        # whoever waits for an answer tries again by itself: the courier, and people
        self._once = AsyncWebClient(token=token, base_url=url, retry_handlers=[])
        rooms, kept = Rooms(), Kept(clock)
        self.people = SlackPeople(self._once, clock, hand_off.desks)
        self.sender = SlackSender(self._once, self.people, rooms)
        self._workspace = Workspace(self._once, token, settings.slack_team_id)

        def say(language: Language, sentence: str, **values: str | int) -> str:
            return engine().knowledge.texts.say(language, sentence, **values)

        languages, in_time = Languages(self.people, clock), InTime()
        showing = Showing(self._client, self.people, rooms, say, kept=kept, instalments=Instalments(say, clock))
        home = Home(self._client, languages, hand_off, lambda: engine().knowledge, say)
        self._linking = Linking(hand_off, self.people, say)
        self.listeners = Listeners(
            Answers(conversation, languages, in_time),
            people=self.people,
            languages=languages,
            in_time=in_time,
            rooms=rooms,
            showing=showing,
            home=home,
            linking=self._linking,
            words=say,
            kept=kept,
        )
        self._bolt = self._listening()
        self._socket: Socket | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def add_to(self, app: web.Application) -> None:
        app.cleanup_ctx.append(self._connected)
        app.on_startup.append(self._begin)  # after all contexts: the database is there
        app.on_shutdown.append(self._end)  # before all contexts end
        if self._settings.slack_app_token is None:
            assert self._settings.slack_signing_secret
            secret = self._settings.slack_signing_secret.get_secret_value()
            SlackRoutes(secret, self.dispatch, self._metrics).add_to(app)

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        """Take one request that is certainly Slack's."""
        if request.body.get("type") not in ("url_verification", "ssl_check"):
            known = await self._workspace.identity()
            if known is None:
                return BoltResponse(status=503, body="Try again.")
            if team_of(request.body) != known.team:
                self._metrics.refused("slack", "other workspace")
                return BoltResponse(status=200, body="")
        return await self._bolt.async_dispatch(request)

    def _listening(self) -> AsyncApp:
        # the signature is checked before Bolt, which answers 500 to some requests that are merely wrong
        async def authorize() -> AuthorizeResult:  # Bolt calls it by the names of its arguments: no method
            return await self._workspace.authorize()

        bolt = AsyncApp(
            client=AsyncWebClient(base_url=self._settings.slack_api_url),  # Bolt itself calls nothing
            authorize=authorize,
            request_verification_enabled=False,
            process_before_response=True,
        )
        bolt.error(self._failed)
        bolt.event("app_mention")(self.listeners.said)
        bolt.event("message")(self.listeners.said)
        bolt.event("app_home_opened")(self.listeners.opened)
        bolt.event(_ANY)(self.listeners.ignored)
        bolt.action({"type": "block_actions", "action_id": _ANY})(self.listeners.pressed)
        bolt.command(_ANY)(self.listeners.commanded)
        bolt.shortcut(_ANY)(self.listeners.chosen)
        bolt.view(_ANY)(self.listeners.submitted)
        return bolt

    async def _connected(self, app: web.Application) -> AsyncIterator[None]:
        # one session for all calls: without it the SDK opens a connection for each, and minds no timeout with it
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT)) as session:
            self._client.session = self._once.session = session
            yield

    async def _begin(self, _: web.Application) -> None:
        if self._settings.slack_app_token is not None:
            token = self._settings.slack_app_token.get_secret_value()
            self._socket = Socket(token, self._settings.slack_api_url, self.dispatch)
            self._socket.start()
        if self._settings.slack_desk_channel:
            self._tasks.append(asyncio.get_running_loop().create_task(self._link()))

    async def _end(self, _: web.Application) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket:
            await self._socket.close()
        await self.listeners.settle()

    async def _link(self) -> None:
        while True:
            if await self._linking.link_as_set(self._settings.slack_desk_channel):
                return
            await asyncio.sleep(_AGAIN)

    async def _failed(self, error: Exception) -> BoltResponse:
        """Log what Bolt would log with its message, for that may hold what somebody typed."""
        _log.error("event failed", platform="slack", **failure(error))
        return BoltResponse(status=500, body="")
