"""What a report is made of, as the database remembers it: counts, cases and ratings. No person anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from typing import Protocol as Port
from zoneinfo import ZoneInfo

from bot.events import Language

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_EARLIEST, _LATEST = 2000, 2099  # years before and after any of this


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar, as the organisation's clock has it."""

    first: date

    @classmethod
    def named(cls, name: str) -> Month:
        """Return the month with a name such as 2026-11; raises `ValueError`."""
        found = _MONTH.fullmatch(name)
        if not found or not _EARLIEST <= int(found[1]) <= _LATEST:
            raise ValueError(f"'{name}' is no month between {_EARLIEST}-01 and {_LATEST}-12. Write it as 2026-11.")
        return cls(date(int(found[1]), int(found[2]), 1))

    @property
    def after(self) -> Month:
        return Month((self.first + timedelta(days=31)).replace(day=1))

    @property
    def before(self) -> Month:
        return Month((self.first - timedelta(days=1)).replace(day=1))

    def bounds(self, zone: str) -> tuple[datetime, datetime]:
        """Return its beginning and its end (no longer in it), in UTC."""
        starts = (datetime.combine(one.first, time(), ZoneInfo(zone)) for one in (self, self.after))
        begin, end = (start.astimezone(UTC) for start in starts)
        return begin, end

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


class Tallied(NamedTuple):
    """A daily count: how often a question, review, rating or step of this description occurred."""

    day: date
    kind: str  # question, review, helped, not-helped, step
    route: str  # of a review the verdict, of a step its name
    section: str
    language: str
    certain: bool
    times: int


class Handled(NamedTuple):
    """A case, without who asked: when it came, was first taken up and first answered."""

    number: int
    is_question: bool
    text: str
    created: datetime
    claimed: datetime | None
    advised: datetime | None


class Rated(NamedTuple):
    """A rating; `text` is empty unless somebody added one."""

    id: int
    helped: bool
    language: Language
    route: str
    section: str
    situation: str
    certain: bool
    fingerprint: str
    text: str


class History(Port):
    """Looks up what happened. Everything may raise `ports.StoreError`."""

    async def counts(self, first: date, after: date) -> Sequence[Tallied]:
        """Return the counts of these days, the last one left out."""
        ...

    async def handled(self, begin: datetime, end: datetime) -> Sequence[Handled]:
        """Return the cases that came in between, oldest first; those that were erased since are gone."""
        ...

    async def rated(self, begin: datetime, end: datetime) -> Sequence[Rated]:
        """Return the ratings in between, oldest first; those that were erased since are gone."""
        ...

    async def open_cases(self) -> int:
        """Return how many cases are open now."""
        ...
