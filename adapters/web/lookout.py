"""One look for all open pages: what changed, for whom, and what arrived for them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import structlog

from adapters.failures import failure
from bot.events import Address
from bot.handoff.deliveries import Delivered, Kind
from bot.ports import StoreError
from bot.replies import Reply

LOOK_AGAIN = 1.0  # seconds, for what another server stored
_STILL_SHOWN = timedelta(days=7)  # messages that a newly opened page shows
_log = structlog.get_logger()


class WatchedCases(Protocol):
    """What a lookout needs of the server's cases; everything asynchronous may raise `StoreError`."""

    def changes(self) -> AbstractContextManager[asyncio.Event]:
        """Give an event that is set whenever something changed here."""
        ...

    async def latest(self) -> tuple[object, object]:
        """Return what differs once any case changed, and what does once anything is to be delivered or was."""
        ...

    async def arrivals(self, platform: str, within: timedelta) -> Mapping[str, object]:
        """Return for each place where something arrived lately what differs once more did."""
        ...

    async def delivered(self, address: Address, within: timedelta) -> Sequence[Delivered]:
        """Return what arrived at a place lately, oldest first."""
        ...

    async def compose(self, number: int, version: int, kind: Kind, viewer: str) -> Reply | None:
        """Return the words of a delivery as they are now; nothing when its case was erased."""
        ...


@dataclass(eq=False, slots=True)
class Page:
    """An open page: what it has to be told, and what wakes it."""

    address: Address
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    has_mail: bool = True  # a page that is opened reads what arrived before
    cases_changed: bool = False


@dataclass(eq=False, slots=True)
class _Mailbox:
    """What lies at one place as of one look: several pages of one person read it once."""

    pages: int = 0
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    as_of: tuple[object, object] | None = None
    delivered: Sequence[Delivered] = ()
    shown: dict[int, str] = field(default_factory=dict)


class Lookout:
    """Looks for as long as a page is open: at once when something changed here, else every second.

    A page of its own that asked the database each second cost a core with a few hundred colleagues.
    `show` makes of a message's id and words what a page is sent.
    """

    def __init__(self, cases: WatchedCases, show: Callable[[str, Reply], str]) -> None:
        self._cases = cases
        self._show = show
        self._pages: set[Page] = set()
        self._mailboxes: dict[Address, _Mailbox] = {}
        self._looking: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._ended = False
        self._latest: tuple[object, object] | None = None
        self._arrivals: Mapping[str, object] = {}

    @contextlib.contextmanager
    def open(self, address: Address) -> Iterator[Page]:
        """Give a page of this person, woken whenever there is something to tell it."""
        page = Page(address, cases_changed=self._latest is not None)
        self._pages.add(page)
        self._mailboxes.setdefault(address, _Mailbox()).pages += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())
        try:
            yield page
        finally:
            self._pages.discard(page)
            self._mailboxes[address].pages -= 1
            if not self._mailboxes[address].pages:
                del self._mailboxes[address]

    async def close(self) -> None:
        """Look no more and wake every page; a query that was cut off would leave its connection open."""
        self._ended = True
        self._news.set()
        for page in self._pages:
            page.woken.set()
        if self._looking is not None:
            await asyncio.wait([self._looking])

    async def mail(self, address: Address, without: Collection[int]) -> list[tuple[int, str]]:
        """Return what arrived for an open page as id and what to send, oldest first, `without` those ids."""
        mailbox = self._mailboxes[address]
        async with mailbox.reading:
            as_of = self._latest
            if as_of is None or mailbox.as_of != as_of:
                mailbox.delivered = await self._cases.delivered(address, _STILL_SHOWN)
                mailbox.shown = {}
                mailbox.as_of = as_of
            new = [one for one in mailbox.delivered if one.id not in without]
            for one in new:
                if one.id not in mailbox.shown:
                    reply = await self._cases.compose(one.case, one.version, one.kind, address.conversation)
                    mailbox.shown[one.id] = self._show(one.message, reply) if reply else ""
            return [(one.id, mailbox.shown[one.id]) for one in new]

    async def _look(self) -> None:
        with self._cases.changes() as self._news:
            while self._pages and not self._ended:
                self._news.clear()
                try:
                    await self._look_once()
                except StoreError:
                    self._latest = None  # once it is back, the pages ask again for what they missed
                except Exception as error:  # noqa: BLE001 (it goes on, whatever it was)
                    self._latest = None
                    _log.error("the lookout stumbled", **failure(error))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self._news.wait()
        self._latest, self._arrivals = None, {}

    async def _look_once(self) -> None:
        latest, before = await self._cases.latest(), self._latest
        if latest == before:
            return
        arrivals = await self._cases.arrivals("web", _STILL_SHOWN)
        arrived = {place for place, mark in arrivals.items() if self._arrivals.get(place) != mark}
        self._latest, self._arrivals = latest, arrivals
        for page in self._pages:
            page.has_mail |= page.address.conversation in arrived
            page.cases_changed |= before is None or latest[0] != before[0]
            if page.has_mail or page.cases_changed:
                page.woken.set()
