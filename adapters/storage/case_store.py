"""`ports.CaseStore` on the database: a case, its steps, its deliveries and the incoming key in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, delete, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.database import DATABASE_ERRORS, Database
from adapters.storage.tables import accounts, case_events, cases, chosen_managers, deliveries, desks, incoming
from bot.events import Address
from bot.handoff.case import OPEN, Case, CaseEvent, Party, Status, Step
from bot.handoff.deliveries import EDITED, Delivery
from bot.handoff.people import Account
from bot.ports import ChangedMeanwhileError, Clock, StoreError

LONGEST_TRANSACTION = 2.0  # seconds until the person hears that it did not work; Slack waits for three
CHANNEL = "protocolwijzer"  # of PostgreSQL's NOTIFY: there is something to deliver


class CaseStore:
    """Cases in SQLite or PostgreSQL. `stored` is called after every transaction that was stored."""

    def __init__(self, database: Database, clock: Clock, stored: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._clock = clock
        self._stored = stored

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        async with in_time(), self._database.reader.connect() as connection:
            yield Reading(connection)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Writing]:
        async with in_time(), self._database.writer.begin() as connection:
            writing = Writing(connection, self._clock, is_postgres=self._database.is_postgres)
            yield writing
        self._stored()


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """Turn what goes wrong with the database, or takes too long, into `StoreError`."""
    try:
        async with asyncio.timeout(LONGEST_TRANSACTION):
            yield
    except TimeoutError:
        raise StoreError("The database took too long.") from None
    except DATABASE_ERRORS as error:
        raise StoreError(f"The database is away: {type(error).__name__}.") from None


class Reading:
    """`ports.Reading` over one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def case(self, number: int) -> Case | None:
        row = (await self._connection.execute(self._one(number))).first()
        return _case(row) if row else None

    def _one(self, number: int) -> Select[Any]:
        return select(cases).where(cases.c.number == number)

    async def events(self, number: int) -> tuple[CaseEvent, ...]:
        query = select(case_events).where(case_events.c.number == number).order_by(case_events.c.version)
        return tuple(_event(row) for row in await self._connection.execute(query))

    async def cases(
        self, statuses: Sequence[Status], *, asker: str = "", manager: str = "", limit: int = 2000
    ) -> tuple[Case, ...]:
        found: list[Case] = []
        still_open = [status for status in statuses if status in OPEN]
        ended = [status for status in statuses if status not in OPEN]
        for some, order in (
            (still_open, (cases.c.urgent.desc(), cases.c.number)),
            (ended, (cases.c.number.desc(),)),
        ):
            if not some:
                continue
            query = select(cases).where(cases.c.status.in_(some), *_of(asker, manager)).order_by(*order)
            found += [_case(row) for row in await self._connection.execute(query.limit(limit))]
        return tuple(found)

    async def due(self, now: datetime, limit: int) -> tuple[int, ...]:
        query = select(cases.c.number).where(or_(cases.c.remind_at <= now, cases.c.escalate_at <= now))
        rows = await self._connection.execute(query.order_by(cases.c.urgent.desc(), cases.c.number).limit(limit))
        return tuple(row.number for row in rows)

    async def undelivered(self, number: int) -> tuple[str, ...]:
        mine = deliveries.c.number == number
        failed = or_(deliveries.c.state == "given-up", deliveries.c.blocked & (deliveries.c.state != "sent"))
        query = select(deliveries.c.problem).where(mine, failed).distinct().order_by(deliveries.c.problem)
        return tuple(row.problem for row in await self._connection.execute(query))

    async def chosen_manager(self, person: str) -> Party | None:
        query = select(chosen_managers).where(chosen_managers.c.person == person)
        row = (await self._connection.execute(query)).first()
        return Party(row.manager, row.manager_name) if row else None

    async def account_of(self, person: str) -> Account | None:
        query = select(accounts).where(accounts.c.person == person).order_by(accounts.c.seen_at.desc()).limit(1)
        row = (await self._connection.execute(query)).first()
        return _account(row) if row else None

    async def desks(self) -> tuple[Address, ...]:
        rows = await self._connection.execute(select(desks).order_by(desks.c.platform, desks.c.conversation))
        return tuple(Address(row.platform, row.conversation) for row in rows)

    async def case_of(self, key: str) -> int:
        row = (await self._connection.execute(select(cases.c.number).where(cases.c.opened_by == key))).first()
        return row.number if row else 0


