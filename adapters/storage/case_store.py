"""`ports.CaseStore` on the database: a case, its steps, its deliveries and the incoming key in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage import persons
from adapters.storage.database import DATABASE_ERRORS, Database, why_away
from adapters.storage.rows import case_in, columns, delivery_columns, event_in
from adapters.storage.statements import statements
from adapters.storage.tables import accounts, case_events, cases, chosen_managers, deliveries, desks
from bot.events import Address
from bot.handoff.case import OPEN, Case, CaseEvent, Party, Status
from bot.handoff.deliveries import EDITED, Delivery
from bot.handoff.holdings import Held
from bot.handoff.people import Account
from bot.ports import ChangedMeanwhileError, Clock, StoreError

LONGEST_TRANSACTION = 2.0  # seconds until the person hears that it did not work; Slack waits for three
_ALL = 100_000  # cases of one person
CHANNEL = "protocolwijzer"  # of PostgreSQL's NOTIFY: there is something to deliver


class CaseStore:
    """Cases in SQLite or PostgreSQL. `stored` is called after every transaction that was stored.

    `patience` in seconds is how long a transaction may take: a command can wait longer than a person in a chat.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        stored: Callable[[], None] = lambda: None,
        *,
        patience: float = LONGEST_TRANSACTION,
    ) -> None:
        self._patience = patience
        self._database = database
        self._clock = clock
        self._stored = stored

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        async with in_time(self._patience), self._database.reader.connect() as connection:
            yield Reading(connection)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Writing]:
        async with in_time(self._patience), self._database.writer.begin() as connection:
            writing = Writing(connection, self._clock, is_postgres=self._database.is_postgres)
            yield writing
        if writing.erased:
            with suppress(*DATABASE_ERRORS):  # it is erased; the files follow later
                await self._database.leave_no_trace()
        self._stored()


@asynccontextmanager
async def in_time(patience: float = LONGEST_TRANSACTION) -> AsyncIterator[None]:
    """Turn what goes wrong with the database, or takes longer than `patience` in seconds, into `StoreError`."""
    try:
        async with asyncio.timeout(patience):
            yield
    except TimeoutError:
        raise StoreError("The database took too long.") from None
    except DATABASE_ERRORS as error:
        raise StoreError(why_away(error)) from None


# built once, as the statements of writing are
_CASE = select(cases).where(cases.c.number == bindparam("case"))
_CASE_TO_CHANGE = _CASE.with_for_update()  # SQLite has no such lock and needs none: it has one writer
_EVENTS = select(case_events).where(case_events.c.number == bindparam("case")).order_by(case_events.c.version)
_UNDELIVERED = (
    select(deliveries.c.problem)
    .where(deliveries.c.number == bindparam("case"))
    .where(or_(deliveries.c.state == "given-up", deliveries.c.blocked & (deliveries.c.state != "sent")))
    .distinct()
    .order_by(deliveries.c.problem)
)
_DESKS = select(desks).order_by(desks.c.platform, desks.c.conversation)


