"""Erases what has been kept for long enough, once a day, on any number of servers at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Delete, delete, func, text

from adapters.failures import failure
from adapters.settings import Settings
from adapters.storage.database import DATABASE_ERRORS, Database
from adapters.storage.tables import cases, feedback, incoming, proposals
from bot.growth.proposal import State
from bot.handoff.case import OPEN
from bot.ports import Clock

_EVERY = timedelta(days=1)
_LOOK = 60.0  # seconds between two looks at the clock, and at what the files still hold
_LOCK = 7_702_511  # any number of our own: PostgreSQL's lock for erasing
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Retention:
    """One kind of thing, how many days it is kept, and what erases all that is older than a moment."""

    kind: str  # as the log and the record of processing call it
    days: int
    erase: Callable[[datetime], Delete]


def kept_for(settings: Settings) -> tuple[Retention, ...]:
    """Return what is kept for how long; a new kind is one more entry."""
    return (
        # its steps and deliveries go with it (ON DELETE CASCADE)
        Retention(
            "cases",
            settings.keep_cases,
            lambda before: delete(cases).where(cases.c.status.not_in(OPEN), cases.c.changed < before),
        ),
        Retention("feedback", settings.keep_feedback, lambda before: delete(feedback).where(feedback.c.at < before)),
        # what is approved is knowledge, and what waits is somebody's to decide; what was withdrawn because who proposed
        # it was forgotten was decided by nobody
        Retention(
            "proposals",
            settings.keep_proposals,
            lambda before: delete(proposals).where(
                proposals.c.state.in_((State.REJECTED, State.WITHDRAWN)),
                func.coalesce(proposals.c.decided_at, proposals.c.proposed_at) < before,
            ),
        ),
        Retention("event-ids", settings.keep_event_ids, lambda before: delete(incoming).where(incoming.c.at < before)),
    )


class Eraser:
    """The job of one server. Two at once do no harm: on PostgreSQL one waits for the other and finds nothing left."""

    def __init__(self, database: Database, clock: Clock, kept: Sequence[Retention]) -> None:
        self._database = database
        self._clock = clock
        self._kept = kept
        self._next: datetime | None = None

    async def run(self) -> None:
        """Erase at once and then every day, until cancelled; a database that goes away is waited for."""
        while True:
            try:
                await self.look()
            except DATABASE_ERRORS as error:
                _log.warning("erasing waits for the database", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 (it goes on, whatever it was)
                _log.error("erasing stumbled", **failure(error))
            await asyncio.sleep(_LOOK)

    async def look(self) -> None:
        """Erase when it is time, or bring the files in line with what somebody had erased."""
        now = self._clock.now()
        if self._next is None or now >= self._next:
            await self.once()
            self._next = now + _EVERY
        elif self._database.has_traces:
            await self._database.leave_no_trace()

    async def once(self) -> Mapping[str, int]:
        """Erase what is too old, leave no trace of it in the files, and return how many of each kind."""
        now = self._clock.now()
        erased: dict[str, int] = {}
        async with self._database.writer.begin() as connection:
            if self._database.is_postgres:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            for kept in self._kept:
                done = await connection.execute(kept.erase(now - timedelta(days=kept.days)))
                erased[kept.kind] = done.rowcount
        if any(erased.values()):
            await self._database.leave_no_trace()
        _log.info("erased what was kept long enough", **{kind.replace("-", "_"): n for kind, n in erased.items()})
        return erased
