"""The outbox: deliveries taken under a lease, in the order of their lane, and what came of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Executable, Row, Update, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sending import HTTP_TIMEOUT
from adapters.storage.database import Database
from adapters.storage.tables import deliveries
from adapters.storage.taking import EDITED_BEFORE, MARK_TAKEN, PROBE, SEEN, SENT, TAKE, WAITING
from bot.events import Address
from bot.handoff.deliveries import EDITED, ONE_MESSAGE, Delivered, Kind

LEASE = timedelta(seconds=25)  # 15 s longer than an HTTP request may take
_LONGEST = 5.0  # seconds of one transaction


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that was taken. `may_have_been_sent`: an earlier try ended without an answer."""

    id: int
    key: str
    case: int
    version: int
    kind: Kind
    person: str
    address: Address | None  # None: not known yet where the person can be reached
    lane: str
    attempts: int  # this one counted
    was_blocked: bool  # somebody had to mend something before this try too
    created: datetime
    may_have_been_sent: bool
    edits: str  # the platform's id of the message to edit; empty for a new one


@dataclass(frozen=True, slots=True)
class Arrived:
    """A delivery that a platform took: where, when, and its id of the message."""

    due: Due
    address: Address
    message: str
    at: datetime

    @property
    def row(self) -> dict[str, Any]:
        return {
            "of_id": self.due.id,
            "of_attempts": self.due.attempts,
            "at_platform": self.address.platform,
            "at_conversation": self.address.conversation,
            "at_thread": self.address.thread,
            "as_message": self.message,
            "at": self.at,
        }


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits: how many, since when the oldest, and how many were given up."""

    waiting: int
    oldest: datetime | None
    given_up: int


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A delivery that needs somebody's attention."""

    case: int
    kind: str
    platform: str
    problem: str
    given_up: bool


def _of(due: Due) -> Update:
    """Return the change of a delivery that is still ours: a late answer must not overwrite another courier's."""
    mine = (deliveries.c.id == due.id, deliveries.c.attempts == due.attempts, deliveries.c.state == "sending")
    return update(deliveries).where(*mine)


