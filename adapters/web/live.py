"""What arrives on an open page by itself: delivered messages, and that the list of cases changed."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from aiohttp import web

from adapters.web.identity import COOKIE, Identity
from adapters.web.lookout import LOOK_AGAIN, Lookout, Page, WatchedCases
from adapters.web.routes import WebRoutes, html, page_language
from bot.answering.engine import Engine
from bot.events import Address, Event, Person, Said
from bot.handoff.hand_off import HandOff
from bot.ports import StoreError
from bot.replies import Reply

_KEEP_ALIVE = 20.0  # seconds; a proxy closes a silent connection after a minute or so


class CasesAtWork(WatchedCases, Protocol):
    """What the pages need of the server's cases."""

    @property
    def hand_off(self) -> HandOff: ...


class Mailbox:
    """`courier.Sender` of the web page: what is recorded as sent is there to be read."""

    def __init__(self, reaches: Callable[[str], bool]) -> None:
        self._reaches = reaches

    async def send(self, address: Address, reply: Reply, key: str, edits: str) -> str:
        return edits or key

    async def find(self, address: Address, key: str) -> str | None:
        return None  # the record is the message: without it there is none

    async def locate(self, email: str, _key: str) -> Address | None:
        return Address("web", email) if self._reaches(email) else None


class LiveRoutes:
    """`/desk`, the stream of one person, and the choice among invented people."""

    def __init__(
        self, engine: Callable[[], Engine], cases: CasesAtWork, web_routes: WebRoutes, identity: Identity
    ) -> None:
        self._engine = engine
        self._cases = cases
        self._routes = web_routes
        self._identity = identity
        self._lookout = Lookout(cases, self._show)
        self._ending = False

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/desk", self.desk)
        app.router.add_get("/desk/cases", self.listing)
        app.router.add_get("/api/live", self.live)
        app.router.add_post("/as", self.choose)
        app.on_shutdown.append(self._end)

    async def _end(self, _: web.Application) -> None:
        """End the streams by themselves: cut off in the middle, one would leave its database connection open."""
        self._ending = True
        await self._lookout.close()

    async def choose(self, request: web.Request) -> web.Response:
        """Become one of the invented people."""
        form = await request.post()
        email, back = str(form.get("person", "")), str(form.get("back", "/"))
        if self._identity.who(request) is None or not self._identity.is_one_of(email):
            return web.json_response({"error": "There is no such invented person."}, status=400)
        response = web.Response(status=303, headers={"Location": back if back in ("/", "/desk") else "/"})
        response.set_cookie(COOKIE, email, httponly=True, samesite="Strict")
        return response

    async def desk(self, request: web.Request) -> web.Response:
        person = self._identity.who(request)
        if person is None:
            return self._routes.not_found(request)
        visit, language = self._identity.visit(request), page_language(request)
        communications = await self._identity.on_desk(person, Address("web", person.account))
        page = self._routes.pages.desk(self._engine().knowledge, language, visit, communications=communications)
        return html(page)

    async def listing(self, request: web.Request) -> web.Response:
        """Return the list of cases, filtered by the words in `q`, as a fragment."""
        person = self._identity.who(request)
        if person is None:
            return web.json_response({"error": "Nobody is signed in."}, status=401)
        known = Person(person.account, page_language(request), person.name)
        event = Event("list", known, Address("web", person.account), Said(""), reachable=True)
        try:
            found = await self._cases.hand_off.listing(event, request.query.get("q", "")[:200])
            found = found or await self._cases.hand_off.acting.mine(event)
        except StoreError:
            return web.json_response({"error": "The database is away. Try again in a moment."}, status=503)
        return html(self._routes.pages.reply(found))

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Stream what arrives for this person, as server-sent events, until the page is closed."""
        person = self._identity.who(request)
        if person is None:
            return web.json_response({"error": "Nobody is signed in."}, status=401)
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            async for sent in self._news(Address("web", person.account)):
                await response.write(sent.encode())
        return response

    async def _news(self, address: Address) -> AsyncIterator[str]:
        seen: set[int] = set()
        with self._lookout.open(address) as page:
            while not self._ending:
                page.woken.clear()
                for sent in await self._mail(page, seen):
                    yield sent
                if page.cases_changed:
                    page.cases_changed = False
                    yield "event: changed\ndata: {}\n\n"
                try:
                    async with asyncio.timeout(LOOK_AGAIN if page.has_mail else _KEEP_ALIVE):
                        await page.woken.wait()
                except TimeoutError:
                    yield ": still here\n\n"

    async def _mail(self, page: Page, seen: set[int]) -> list[str]:
        """Return what the page was not sent yet; while the database is away the page keeps waiting for it."""
        if not page.has_mail:
            return []
        page.has_mail = False
        try:
            mail = await self._lookout.mail(page.address, seen)
        except StoreError:
            page.has_mail = True
            return []
        seen.update(number for number, _ in mail)
        return [sent for _, sent in mail if sent]

    def _show(self, message: str, reply: Reply) -> str:
        shown = {"id": message, "html": self._routes.pages.reply(reply)}
        return f"event: message\ndata: {json.dumps(shown)}\n\n"
