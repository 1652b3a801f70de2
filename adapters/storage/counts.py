"""Daily counts and ratings: gathered in memory, stored in batches, never in the way of an answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from adapters.failures import failure
from adapters.storage.case_store import in_time
from adapters.storage.database import Database
from adapters.storage.tables import counts, feedback
from bot.ports import Clock, StoreError, Tally
from bot.rating import Rating

_EVERY = 20.0  # seconds between two batches: what a crash can lose at most
_MOST = 10_000  # ratings that wait for a database that is away; more are dropped
_log = structlog.get_logger()


class Counted(NamedTuple):
    """What is counted together; `route` is a review's verdict, or a step's name."""

    day: date
    kind: str  # question, review, helped, not-helped, step
    route: str = ""
    section: str = ""
    language: str = ""
    certain: bool = True


class Counts:
    """`ports.Tally` that counts for the report and passes all on to the operators' tally.

    A crash loses the batch of the last twenty seconds; a database that is away gets it later.
    """

    def __init__(self, database: Database, clock: Clock, zone: str, onward: Tally) -> None:
        self._database = database
        self._clock = clock
        self._zone = ZoneInfo(zone)
        self._onward = onward
        self._counted: Counter[Counted] = Counter()
        self._rated: list[dict[str, Any]] = []

    def answered(self, route: str, language: str, certain: bool, seconds: float, section: str = "") -> None:
        self._count("question", route, section, language, certain)
        self._onward.answered(route, language, certain, seconds, section)

    def reviewed(self, verdict: str, language: str, rules: Sequence[str], seconds: float) -> None:
        self._count("review", verdict, "", language)
        self._onward.reviewed(verdict, language, rules, seconds)

    def disputed(self, rule: str) -> None:
        self._onward.disputed(rule)

    def stepped(self, step: str, handler: str, section: str = "", language: str = "") -> None:
        self._count("step", step, section, language)
        self._onward.stepped(step, handler, section, language)

    def refused_step(self, step: str, why: str) -> None:
        self._onward.refused_step(step, why)

    def rated(self, helped: bool, route: str, section: str) -> None:
        self._onward.rated(helped, route, section)

    def take(self, rating: Rating) -> None:
        """Take a rating: it counts, and it is kept by itself for as long as ratings are."""
        self._count("helped" if rating.helped else "not-helped", rating.route, rating.section, rating.language)
        if len(self._rated) < _MOST:
            self._rated.append(row_of(rating, self._clock.now()))

    def _count(self, kind: str, route: str, section: str, language: str, certain: bool = True) -> None:
        day = self._clock.now().astimezone(self._zone).date()
        self._counted[Counted(day, kind, route, section, language, certain)] += 1

    async def context(self, _: object) -> AsyncIterator[None]:
        """Store a batch every so often as long as the server runs, and the last one when it stops."""
        task = asyncio.get_running_loop().create_task(self._storing())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with contextlib.suppress(StoreError):
            await self.store()

    async def _storing(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            try:
                await self.store()
            except StoreError:
                _log.warning("the counts wait for the database")
            except Exception as error:  # noqa: BLE001 (it goes on, whatever it was)
                _log.error("counting stumbled", **failure(error))

    async def store(self) -> None:
        """Store what was counted since the last batch; raises `StoreError` and keeps it when that fails."""
        if not self._counted and not self._rated:
            return
        counted, rated = self._counted, self._rated
        self._counted, self._rated = Counter(), []
        try:
            async with in_time(), self._database.writer.begin() as connection:
                if counted:
                    rows = [{**one._asdict(), "count": times} for one, times in sorted(counted.items())]
                    made = self._database.insert(counts)
                    key = [column.name for column in counts.primary_key]
                    added = made.on_conflict_do_update(
                        index_elements=key, set_={"count": counts.c["count"] + made.excluded["count"]}
                    )
                    await connection.execute(added, rows)
                if rated:
                    await connection.execute(self._database.insert(feedback).on_conflict_do_nothing(), rated)
        except BaseException:
            self._counted.update(counted)
            self._rated = [*rated, *self._rated][:_MOST]
            raise


class RatingStore:
    """`rating.RatingStore` beside the counts: they share the batch."""

    def __init__(self, database: Database, clock: Clock, counts: Counts) -> None:
        self._database = database
        self._clock = clock
        self._counts = counts

    def rated(self, rating: Rating) -> None:
        self._counts.take(rating)

    async def words(self, number: int) -> str:
        """Return the words that came with a rating; empty when it has none, or is there no more."""
        query = select(feedback.c.text).where(feedback.c.id == number)
        async with in_time(), self._database.reader.connect() as connection:
            return (await connection.execute(query)).scalar() or ""

    async def missed(self, rating: Rating, text: str) -> None:
        row = row_of(rating, self._clock.now(), text)
        made = self._database.insert(feedback).values(**row)
        async with in_time(), self._database.writer.begin() as connection:
            await connection.execute(made.on_conflict_do_update(index_elements=["key"], set_={"text": text}))


def row_of(rating: Rating, at: datetime, text: str = "") -> dict[str, Any]:
    return {**asdict(rating), "at": at, "text": text}