class Outbox:
    """The deliveries of one database, for any number of couriers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(
        self,
        now: datetime,
        limit: int,
        without: Collection[str] = (),
        under_way: Collection[int] = (),
        arrived: Sequence[Arrived] = (),
    ) -> list[Due]:
        """Take what is due, urgent ones first, and mark it as perhaps sent, in one transaction.

        Only the first of each lane: what came earlier in a lane is told earlier, but an edit that somebody must mend
        holds up nothing. `without` names platforms. `under_way` are those that this courier is sending, whatever the
        clock says of their lease. What `arrived` is recorded in the same transaction, before.
        """
        values = {"now": now, "room": limit, "without": list(without), "under_way": list(under_way)}
        return await self._take(TAKE, values, arrived)

    async def probe(self, now: datetime, only: str, under_way: Collection[int] = ()) -> list[Due]:
        """Take the one delivery to a platform that was tried least, to see whether that platform works again."""
        return await self._take(PROBE, {"now": now, "only": only, "under_way": list(under_way)})

    async def record(self, arrived: Sequence[Arrived]) -> None:
        """Record what arrived, where, and the platform's id of it."""
        async with self._transaction() as connection:
            await connection.execute(SENT, [one.row for one in arrived])

    async def _take(self, which: Executable, values: Mapping[str, Any], arrived: Sequence[Arrived] = ()) -> list[Due]:
        async with self._transaction() as connection:
            if arrived:
                await connection.execute(SENT, [one.row for one in arrived])
            rows = (await connection.execute(which, values)).all()
            if not rows:
                return []
            marked = {"taken": [row.id for row in rows], "until": values["now"] + LEASE}
            await connection.execute(MARK_TAKEN, marked)
            return [await self._due(connection, row) for row in rows]

    async def _due(self, connection: Any, row: Row[Any]) -> Due:
        address = Address(row.platform, row.conversation, row.thread) if row.platform else None
        edits = ""
        if row.kind in EDITED and (row.version > 1 or row.kind == Kind.HANDED_ON):
            kinds = ONE_MESSAGE.get(Kind(row.kind), (row.kind,))
            before = await connection.execute(EDITED_BEFORE, {"in_lane": row.lane, "kinds": list(kinds)})
            if known := before.first():
                edits = known.message
                address = Address(known.platform, known.conversation, known.thread)
        if address is None and (account := (await connection.execute(SEEN, {"who": row.person})).first()):
            address = Address(account.platform, account.conversation, account.thread)
        return Due(
            row.id,
            row.key,
            row.number,
            row.version,
            Kind(row.kind),
            row.person,
            address,
            row.lane,
            row.attempts + 1,
            row.blocked,
            row.created,
            row.state != "due",
            edits,
        )

    async def later(self, due: Due, at: datetime, problem: str, *, blocked: bool = False) -> None:
        """Record that it was certainly not sent; it is tried again at that moment."""
        await self._set(due, state="due", due_at=at, problem=problem, blocked=blocked, lease_until=None)

    async def unknown(self, due: Due, at: datetime, problem: str) -> None:
        """Record that nobody knows whether it was sent; it is looked up at that moment, the earliest."""
        await self._set(due, state="unknown", due_at=at, problem=problem, lease_until=None)

    async def give_up(self, due: Due, problem: str) -> bool:
        """Record that it is not tried any more; say whether it is the first of its lane."""
        before = select(func.count()).where(deliveries.c.lane == due.lane, deliveries.c.state == "given-up")
        async with self._transaction() as connection:
            known: int = (await connection.execute(before)).scalar_one()
            await connection.execute(_of(due).values(state="given-up", problem=problem, lease_until=None))
        return known == 0

    async def located(self, due: Due, address: Address, until: datetime) -> None:
        """Record where somebody was found, and hold it for another while."""
        place = {"platform": address.platform, "conversation": address.conversation, "thread": address.thread}
        await self._set(due, lease_until=until, **place)

    async def _set(self, due: Due, **values: Any) -> None:
        async with self._transaction() as connection:
            await connection.execute(_of(due).values(**values))

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction that ends in time, also where the network swallows what it is sent."""
        async with asyncio.timeout(_LONGEST), self._database.writer.begin() as connection:
            yield connection

    async def after_a_start(self, now: datetime) -> None:
        """Shorten the leases that a server of before left: with SQLite nobody else can hold one.

        A request of it may still be arriving, so they last as long as one.
        """
        if not self._database.is_postgres:
            async with self._transaction() as connection:
                made = update(deliveries).where(deliveries.c.state == "sending")
                await connection.execute(made.values(lease_until=now + HTTP_TIMEOUT))

    async def next_moment(self) -> datetime | None:
        """Return when the next delivery is due or the next lease ends."""
        moment = func.min(func.coalesce(deliveries.c.lease_until, deliveries.c.due_at))
        async with self._database.reading() as connection:
            query = select(moment).where(deliveries.c.state.in_(WAITING))
            found: datetime | None = (await connection.execute(query)).scalar()
            return found

    async def depth(self) -> Depth:
        waiting = deliveries.c.state.in_(WAITING)
        async with self._database.reading() as connection:
            counted = (
                await connection.execute(select(func.count(), func.min(deliveries.c.created)).where(waiting))
            ).one()
            lost = select(func.count()).where(deliveries.c.state == "given-up")
            return Depth(counted[0], counted[1], (await connection.execute(lost)).scalar_one())

    async def undelivered(self, limit: int = 50) -> list[Undelivered]:
        """Return what was given up, or waits for somebody to mend something."""
        failed = or_(deliveries.c.state == "given-up", and_(deliveries.c.blocked, deliveries.c.state != "sent"))
        async with self._database.reading() as connection:
            rows = await connection.execute(select(deliveries).where(failed).order_by(deliveries.c.id).limit(limit))
            return [
                Undelivered(row.number, row.kind, row.platform, row.problem, row.state == "given-up") for row in rows
            ]

    async def mailbox(self, address: Address, since: datetime) -> list[Delivered]:
        """Return what was delivered to a place since then, oldest first."""
        here = (deliveries.c.platform == address.platform, deliveries.c.conversation == address.conversation)
        query = select(deliveries).where(*here, deliveries.c.state == "sent", deliveries.c.sent_at > since)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(deliveries.c.sent_at, deliveries.c.id))
            return [Delivered(row.id, row.message, row.number, row.version, Kind(row.kind)) for row in rows]

    async def mark(self, connection: AsyncConnection) -> object:
        """Return what differs once anything is to be delivered or no longer is; cheap however much was delivered."""
        newest = select(func.max(deliveries.c.id)).scalar_subquery()
        waiting = select(newest, func.count(), func.sum(deliveries.c.id)).where(deliveries.c.state.in_(WAITING))
        return tuple((await connection.execute(waiting)).one())

    async def arrivals(self, platform: str, since: datetime) -> dict[str, object]:
        """Return for each place where something was delivered since then how often and when last."""
        one = deliveries.c
        query = select(one.conversation, func.count(), func.max(one.sent_at))
        query = query.where(one.platform == platform, one.sent_at > since).group_by(one.conversation)
        async with self._database.reading() as connection:
            return {row[0]: (row[1], row[2]) for row in await connection.execute(query)}
