"""`/desk/report`: the month for who works at communications, with charts that the server draws."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

from aiohttp import web

from adapters.web.identity import Identity
from adapters.web.routes import WebRoutes, html, page_language
from bot.answering.engine import Engine
from bot.events import Address
from bot.ports import StoreError
from bot.report.history import Month
from bot.report.report import Report


class ReportRoutes:
    """The page of the report; `made` makes one, `today` says the day of now."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        web_routes: WebRoutes,
        identity: Identity,
        *,
        made: Callable[[Month], Awaitable[Report]],
        today: Callable[[], date],
    ) -> None:
        self._engine = engine
        self._routes = web_routes
        self._identity = identity
        self._made = made
        self._today = today

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/desk/report", self.report)

    async def report(self, request: web.Request) -> web.Response:
        """Return the report of `month`, or of this month; to others than the desk there is no such page."""
        person = self._identity.who(request)
        if person is None or not await self._identity.on_desk(person, Address("web", person.account)):
            return self._routes.not_found(request)
        try:
            month = Month.named(request.query.get("month", f"{self._today():%Y-%m}"))
        except ValueError:
            return self._routes.not_found(request)
        try:
            report = await self._made(month)
        except StoreError as error:
            return web.json_response({"error": f"{error} Try again in a moment."}, status=503)
        knowledge, visit = self._engine().knowledge, self._identity.visit(request)
        return html(self._routes.pages.report(knowledge, page_language(request), visit, report))
