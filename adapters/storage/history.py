"""`report.history.History` on the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select

from adapters.storage.case_store import in_time
from adapters.storage.database import Database
from adapters.storage.tables import case_events, cases, counts, feedback
from bot.handoff.case import OPEN, Step
from bot.report.history import Handled, Rated, Tallied

_TAKEN_UP = (Step.CLAIM, Step.ADVISE, Step.ASK_BACK)  # whoever does one of these has taken a case up


class History:
    """Looks up what happened; a question at a time, so that no answer waits for a report."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self, first: date, after: date) -> Sequence[Tallied]:
        query = select(counts).where(counts.c.day >= first, counts.c.day < after).order_by(*counts.primary_key)
        async with in_time(), self._database.reader.connect() as connection:
            return [Tallied(*row) for row in await connection.execute(query)]

    async def handled(self, begin: datetime, end: datetime) -> Sequence[Handled]:
        def first(steps: Sequence[Step]) -> ColumnElement[datetime]:
            return func.min(case_events.c.at).filter(case_events.c.step.in_(steps))

        query = (
            select(cases.c.number, cases.c.kind, cases.c.text, cases.c.created, first(_TAKEN_UP), first((Step.ADVISE,)))
            .join(case_events, case_events.c.number == cases.c.number)
            .where(cases.c.created >= begin, cases.c.created < end)
            .group_by(cases.c.number)
            .order_by(cases.c.number)
        )
        async with in_time(), self._database.reader.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Handled(number, kind == "question", text, created, claimed, advised)
            for number, kind, text, created, claimed, advised in rows
        ]

    async def rated(self, begin: datetime, end: datetime) -> Sequence[Rated]:
        columns = [feedback.c[name] for name in Rated._fields]
        query = select(*columns).where(feedback.c.at >= begin, feedback.c.at < end).order_by(feedback.c.id)
        async with in_time(), self._database.reader.connect() as connection:
            return [Rated(*row) for row in await connection.execute(query)]

    async def open_cases(self) -> int:
        query = select(func.count()).select_from(cases).where(cases.c.status.in_(OPEN))
        async with in_time(), self._database.reader.connect() as connection:
            return int((await connection.execute(query)).scalar_one())
