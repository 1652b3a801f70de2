"""`growth.proposal.ProposalStore` on the database, and what the files of the knowledge take over from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, func, select, update

from adapters.storage.case_store import in_time
from adapters.storage.database import Database
from adapters.storage.tables import proposals
from bot.growth.proposal import Proposal, State
from bot.handoff.case import Party
from bot.knowledge import Addition, Localised
from bot.knowledge.additions import new_id


class Proposals:
    """Proposals in SQLite or PostgreSQL; all of it raises `ports.StoreError` when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def propose(self, proposal: Proposal, key: str) -> Proposal:
        async with in_time(), self._database.writer.begin() as connection:
            made = self._database.insert(proposals).values(key=key, **_columns(proposal))
            made = made.on_conflict_do_nothing().returning(proposals.c.number)
            row = (await connection.execute(made)).first()
            if row is None:  # sent twice: the first one counts
                stored = select(proposals).where(proposals.c.key == key)
                return _proposal((await connection.execute(stored)).one())
            number: int = row.number
            given = new_id(number, proposal.addition.question.nl)
            await connection.execute(update(proposals).where(proposals.c.number == number).values(id=given))
        return replace(proposal, number=number, addition=replace(proposal.addition, id=given))

    async def proposal(self, number: int) -> Proposal | None:
        async with in_time(), self._database.reader.connect() as connection:
            row = (await connection.execute(select(proposals).where(proposals.c.number == number))).first()
        return _proposal(row) if row else None

    async def proposals(self, states: Sequence[State]) -> tuple[Proposal, ...]:
        query = select(proposals).where(proposals.c.state.in_(states)).order_by(proposals.c.number)
        async with in_time(), self._database.reader.connect() as connection:
            return tuple(_proposal(row) for row in await connection.execute(query))

    async def decide(self, proposal: Proposal, state: State, by: Party, at: datetime) -> bool:
        still = (proposals.c.number == proposal.number, proposals.c.state == proposal.state)
        values = {"state": state, "decider": by.id, "decider_name": by.name, "decided_at": at}
        made = update(proposals).where(*still).values(**values).returning(proposals.c.number)
        async with in_time(), self._database.writer.begin() as connection:
            return (await connection.execute(made)).first() is not None

    async def version(self) -> object:
        """Return something that differs once an addition was approved or withdrawn; cheap."""
        approved = proposals.c.state == State.APPROVED
        query = select(func.count().filter(approved), func.max(proposals.c.decided_at))
        async with in_time(), self._database.reader.connect() as connection:
            return tuple((await connection.execute(query)).one())

    async def additions(self) -> tuple[Addition, ...]:
        """Return the approved additions, oldest first; also those that were exported: files know which they hold."""
        return tuple(one.addition for one in await self.proposals((State.APPROVED,)))

    async def exported(self, numbers: Sequence[int], at: datetime) -> None:
        """Mark proposals as standing in the files."""
        made = update(proposals).where(proposals.c.number.in_(numbers)).values(exported_at=at)
        async with in_time(), self._database.writer.begin() as connection:
            await connection.execute(made)


def _columns(proposal: Proposal) -> dict[str, Any]:
    addition = proposal.addition
    return {
        "id": addition.id,
        "kind": addition.kind,
        "question": addition.question.nl,
        "question_en": addition.question.en,
        "title": addition.title.nl,
        "title_en": addition.title.en,
        "gist": addition.gist.nl,
        "gist_en": addition.gist.en,
        "route": addition.route,
        "sections": ",".join(addition.sections),
        "contact": addition.contact,
        "case_number": proposal.case,
        "proposer": proposal.by.id,
        "proposer_name": proposal.by.name,
        "proposed_at": proposal.at,
        "state": proposal.state,
    }


def _proposal(row: Row[Any]) -> Proposal:
    addition = Addition(
        row.id,
        row.kind,
        Localised(row.question, row.question_en),
        row.route,
        tuple(name for name in row.sections.split(",") if name),
        row.contact,
        Localised(row.title, row.title_en),
        Localised(row.gist, row.gist_en),
    )
    return Proposal(
        row.number,
        addition,
        row.case_number,
        Party(row.proposer, row.proposer_name),
        cast("datetime", row.proposed_at),
        State(row.state),
        Party(row.decider, row.decider_name or "") if row.decider else None,
        row.decided_at,
        row.exported_at is not None,
    )