class Reading:
    """`ports.Reading` over one connection."""

    _one = _CASE

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def case(self, number: int) -> Case | None:
        row = (await self._connection.execute(self._one, {"case": number})).first()
        return case_in(row) if row else None

    async def events(self, number: int) -> tuple[CaseEvent, ...]:
        return tuple(event_in(row) for row in await self._connection.execute(_EVENTS, {"case": number}))

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
            found += [case_in(row) for row in await self._connection.execute(query.limit(limit))]
        return tuple(found)

    async def due(self, now: datetime, limit: int) -> tuple[int, ...]:
        query = select(cases.c.number).where(or_(cases.c.remind_at <= now, cases.c.escalate_at <= now))
        rows = await self._connection.execute(query.order_by(cases.c.urgent.desc(), cases.c.number).limit(limit))
        return tuple(row.number for row in rows)

    async def undelivered(self, number: int) -> tuple[str, ...]:
        return tuple(row.problem for row in await self._connection.execute(_UNDELIVERED, {"case": number}))

    async def chosen_manager(self, person: str) -> Party | None:
        query = select(chosen_managers).where(chosen_managers.c.person == person)
        row = (await self._connection.execute(query)).first()
        return Party(row.manager, row.manager_name) if row else None

    async def account_of(self, person: str) -> Account | None:
        query = select(accounts).where(accounts.c.person == person).order_by(accounts.c.seen_at.desc()).limit(1)
        row = (await self._connection.execute(query)).first()
        return persons.account_of(row) if row else None

    async def held(self, person: str) -> Held:
        own = await self.cases(tuple(Status), asker=person, limit=_ALL)
        steps: dict[int, list[CaseEvent]] = {case.number: [] for case in own}
        for row in await self._connection.execute(persons.steps_in_own(person)):
            steps[row.number].append(event_in(row))
        return Held(
            await persons.seen_accounts(self._connection, person),
            await persons.chats(self._connection, person),
            await self.chosen_manager(person),
            await persons.chosen_by(self._connection, person),
            tuple((case, tuple(steps[case.number])) for case in own),
            tuple(case_in(row) for row in await self._connection.execute(persons.answering(person))),
            tuple(event_in(row) for row in await self._connection.execute(persons.steps_elsewhere(person))),
            await persons.told(self._connection, person),
            await persons.decided(self._connection, person),
        )

    async def open_with(self, person: str) -> tuple[Case, ...]:
        return tuple(case_in(row) for row in await self._connection.execute(persons.open_with(person)))

    async def desks(self) -> tuple[Address, ...]:
        rows = await self._connection.execute(_DESKS)
        return tuple(Address(row.platform, row.conversation) for row in rows)

    async def case_of(self, key: str) -> int:
        row = (await self._connection.execute(select(cases.c.number).where(cases.c.opened_by == key))).first()
        return row.number if row else 0


class Writing(Reading):
    """`ports.Writing` over one transaction."""

    _one = _CASE_TO_CHANGE

    def __init__(self, connection: AsyncConnection, clock: Clock, *, is_postgres: bool) -> None:
        super().__init__(connection)
        self.erased = False
        self._now = clock.now
        self._is_postgres = is_postgres
        self._made = statements(is_postgres=is_postgres)

    async def first(self, key: str) -> bool:
        return (await self._connection.execute(self._made.first, {"key": key, "at": self._now()})).first() is not None

    async def touch(self) -> None:
        """Write something, to see whether there is room."""
        await self._connection.execute(self._made.touch, {"key": "health", "at": self._now()})

    async def open(self, case: Case, key: str) -> Case | None:
        row = (await self._connection.execute(self._made.open, {"opened_by": key, **columns(case)})).first()
        return replace(case, number=row.number) if row else None

    async def save(self, before: Case, after: Case) -> None:
        unchanged = {"of_number": before.number, "of_version": before.version}
        if (await self._connection.execute(self._made.save, {**unchanged, **columns(after)})).first() is None:
            raise ChangedMeanwhileError

    async def record(self, event: CaseEvent) -> None:
        values = {
            "number": event.number,
            "version": event.version,
            "at": event.at,
            "by": event.by.id,
            "by_name": event.by.name,
            "step": event.step,
            "text": event.text,
            "sections": ",".join(event.sections),
        }
        await self._connection.execute(self._made.record, values)

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
        await self._connection.execute(self._made.deliver, [delivery_columns(delivery, now) for delivery in told])
        if self._is_postgres:
            await self._connection.execute(text(f"NOTIFY {CHANNEL}"))

    async def seen(self, account: Account) -> None:
        values = {
            "platform": account.platform,
            "account": account.account,
            "person": account.person,
            "name": account.name,
            "conversation": account.address.conversation,
            "thread": account.address.thread,
            "language": account.language or "",
            "seen_at": self._now(),
        }
        await self._connection.execute(self._made.seen, values)

    async def choose_manager(self, person: str, manager: Party) -> None:
        values = {"person": person, "manager": manager.id, "manager_name": manager.name}
        await self._connection.execute(self._made.choose, values)

    async def erase(self, person: str) -> tuple[Case, ...]:
        # in the order of their numbers, so that two who are forgotten at once never wait for each other
        locked = (await self._connection.execute(persons.touching(person).with_for_update())).all()
        await persons.erase(self._connection, person)
        self.erased = True
        numbers = [row.number for row in locked]
        again = select(cases).where(cases.c.number.in_(numbers)).order_by(cases.c.number)
        return tuple(case_in(row) for row in await self._connection.execute(again))

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