class Writing(Reading):
    """`ports.Writing` over one transaction."""

    def __init__(self, connection: AsyncConnection, clock: Clock, *, is_postgres: bool) -> None:
        super().__init__(connection)
        self._now = clock.now
        self._is_postgres = is_postgres
        self._insert: Callable[[Table], Any] = postgresql.insert if is_postgres else sqlite.insert

    def _one(self, number: int) -> Select[Any]:
        return super()._one(number).with_for_update()  # SQLite has no such lock and needs none: it has one writer

    async def first(self, key: str) -> bool:
        # rowcount is -1 after ON CONFLICT DO NOTHING with psycopg: only what comes back tells
        made = self._insert(incoming).values(key=key, at=self._now()).on_conflict_do_nothing().returning(incoming.c.key)
        return (await self._connection.execute(made)).first() is not None

    async def touch(self) -> None:
        """Write something, to see whether there is room."""
        made = self._insert(incoming).values(key="health", at=self._now())
        await self._connection.execute(made.on_conflict_do_update(index_elements=["key"], set_={"at": self._now()}))

    async def open(self, case: Case, key: str) -> Case:
        made = insert(cases).values(opened_by=key, **_columns(case)).returning(cases.c.number)
        number = (await self._connection.execute(made)).scalar_one()
        return replace(case, number=number)

    async def save(self, before: Case, after: Case) -> None:
        unchanged = (cases.c.number == before.number, cases.c.version == before.version)
        made = update(cases).where(*unchanged).values(**_columns(after)).returning(cases.c.number)
        if (await self._connection.execute(made)).first() is None:
            raise ChangedMeanwhileError

    async def record(self, event: CaseEvent) -> None:
        await self._connection.execute(
            insert(case_events).values(
                number=event.number,
                version=event.version,
                at=event.at,
                by=event.by.id,
                by_name=event.by.name,
                step=event.step,
                text=event.text,
                sections=",".join(event.sections),
            )
        )

    async def deliver(self, told: Sequence[Delivery]) -> None:
        if not told:
            return
        now = self._now()
        # a card that waits says the newest when it is sent: one is enough
        edits = [delivery.lane for delivery in told if delivery.kind in EDITED]
        overtaken = (
            deliveries.c.lane.in_(edits),
            deliveries.c.kind.in_(EDITED),
            deliveries.c.state == "due",
            deliveries.c.attempts == 0,
        )
        if edits and told[0].version > 1:
            await self._connection.execute(delete(deliveries).where(*overtaken))
        await self._connection.execute(insert(deliveries), [_delivery_row(delivery, now) for delivery in told])
        if self._is_postgres:
            await self._connection.execute(text(f"NOTIFY {CHANNEL}"))

    async def seen(self, account: Account) -> None:
        values = {
            "person": account.person,
            "name": account.name,
            "conversation": account.address.conversation,
            "thread": account.address.thread,
            "language": account.language or "",
            "seen_at": self._now(),
        }
        made = self._insert(accounts).values(platform=account.platform, account=account.account, **values)
        await self._connection.execute(made.on_conflict_do_update(index_elements=["platform", "account"], set_=values))

    async def choose_manager(self, person: str, manager: Party) -> None:
        values = {"manager": manager.id, "manager_name": manager.name}
        made = self._insert(chosen_managers).values(person=person, **values)
        await self._connection.execute(made.on_conflict_do_update(index_elements=["person"], set_=values))

    async def set_desk(self, address: Address) -> None:
        await self._connection.execute(delete(desks).where(desks.c.platform == address.platform))
        made = insert(desks).values(platform=address.platform, conversation=address.conversation)
        await self._connection.execute(made)


def _of(asker: str, manager: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asker:
        conditions.append(cases.c.asker == asker)
    if manager:
        conditions.append(or_(cases.c.manager == manager, cases.c.escalated))
    return conditions


def _columns(case: Case) -> dict[str, Any]:
    return {
        "asker": case.asker.id,
        "asker_name": case.asker.name,
        "school": case.school,
        "platform": case.asked_at.platform,
        "conversation": case.asked_at.conversation,
        "thread": case.asked_at.thread,
        "private": case.private,
        "language": case.language,
        "kind": case.kind,
        "text": case.text,
        "note": case.note,
        "sections": ",".join(case.sections),
        "unnamed": case.unnamed,
        "urgent": case.urgent,
        "fingerprint": case.fingerprint,
        "handler": case.handler,
        "manager": case.manager.id if case.manager else None,
        "manager_name": case.manager.name if case.manager else None,
        "at_desk": case.at_desk,
        "created": case.created,
        "changed": case.changed,
        "status": case.status,
        "claimer": case.claimed_by.id if case.claimed_by else None,
        "claimer_name": case.claimed_by.name if case.claimed_by else None,
        "escalated": case.escalated,
        "version": case.version,
        "remind_at": case.remind_at,
        "escalate_at": case.escalate_at,
    }


def _case(row: Row[Any]) -> Case:
    return Case(
        number=row.number,
        asker=Party(row.asker, row.asker_name),
        school=row.school,
        asked_at=Address(row.platform, row.conversation, row.thread),
        private=row.private,
        language=row.language,
        kind=row.kind,
        text=row.text,
        note=row.note,
        sections=_split(row.sections),
        unnamed=row.unnamed,
        urgent=row.urgent,
        fingerprint=row.fingerprint,
        handler=row.handler,
        manager=Party(row.manager, row.manager_name or "") if row.manager else None,
        at_desk=row.at_desk,
        created=row.created,
        changed=row.changed,
        status=Status(row.status),
        claimed_by=Party(row.claimer, row.claimer_name or "") if row.claimer else None,
        escalated=row.escalated,
        version=row.version,
        remind_at=row.remind_at,
        escalate_at=row.escalate_at,
    )


def _event(row: Row[Any]) -> CaseEvent:
    by = Party(row.by, row.by_name)
    return CaseEvent(row.number, row.version, row.at, by, Step(row.step), row.text, _split(row.sections))


def _account(row: Row[Any]) -> Account:
    address = Address(row.platform, row.conversation, row.thread)
    return Account(row.platform, row.account, row.person, row.name, address, row.language or None)


def _delivery_row(delivery: Delivery, now: datetime) -> dict[str, Any]:
    address = delivery.to.address or Address("", "")
    return {
        "key": delivery.key,
        "number": delivery.case,
        "version": delivery.version,
        "lane": delivery.lane,
        "kind": delivery.kind,
        "person": delivery.to.person,
        "platform": address.platform,
        "conversation": address.conversation,
        "thread": address.thread,
        "urgent": delivery.urgent,
        "state": "due",
        "due_at": now,
        "attempts": 0,
        "message": "",
        "problem": "",
        "blocked": False,
        "created": now,
    }


def _split(joined: str) -> tuple[str, ...]:
    return tuple(name for name in joined.split(",") if name)
