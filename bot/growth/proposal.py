"""A proposal to add to the knowledge, and where proposals are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol as Port

from bot.handoff.case import Party
from bot.knowledge import Addition


class State(StrEnum):
    """Where a proposal stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # it was approved and is used no more, or who proposed it was forgotten before that


# From each state, those that somebody can bring it to
NEXT = {State.WAITING: (State.APPROVED, State.REJECTED), State.APPROVED: (State.WITHDRAWN,)}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody proposed to add. `case` is the one that it came from, 0 when it came from none.

    `exported`: it stands in the files of the knowledge, so that withdrawing it takes an edit there.
    """

    number: int  # 0 until it is stored
    addition: Addition
    case: int
    by: Party
    at: datetime
    state: State = State.WAITING
    decided_by: Party | None = None
    decided_at: datetime | None = None
    exported: bool = False


class ProposalStore(Port):
    """Where proposals live. Everything may raise `ports.StoreError`."""

    async def propose(self, proposal: Proposal, key: str) -> Proposal:
        """Store a new proposal and return it with its number and its addition's id; once for each key."""
        ...

    async def proposal(self, number: int) -> Proposal | None: ...

    async def proposals(self, states: Sequence[State]) -> tuple[Proposal, ...]:
        """Return the proposals in these states, oldest first."""
        ...

    async def decide(self, proposal: Proposal, state: State, by: Party, at: datetime) -> bool:
        """Bring a proposal to another state; say whether it still was in its own."""
        ...
