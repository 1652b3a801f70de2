"""What arrives on an open page by itself: delivered messages, and that the list of cases changed."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol

from aiohttp import web

from adapters.web.identity import COOKIE, Identity
from adapters.web.routes import WebRoutes, html, page_language
from bot.answering.engine import Engine
from bot.events import Address, Event, Person, Said
from bot.handoff.deliveries import Delivered, Kind
from bot.handoff.hand_off import HandOff
from bot.ports import StoreError
from bot.replies import Reply

_STILL_SHOWN = timedelta(days=7)  # messages that a newly opened page shows
_LOOK_AGAIN = 1.0  # seconds, for what another server stored
_KEEP_ALIVE = 20.0  # seconds; a proxy closes a silent connection after a minute or so


class CasesAtWork(Protocol):
    """What the pages need of the server's cases; everything may raise `StoreError`."""

    @property
    def hand_off(self) -> HandOff: ...

    def changes(self) -> AbstractContextManager[asyncio.Event]:
        """Give an event that is set whenever something changed."""
        ...

    def tell_listeners(self) -> None:
        """Set those events."""
        ...

    async def latest(self) -> object:
        """Return something that differs once any case has changed."""
        ...

    async def delivered(self, address: Address, within: timedelta) -> Sequence[Delivered]:
        """Return what arrived at a place lately, oldest first."""
        ...

    async def compose(self, number: int, version: int, kind: Kind) -> Reply | None:
        """Return the words of a delivery as they are now; nothing when its case was erased."""
        ...


class Mailbox:
    """`courier.Sender` of the web page: what is recorded as sent is there to be read; open pages hear of it."""

    def __init__(self, tell: Callable[[], None], reaches: Callable[[str], bool]) -> None:
        self._tell = tell
        self._reaches = reaches

    async def send(self, address: Address, reply: Reply, key: str, edits: str) -> str:
        asyncio.get_running_loop().call_later(0.01, self._tell)  # once it is recorded
        return edits or key

    async def find(self, address: Address, key: str) -> str | None:
        return None  # the record is the message: without it there is none

    async def locate(self, email: str) -> Address | None:
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
        self._cases.tell_listeners()

    async def choose(self, request: web.Request) -> web.Response:
        """Become one of the invented people."""
        form = await request.post()
        email, back = str(form.get("person", "")), str(form.get("back", "/"))
        if not self._identity.is_one_of(email):
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
        silent = 0.0
        version: object = None
        with self._cases.changes() as changed:
            while not self._ending:
                changed.clear()
                with contextlib.suppress(StoreError):
                    async for sent in self._messages(address, seen):
                        yield sent
                    if (latest := await self._cases.latest()) != version:
                        version = latest
                        yield "event: changed\ndata: {}\n\n"
                        silent = 0.0
                try:
                    async with asyncio.timeout(_LOOK_AGAIN):
                        await changed.wait()
                except TimeoutError:
                    silent += _LOOK_AGAIN
                if silent >= _KEEP_ALIVE:
                    silent = 0.0
                    yield ": still here\n\n"

    async def _messages(self, address: Address, seen: set[int]) -> AsyncIterator[str]:
        delivered = [one for one in await self._cases.delivered(address, _STILL_SHOWN) if one.id not in seen]
        for one in delivered:
            seen.add(one.id)
            reply = await self._cases.compose(one.case, one.version, one.kind)
            if reply is not None:
                shown = {"id": one.message, "html": self._routes.pages.reply(reply)}
                yield f"event: message\ndata: {json.dumps(shown)}\n\n"
