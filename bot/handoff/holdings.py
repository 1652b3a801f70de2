"""Everything that is kept about one person, as a value and as what they get to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.handoff.case import CLOCK, OPEN, Case, CaseEvent, Party, Step
from bot.handoff.people import Account


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """An account, and when it was last used."""

    account: Account
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Chat:
    """Where a platform can be told to bring something, known since the person used it there; also without a case."""

    account: str
    email: str
    conversation: str
    service: str  # the address of the platform's service that has the chat
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
class Decided:
    """A proposal for the knowledge that the person made, decided about or both; when they did not, there is no time."""

    number: int
    question: str
    state: str
    proposed: datetime | None
    decided: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept about a person; empty when they were never here, or are forgotten.

    `answering` are the cases of others that lie or lay with them, `steps` what they did there; `chosen_by` says how
    many others chose them as their manager.
    """

    accounts: tuple[SeenAccount, ...] = ()
    chats: tuple[Chat, ...] = ()
    manager: Party | None = None
    chosen_by: int = 0
    cases: tuple[tuple[Case, tuple[CaseEvent, ...]], ...] = ()
    answering: tuple[Case, ...] = ()
    steps: tuple[CaseEvent, ...] = ()
    told: tuple[Told, ...] = ()
    proposals: tuple[Decided, ...] = ()

    def __bool__(self) -> bool:
        named = (self.accounts, self.chats, self.manager, self.chosen_by, self.proposals)
        return any((*named, self.cases, self.answering, self.steps, self.told))

    @property
    def open_cases(self) -> tuple[Case, ...]:
        return tuple(case for case, _ in self.cases if case.status in OPEN)

    def waiting_for(self, person: str) -> tuple[Case, ...]:
        """Return the open cases of others that nobody would answer without this person."""
        return tuple(case for case in self.answering if case.status in OPEN and lies_with(case, person))


def readable(held: Held, person: str, *, whole: bool, brief: bool = False) -> dict[str, Any]:
    """Return what is kept about a person as JSON holds it.

    Not `whole`, it is what they may see themselves: without the internal notes on their cases, and communications as a
    department. `brief` has numbers instead of the two lists that can be very long.
    """
    steps = [{"case": event.number, **_step(event)} for event in held.steps]
    messages = [_told(one) for one in held.told]
    return {
        "person": person,
        "accounts": [_account(one) for one in held.accounts],
        "chats": [_chat(one) for one in held.chats],
        "manager_chosen": held.manager.id if held.manager else None,
        "chosen_as_manager_by": held.chosen_by,
        "cases": [_case(case, events, whole=whole) for case, events in held.cases],
        "cases_of_others": [{"case": case.number, "status": case.status} for case in held.answering],
        "steps_in_cases_of_others": len(steps) if brief else steps,
        "messages": len(messages) if brief else messages,
        "proposals": [_decided(one) for one in held.proposals],
    }


def lies_with(case: Case, person: str) -> bool:
    """Say whether nobody else would answer an open case."""
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


def _chat(chat: Chat) -> dict[str, Any]:
    return {
        "account": chat.account,
        "email": chat.email,
        "reply_address": chat.conversation,
        "service": chat.service,
        "last_seen": chat.seen_at.isoformat(),
    }


def _case(case: Case, events: tuple[CaseEvent, ...], *, whole: bool) -> dict[str, Any]:
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
            {"by": _by(case, event, whole=whole), **_step(event)}
            for event in events
            if whole or event.step != Step.NOTE
        ],
    }


def _by(case: Case, event: CaseEvent, *, whole: bool) -> str:
    if event.by.id in (case.asker.id, CLOCK.id):
        return "asker" if event.by.id == case.asker.id else CLOCK.id
    manages = case.manager is not None and case.manager.id == event.by.id
    return event.by.name or event.by.id if whole or manages else "communications"


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


def _decided(decided: Decided) -> dict[str, Any]:
    return {
        "number": decided.number,
        "question": decided.question,
        "state": decided.state,
        "proposed": decided.proposed.isoformat() if decided.proposed else None,
        "decided": decided.decided.isoformat() if decided.decided else None,
    }
