"""What the core needs from the world."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol as Port

from bot.events import Address, Person
from bot.handoff.case import Case, CaseEvent, Party, Status
from bot.handoff.deliveries import Delivery
from bot.handoff.holdings import Held
from bot.handoff.people import Account, Profile


class Clock(Port):
    """The time, aware of its zone."""

    def now(self) -> datetime: ...


class Tally(Port):
    """Counts for the operators: never a text, never a person."""

    def answered(self, route: str, language: str, certain: bool, seconds: float, section: str = "") -> None: ...

    def reviewed(self, verdict: str, language: str, rules: Sequence[str], seconds: float) -> None: ...

    def disputed(self, rule: str) -> None: ...

    def rated(self, helped: bool, route: str, section: str) -> None: ...

    def stepped(self, step: str, handler: str, section: str = "", language: str = "") -> None: ...

    def refused_step(self, step: str, why: str) -> None: ...


class StoreError(Exception):
    """The store cannot be reached, or took too long: nothing was stored. The text names no content."""


class ChangedMeanwhileError(Exception):
    """Somebody else took a step between the reading of a case and its saving."""


class Reading(Port):
    """Looks into the store. Raises `StoreError`, as does everything below."""

    async def case(self, number: int) -> Case | None: ...

    async def events(self, number: int) -> tuple[CaseEvent, ...]:
        """Return a case's steps, oldest first."""
        ...

    async def cases(
        self, statuses: Sequence[Status], *, asker: str = "", manager: str = "", limit: int = 2000
    ) -> tuple[Case, ...]:
        """Return the cases in these statuses, urgent ones first, then the oldest; of closed ones the newest."""
        ...

    async def due(self, now: datetime, limit: int) -> tuple[int, ...]:
        """Return the numbers of cases of which a term has ended."""
        ...

    async def undelivered(self, number: int) -> tuple[str, ...]:
        """Return why deliveries of a case were given up, each reason once."""
        ...

    async def chosen_manager(self, person: str) -> Party | None: ...

    async def account_of(self, person: str) -> Account | None:
        """Return the account through which a person was seen last."""
        ...

    async def held(self, person: str) -> Held:
        """Return everything that is kept about a person, by a party's id."""
        ...

    async def open_with(self, person: str) -> tuple[Case, ...]:
        """Return the open cases of which a person is the asker, or the one with whom they lie."""
        ...

    async def desks(self) -> tuple[Address, ...]:
        """Return the channels in which communications works."""
        ...


class Writing(Reading, Port):
    """One transaction: all of it is stored when it ends well, nothing of it otherwise."""

    async def first(self, key: str) -> bool:
        """Say whether this key is new, and keep it."""
        ...

    async def case_of(self, key: str) -> int:
        """Return the number of the case that was opened under this key; 0 when none was."""
        ...

    async def open(self, case: Case, key: str) -> Case | None:
        """Store a new case and return it with its number; nothing when one was opened under this key before."""
        ...

    async def save(self, before: Case, after: Case) -> None:
        """Store a case after a step; raises `ChangedMeanwhileError` when it is no longer as it was before."""
        ...

    async def record(self, event: CaseEvent) -> None: ...

    async def deliver(self, deliveries: Sequence[Delivery]) -> None: ...

    async def seen(self, account: Account) -> None:
        """Remember how somebody can be reached."""
        ...

    async def choose_manager(self, person: str, manager: Party) -> None: ...

    async def erase(self, person: str) -> tuple[Case, ...]:
        """Take a person out of the store; return the cases that no longer say who they were.

        Their own lose all texts, so they must have ended; in others' only the name goes. What is stored on disk is
        overwritten.
        """
        ...

    async def set_desk(self, address: Address) -> None:
        """Make a channel the one in which communications works on that platform, instead of an earlier one."""
        ...


class CaseStore(Port):
    """Where cases live."""

    def reading(self) -> AbstractAsyncContextManager[Reading]: ...

    def writing(self) -> AbstractAsyncContextManager[Writing]:
        """Begin a transaction; one that cannot be stored within two seconds ends in `StoreError`."""
        ...


class People(Port):
    """What the platforms know about somebody."""

    async def profile(self, person: Person, address: Address) -> Profile: ...

    async def on_desk(self, person: Person, address: Address) -> bool:
        """Say whether this person works at communications, as far as the platform of `address` knows."""
        ...

    async def forget(self) -> None:
        """Drop what is remembered of people beside the store, because one of them is about to be erased there.

        It is looked up anew when it is needed.
        """
        ...


class Directory(Port):
    """The organisation's list of who is whose manager."""

    def manager_of(self, email: str) -> str:
        """Return an e-mail address, or nothing."""
        ...

    def school_of(self, email: str) -> str:
        """Return the name of a school, or nothing."""
        ...
