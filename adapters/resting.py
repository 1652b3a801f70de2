"""What rests on the protocol in the database: open cases, and what the desk adds to the knowledge."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.clock import SystemClock
from adapters.settings import Settings
from adapters.storage.case_store import CaseStore
from adapters.storage.database import DATABASE_ERRORS, DatabaseError, database_of
from adapters.storage.proposals import Proposals
from bot.growth.proposal import State
from bot.handoff.case import OPEN
from bot.knowledge import Knowledge
from bot.knowledge.additions import is_held
from bot.ports import StoreError
from bot.revision.dependants import Added

_MOST_CASES = 100_000


@dataclass(frozen=True, slots=True)
class Resting:
    """The sections of each open case by its number, and the additions that are used or wait and that no file holds."""

    cases: dict[int, tuple[str, ...]]
    additions: tuple[Added, ...]


async def resting(settings: Settings, knowledge: Knowledge | None) -> Resting | None:
    """Return what rests on the protocol beside the files of `knowledge`; None when the database cannot be read."""
    try:
        database = database_of(settings)
    except DatabaseError:
        return None
    try:
        if not database.is_there():
            return Resting({}, ())
        async with CaseStore(database, SystemClock()).reading() as reading:
            cases = {case.number: tuple(case.sections) for case in await reading.cases(OPEN, limit=_MOST_CASES)}
        proposals = await Proposals(database).proposals((State.WAITING, State.APPROVED))
    except (StoreError, *DATABASE_ERRORS):
        return None
    finally:
        await database.close()
    additions = (
        Added(one.number, one.addition.sections, one.state == State.APPROVED)
        for one in proposals
        if knowledge is None or not is_held(knowledge, one.addition)
    )
    return Resting(cases, tuple(additions))
