"""Everything that is kept about one person, as a value and as what they get to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.handoff.case import OPEN, Case, CaseEvent, Party, Step
from bot.handoff.people import Account


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """An account, and when it was last used."""

    account: Account
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A delivery addressed to the person; its words are those of the case."""

    case: int
    kind: str
    platform: str
    state: str
    created: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept about a person; empty when they were never here, or are forgotten.

    `answering` are the cases of others that lie or lay with them, `steps` what they did there; `chosen_by` says how
    many others chose them as their manager.
    """

    accounts: tuple[SeenAccount, ...] = ()
    manager: Party | None = None
    chosen_by: int = 0
    cases: tuple[tuple[Case, tuple[CaseEvent, ...]], ...] = ()
    answering: tuple[Case, ...] = ()
    steps: tuple[CaseEvent, ...] = ()
    told: tuple[Told, ...] = ()

    def __bool__(self) -> bool:
        return any((self.accounts, self.manager, self.chosen_by, self.cases, self.answering, self.steps, self.told))

    @property
    def open_cases(self) -> tuple[Case, ...]:
        return tuple(case for case, _ in self.cases if case.status in OPEN)

    def waiting_for(self, person: str) -> tuple[Case, ...]:
        """Return the open cases of others that nobody would answer without this person."""
        return tuple(case for case in self.answering if case.status in OPEN and _has(case, person))


def readable(held: Held, person: str, *, notes: bool) -> dict[str, Any]:
    """Return what is kept about a person as JSON holds it.

    Of other people it has only who answered. Without `notes` the internal notes on their cases are left out.
    """
    return {
        "person": person,
        "accounts": [_account(one) for one in held.accounts],
        "manager_chosen": held.manager.id if held.manager else None,
        "chosen_as_manager_by": held.chosen_by,
        "cases": [_case(case, events, notes=notes) for case, events in held.cases],
        "cases_of_others": [{"case": case.number, "status": case.status} for case in held.answering],
        "steps_in_cases_of_others": [{"case": event.number, **_step(event)} for event in held.steps],
        "messages": [_told(one) for one in held.told],
    }


def _has(case: Case, person: str) -> bool:
    manages = case.handler == "manager" and case.manager is not None and case.manager.id == person
    return manages or (case.claimed_by is not None and case.claimed_by.id == person)


def _account(seen: SeenAccount) -> dict[str, Any]:
    account = seen.account
    return {
        "platform": account.platform,
        "account": account.account,
        "name": account.name,
        "reply_address": account.address.conversation,
        "language": account.language,
        "last_seen": seen.seen_at.isoformat(),
    }


def _case(case: Case, events: tuple[CaseEvent, ...], *, notes: bool) -> dict[str, Any]:
    return {
        "number": case.number,
        "status": case.status,
        "name": case.asker.name,
        "school": case.school,
        "platform": case.asked_at.platform,
        "kind": case.kind,
        "text": case.text,
        "note": case.note,
        "sections": list(case.sections),
        "unnamed_to_communications": case.unnamed,
        "urgent": case.urgent,
        "document": case.fingerprint,
        "answered_by": case.manager.name if case.handler == "manager" and case.manager else case.handler,
        "created": case.created.isoformat(),
        "changed": case.changed.isoformat(),
        "steps": [
            {"by": "you" if event.by.id == case.asker.id else event.by.name, **_step(event)}
            for event in events
            if notes or event.step != Step.NOTE
        ],
    }


def _step(event: CaseEvent) -> dict[str, Any]:
    return {
        "step": event.step,
        "at": event.at.isoformat(),
        "text": event.text,
        "sections": list(event.sections),
    }


def _told(told: Told) -> dict[str, Any]:
    return {
        "case": told.case,
        "kind": told.kind,
        "platform": told.platform,
        "state": told.state,
        "created": told.created.isoformat(),
        "sent": told.sent_at.isoformat() if told.sent_at else None,
    }
