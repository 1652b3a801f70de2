"""Cases at work in one server: the database, the courier and the clock, started and stopped with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from sqlalchemy import func, select

from adapters.courier import Courier
from adapters.directory import StaffList
from adapters.erasing import Eraser, Retention
from adapters.failures import failure
from adapters.growth import Growth
from adapters.knowledge_source import KnowledgeSource
from adapters.metrics import Metrics
from adapters.people import AllPeople
from adapters.sending import Sender
from adapters.storage import tables
from adapters.storage.case_store import CHANNEL, CaseStore
from adapters.storage.counts import Counts, RatingStore
from adapters.storage.database import DATABASE_ERRORS, KEEP_ALIVE, Database, why_away
from adapters.storage.history import History
from adapters.storage.outbox import Due, Outbox
from adapters.storage.places import StoredPlaces
from adapters.storage.proposals import Proposals
from bot.events import Address
from bot.growth.growing import Growing
from bot.handoff.case import Case, CaseEvent, Status
from bot.handoff.deliveries import Delivered, Kind
from bot.handoff.hand_off import HandOff
from bot.handoff.office import Office
from bot.ports import Clock, StoreError
from bot.replies import Reply
from bot.report.history import Month
from bot.report.report import Report, made

_TO_END = 2.0  # seconds for the query under way when the server stops
_EVERY = 5.0  # seconds between two looks at the terms
_log = structlog.get_logger()


class Cases:
    """Everything about cases that one server has; `senders` and `people` grow with each platform that is on."""

    def __init__(
        self,
        database: Database,
        source: KnowledgeSource,
        staff: StaffList,
        clock: Clock,
        metrics: Metrics,
        *,
        kept: Sequence[Retention],
        desk_people: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self.database = database
        self.clock = clock
        self._metrics = metrics
        self.people = AllPeople()
        self.senders: dict[str, Sender] = {}
        self._listeners: set[asyncio.Event] = set()
        self.outbox = Outbox(database)
        self.places = StoredPlaces(database, clock)
        self.store = CaseStore(database, clock, self._stored)
        self.proposals = Proposals(database)
        self.growth = Growth(source, self.proposals)
        self.counts = Counts(database, clock, source.engine().knowledge.organisation.hours.zone, metrics)
        self.ratings = RatingStore(database, clock, self.counts)
        self.office = Office(
            self.store,
            self.people,
            staff,
            clock,
            self.counts,
            lambda: source.engine().knowledge,
            source.reviewer,
            desk_people,
        )
        growing = Growing(self.office, self.proposals, source.engine, self.ratings.words, self.growth.decided)
        self.hand_off = HandOff(self.office, growing)
        self.eraser = Eraser(database, clock, kept)
        self.courier = Courier(
            self.outbox,
            self.store,
            self.senders,
            clock=clock,
            metrics=metrics,
            compose=self._compose,
            on_failure=self._failed,
            on_sent=self.tell_listeners,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._ending = asyncio.Event()

    async def context(self, _: web.Application) -> AsyncIterator[None]:
        """Bring the database up to date and work as long as the application does; raises `DatabaseError`."""
        await self.database.upgrade()
        if not self.database.seal.is_on:
            _log.warning(
                "texts and names are not encrypted on disk",
                remedy="protocolwijzer privacy new-key makes a key for PROTOCOLWIJZER_ENCRYPTION_KEY_FILE",
            )
        end_by_themselves = [self._start(self.courier.run()), self._start(self._watch_the_clock())]
        self._start(self.eraser.run())
        if self.database.is_postgres:
            self._start(self._listen())
        yield
        # a query that is cancelled leaves a thread behind, which finds no loop any more when it is done
        self.courier.stop()
        self._ending.set()
        await asyncio.wait(end_by_themselves, timeout=_TO_END)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.courier.settle()
        await self.database.close()

    @contextlib.contextmanager
    def changes(self) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever something was stored or delivered here."""
        changed = asyncio.Event()
        self._listeners.add(changed)
        try:
            yield changed
        finally:
            self._listeners.discard(changed)

    def tell_listeners(self) -> None:
        for changed in self._listeners:
            changed.set()

    def _compose(self, due: Due, case: Case, events: Sequence[CaseEvent], undelivered: Sequence[str]) -> Reply:
        now, viewer = self.clock.now(), due.person
        at_desk = not viewer or viewer in self.office.desk_people()
        return self.office.present.delivery(
            due.kind, case, events, due.version, undelivered, now=now, viewer=viewer, at_desk=at_desk
        )

    async def compose(self, number: int, version: int, kind: Kind, viewer: str) -> Reply | None:
        """Return the words of a delivery to `viewer` as they are now; nothing when its case was erased."""
        async with self.store.reading() as reading:
            case = await reading.case(number)
            if case is None:
                return None
            events = await reading.events(number)
            undelivered = await reading.undelivered(number) if kind == Kind.CARD else ()
        now, at_desk = self.clock.now(), viewer in self.office.desk_people()
        return self.office.present.delivery(
            kind, case, events, version, undelivered, now=now, viewer=viewer, at_desk=at_desk
        )

    async def latest(self) -> tuple[object, object]:
        """Return what differs once any case changed, and what does once anything is to be delivered or was."""
        with _store_errors():
            async with self.database.reading() as connection:
                step = (await connection.execute(select(func.max(tables.case_events.c.id)))).scalar()
                return step, await self.outbox.mark(connection)

    async def arrivals(self, platform: str, within: timedelta) -> Mapping[str, object]:
        """Return for each place where something arrived lately what differs once more did."""
        with _store_errors():
            return await self.outbox.arrivals(platform, self.clock.now() - within)

    async def delivered(self, address: Address, within: timedelta) -> Sequence[Delivered]:
        """Return what arrived at a place lately, oldest first."""
        with _store_errors():
            return await self.outbox.mailbox(address, self.clock.now() - within)

    async def report(self, month: Month) -> Report:
        """Return a month's report, with what was counted here until now; raises `StoreError`."""
        await self.counts.store()
        zone = self.office.knowledge().organisation.hours.zone
        return await made(month, History(self.database), zone, self.office.reviewer().nameless)

    def today(self) -> date:
        """Return the day, as the organisation's clock has it."""
        return self.clock.now().astimezone(ZoneInfo(self.office.knowledge().organisation.hours.zone)).date()

    async def measure(self) -> None:
        """Bring the gauges up to date; an unreachable database leaves them as they were."""
        with contextlib.suppress(*DATABASE_ERRORS):
            depth = await self.outbox.depth()
            self._metrics.waiting.set(depth.waiting)
            self._metrics.given_up.set(depth.given_up)
            self._metrics.oldest.set(_age(depth.oldest, self.clock.now()))
            counted = select(tables.cases.c.status, func.count()).group_by(tables.cases.c.status)
            async with self.database.reading() as connection:
                found = {row[0]: row[1] for row in await connection.execute(counted)}
            for status in Status:
                self._metrics.cases.labels(status).set(found.get(status, 0))

    async def is_healthy(self) -> bool:
        """Say whether the database answers and takes what is written."""
        try:
            async with self.store.writing() as writing:
                await writing.touch()
        except StoreError:
            return False
        return self.courier.healthy

    async def unreadable_key(self) -> str:
        """Return a key that texts are sealed with and this server does not have; empty when there seems to be none."""
        with _store_errors():
            return await self.database.unreadable_key()

    async def once(self) -> None:
        """Take the steps of the clock that are due; for the loop, and for tests with a clock of their own."""
        await self.hand_off.acting.on_time()

    def _stored(self) -> None:
        self.courier.wake()
        self.tell_listeners()

    async def _failed(self, due: Due) -> None:
        """Bring a manager's case to communications when the manager cannot be reached, and show what failed."""
        with contextlib.suppress(StoreError):
            if due.kind == Kind.CARD and due.person:
                await self.hand_off.acting.unreachable(due.case)
            await self.hand_off.acting.refresh(due.case, f"u{due.id}-{due.attempts}", due.lane)

    async def _watch_the_clock(self) -> None:
        while not self._ending.is_set():
            try:
                await self.once()
            except StoreError:
                _log.warning("the terms of cases wait for the database")
            except Exception as error:  # noqa: BLE001 (it goes on, whatever it was)
                _log.error("the clock stumbled", **failure(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await self._ending.wait()

    async def _listen(self) -> None:
        """Wake the courier when another server stored something; polling does, where this fails."""
        import psycopg  # noqa: PLC0415 (only with PostgreSQL)

        url = (
            self.database.url.set(drivername="postgresql")
            .update_query_dict({name: str(value) for name, value in KEEP_ALIVE.items()})
            .render_as_string(hide_password=False)
        )
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for _ in connection.notifies():
                        self._stored()
            except (psycopg.Error, OSError):
                await asyncio.sleep(1)

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.append(task)
        return task


@contextlib.contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except DATABASE_ERRORS as error:
        raise StoreError(why_away(error)) from None


def _age(oldest: datetime | None, now: datetime) -> float:
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
