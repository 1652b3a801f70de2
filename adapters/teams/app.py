"""Microsoft Teams as one thing: everything of this folder put together, started and stopped with the server."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from aiohttp import web

from adapters.metrics import Metrics
from adapters.places import Places
from adapters.settings import Settings
from adapters.teams.desk import DeskChannel
from adapters.teams.invokes import Invokes
from adapters.teams.known import Known
from adapters.teams.microsoft import Microsoft
from adapters.teams.people import TeamsPeople
from adapters.teams.routes import TeamsRoutes
from adapters.teams.sender import TeamsSender
from adapters.teams.turns import Turns
from bot.answering.engine import Engine
from bot.conversation import Conversation
from bot.events import Language
from bot.handoff.hand_off import HandOff
from bot.ports import StoreError

_log = structlog.get_logger()


class TeamsApp:
    """The route, and what cases need of Teams: `people` and `sender`."""

    def __init__(
        self,
        settings: Settings,
        engine: Callable[[], Engine],
        conversation: Conversation,
        *,
        hand_off: HandOff,
        places: Places,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._microsoft = Microsoft(settings)
        self._known = Known(places)
        self.people = TeamsPeople(self._microsoft, self._known, hand_off.desks)
        self.sender = TeamsSender(self._microsoft, self._known, self._invitation)
        self._desk = DeskChannel(self._microsoft, self._known, hand_off)
        turns = Turns(
            conversation, self._say, known=self._known, people=self.people, sender=self.sender, desk=self._desk
        )
        self._routes = TeamsRoutes(settings, self._microsoft, turns, Invokes(turns, self._say), metrics)

    def add_to(self, app: web.Application) -> None:
        app[TEAMS] = self
        self._routes.add_to(app)
        app.cleanup_ctx.append(self._microsoft.context)
        app.on_startup.append(self._started)  # after the database
        app.on_shutdown.append(self._settle)  # before it is closed

    async def _started(self, _: web.Application) -> None:
        if not self._settings.teams_app_id:
            _log.warning("development mode: everybody on this computer is answered", platform="teams")
        try:
            await self._desk.of_setting()
        except StoreError as error:
            _log.error("desk channel not set", platform="teams", why=str(error))

    async def _settle(self, _: web.Application) -> None:
        await self._routes.settle()
        await self._known.settle()

    def _say(self, language: Language, sentence: str, **values: str | int) -> str:
        return self._engine().knowledge.texts.say(language, sentence, **values)

    def _invitation(self, number: str) -> str:
        return self._say("nl", "teams-invitation", number=number)


TEAMS = web.AppKey("teams", TeamsApp)
