"""An office on a real database, with people of our own: for tests of handing off."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from adapters.directory import StaffList
from adapters.storage.case_store import CaseStore
from adapters.storage.counts import Counts, RatingStore
from adapters.storage.database import Database
from adapters.storage.outbox import Outbox
from adapters.storage.proposals import Proposals
from adapters.storage.sealing import Seal
from bot.actions import Action
from bot.events import Address, Event, Person, Pressed, Said, Submitted
from bot.growth.growing import Growing
from bot.handoff.asking import Asked
from bot.handoff.case import Case, CaseEvent
from bot.handoff.hand_off import HandOff
from bot.handoff.office import Office
from bot.handoff.people import Profile
from bot.replies import Form, Heading, MarkedText, Paragraph, Reply
from tests.conftest import FakeClock, FakeTally

FATIMA, KAREL, JOKE, HENK, GAST = "fatima", "karel", "joke", "henk", "gast"
PATIENCE = 30.0  # seconds for one transaction: a busy machine must not look like a database that is away
NAMES = {FATIMA: "Fatima", KAREL: "Karel", JOKE: "Joke", HENK: "Henk", GAST: "Gast"}


def email(name: str) -> str:
    return f"{name}@unicoz.nl"


class FakePeople:
    """`ports.People`: everybody's address is known, Joke and Henk work at communications, Gast is a guest."""

    async def profile(self, person: Person, address: Address) -> Profile:
        return Profile(NAMES[person.account], email(person.account), guest=person.account == GAST)

    async def on_desk(self, person: Person, address: Address) -> bool:
        return person.account in (JOKE, HENK, GAST)

    async def forget(self) -> None:
        pass


@dataclass
class Talking:
    """Somebody does something and sees what comes of it."""

    hand_off: HandOff
    clock: FakeClock
    tally: FakeTally
    outbox: Outbox
    store: CaseStore
    proposals: Proposals
    numbers: count[int] = field(default_factory=count)

    def event(self, who: str, deed: Said | Pressed | Submitted, *, private: bool = True, key: str = "") -> Event:
        event_id = key or f"e{next(self.numbers)}"
        place = f"D-{who}" if private else "C-algemeen"
        return Event(event_id, Person(who, "nl"), Address("fake", place), deed, private, forms=True, reachable=True)

    async def press(
        self, who: str, action: str, value: str = "", asked: str = "", *, private: bool = True, key: str = ""
    ) -> Reply | Form | None:
        event = self.event(who, Pressed(action, value, "nl"), private=private, key=key)
        before = Asked(asked, "question", "nl") if asked else None
        return await self.hand_off.pressed(event, action, value, before)

    async def step(self, who: str, step: str, number: int = 1, *, key: str = "") -> Reply | Form | None:
        return await self.press(who, Action.CASE, f"{step} {number}", key=key)

    async def fill(self, who: str, form: Reply | Form | None, **values: str) -> Reply | Form | None:
        """Submit a form as it was shown, with these values changed."""
        assert isinstance(form, Form), said(form)
        filled = {one.name: one.value for one in form.fields} | values
        return await self.hand_off.submitted(self.event(who, Submitted(form.name, filled)), form.name, filled)

    async def hand_off_to(self, action: Action, text: str = "mag ik een klassenfoto plaatsen?", **values: str) -> Case:
        form = await self.press(FATIMA, action, "overweging-4", asked=text)
        sent = await self.fill(FATIMA, form, **values)
        assert sent is None, said(sent)
        return (await self.all())[-1]

    async def advise(self, who: str, text: str, number: int = 1) -> Reply | Form | None:
        preview = await self.fill(who, await self.step(who, "advise", number), text=text)
        return await self.fill(who, preview)

    async def words(self, who: str, step: str, text: str, number: int = 1) -> Reply | Form | None:
        return await self.fill(who, await self.step(who, step, number), text=text)

    async def case(self, number: int = 1) -> Case:
        async with self.store.reading() as reading:
            found = await reading.case(number)
        assert found
        return found

    async def events(self, number: int = 1) -> tuple[CaseEvent, ...]:
        async with self.store.reading() as reading:
            return await reading.events(number)

    async def all(self) -> list[Case]:
        from bot.handoff.case import Status

        async with self.store.reading() as reading:
            return sorted(await reading.cases(tuple(Status)), key=lambda case: case.number)

    async def copy_case(self, number: int, times: int) -> None:
        """Store a case that many times more, without its steps."""
        from sqlalchemy import insert, select

        from adapters.storage.tables import cases

        async with self.store._database.writer.begin() as connection:
            row = (await connection.execute(select(cases).where(cases.c.number == number))).one()._asdict()
            del row["number"]
            copies = [{**row, "opened_by": f"copy {next(self.numbers)}"} for _ in range(times)]
            await connection.execute(insert(cases), copies)

    async def told(self, *, since: int = 0) -> list[tuple[str, str]]:
        """Return what waits to be told, as (kind, to whom), in order; a place goes by its name."""
        return [(kind, to) for number, kind, to in await self._waiting() if number > since]

    async def _waiting(self) -> list[tuple[int, str, str]]:
        from sqlalchemy import select

        from adapters.storage.tables import deliveries

        async with self.store._database.reading() as connection:
            rows = (await connection.execute(select(deliveries).order_by(deliveries.c.id))).all()
        return [(row.id, row.kind, row.conversation or row.person) for row in rows]


@asynccontextmanager
async def office(
    url: str,
    engine: Callable[[], object],
    reviewer: Callable[[], object],
    staff: Mapping[str, tuple[str, str]] = {},
    clock: FakeClock | None = None,
    *,
    keys: Sequence[str] = (),
) -> AsyncIterator[Talking]:
    """Open an office on this database; `staff` has for an address its manager's and the school, `keys` encrypt."""
    clock, tally = clock or FakeClock(), FakeTally()
    database = Database(url, Seal(keys))
    await database.upgrade()
    store = CaseStore(database, clock, patience=PATIENCE)
    listed = StaffList({one: to for one, (to, _) in staff.items()}, {one: at for one, (_, at) in staff.items()})
    knowledge = lambda: engine().knowledge  # type: ignore[attr-defined]  # noqa: E731
    desk = Office(store, FakePeople(), listed, clock, tally, knowledge, reviewer)  # type: ignore[arg-type]
    proposals, ratings = Proposals(database), RatingStore(database, clock, Counts(database, clock, "UTC", tally))
    growing = Growing(desk, proposals, engine, ratings.words, lambda: None)  # type: ignore[arg-type]
    try:
        yield Talking(HandOff(desk, growing), clock, tally, Outbox(database), store, proposals)
    finally:
        await database.close()


def said(reply: Reply | Form | None) -> str:
    """Return the headings and paragraphs of a reply."""
    if reply is None:
        return ""
    texts = [part.text for part in reply.parts if isinstance(part, Heading | Paragraph)]
    return re.sub(r"\s+", " ", " ".join([reply.title, reply.explained, *texts] if isinstance(reply, Form) else texts))


def values_of(form: Reply | Form | None) -> dict[str, str]:
    """Return what stands in a form, by field."""
    assert isinstance(form, Form), said(form)
    return {one.name: one.value for one in form.fields}


def marked(form: Form, text: str) -> tuple[tuple[int, int], ...]:
    """Return what is marked in a text that a form shows above its fields."""
    return next(part.marks for part in form.parts if isinstance(part, MarkedText) and part.text == text)
