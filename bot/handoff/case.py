"""The life of a case, as data: which step leads from which status to which, and who may take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from bot.events import Address, Language
from bot.handoff.hours import Terms

Handler = Literal["manager", "communications"]
Kind = Literal["question", "draft"]
Role = Literal["asker", "handler", "clock"]


class Status(StrEnum):
    """Where a case stands."""

    NEW = "new"
    CLAIMED = "claimed"
    WAITING = "waiting-for-asker"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


OPEN = (Status.NEW, Status.REOPENED, Status.CLAIMED, Status.WAITING)
UNCLAIMED = (Status.NEW, Status.REOPENED)


class Step(StrEnum):
    """What can happen to a case."""

    HAND_OFF = "hand-off"
    CLAIM = "claim"
    RELEASE = "release"
    ADVISE = "advise"
    ASK_BACK = "ask-back"
    ADD = "add"
    NOTE = "note"
    TO_COMMUNICATIONS = "to-communications"
    TO_MANAGER = "to-manager"
    CLOSE = "close"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    HELPED = "helped"
    NOT_HELPED = "not-helped"
    REMIND = "remind"
    ESCALATE = "escalate"


_STAYS = {status: status for status in OPEN}
# From each status that allows the step, the one that it leads to
NEXT: Mapping[Step, Mapping[Status, Status]] = {
    Step.CLAIM: dict.fromkeys(UNCLAIMED, Status.CLAIMED),
    Step.RELEASE: dict.fromkeys((Status.CLAIMED, Status.WAITING), Status.NEW),
    Step.ADVISE: dict.fromkeys(OPEN, Status.ANSWERED),
    Step.ASK_BACK: dict.fromkeys(OPEN, Status.WAITING),
    Step.ADD: {**_STAYS, Status.WAITING: Status.CLAIMED, Status.ANSWERED: Status.REOPENED},
    Step.NOTE: {**_STAYS, Status.ANSWERED: Status.ANSWERED},
    Step.TO_COMMUNICATIONS: dict.fromkeys(OPEN, Status.NEW),
    Step.TO_MANAGER: dict.fromkeys(OPEN, Status.NEW),
    Step.CLOSE: dict.fromkeys((*OPEN, Status.ANSWERED), Status.CLOSED),
    Step.REOPEN: dict.fromkeys((Status.ANSWERED, Status.CLOSED), Status.REOPENED),
    Step.WITHDRAW: dict.fromkeys((*OPEN, Status.ANSWERED), Status.WITHDRAWN),
    Step.HELPED: {Status.ANSWERED: Status.CLOSED},
    Step.NOT_HELPED: dict.fromkeys((Status.ANSWERED, Status.CLOSED), Status.REOPENED),
    Step.REMIND: {status: status for status in (*UNCLAIMED, Status.CLAIMED)},
    Step.ESCALATE: dict.fromkeys(UNCLAIMED, Status.NEW) | {Status.REOPENED: Status.REOPENED},
}
WHO: Mapping[Step, Role] = {
    Step.CLAIM: "handler",
    Step.RELEASE: "handler",
    Step.ADVISE: "handler",
    Step.ASK_BACK: "handler",
    Step.ADD: "asker",
    Step.NOTE: "handler",
    Step.TO_COMMUNICATIONS: "handler",
    Step.TO_MANAGER: "handler",
    Step.CLOSE: "handler",
    Step.REOPEN: "handler",
    Step.WITHDRAW: "asker",
    Step.HELPED: "asker",
    Step.NOT_HELPED: "asker",
    Step.REMIND: "clock",
    Step.ESCALATE: "clock",
}
# Only who claimed it goes on with a claimed case: two answers to one question help nobody. Anybody who answers cases
# can release it: who has it may be ill.
_CLAIMERS = (Step.ADVISE, Step.ASK_BACK)
_HAS_TEXT = (Step.ADVISE, Step.ASK_BACK, Step.ADD, Step.NOTE, Step.CLOSE)


@dataclass(frozen=True, slots=True)
class Party:
    """A person as a case knows them: `id` is the verified organisation e-mail address, else platform and account."""

    id: str
    name: str


CLOCK = Party("clock", "")
ERASED = Party("erased", "")  # somebody who asked to be forgotten


@dataclass(frozen=True, slots=True)
class Case:
    """A question or draft that went to a person.

    `asked_at` is where it was asked, `private` whether nobody reads along there. `at_desk`: communications has seen it,
    also when it lies elsewhere now. `version` counts the steps. While nobody has it, `remind_at` and `escalate_at` say
    when to remind and when to go further.
    """

    number: int  # 0 until it is stored
    asker: Party
    school: str
    asked_at: Address
    private: bool
    language: Language
    kind: Kind
    text: str
    note: str
    sections: tuple[str, ...]
    unnamed: bool
    urgent: bool
    fingerprint: str
    handler: Handler
    manager: Party | None
    at_desk: bool
    created: datetime
    changed: datetime
    status: Status = Status.NEW
    claimed_by: Party | None = None
    escalated: bool = False
    version: int = 0
    remind_at: datetime | None = None
    escalate_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One step that was taken; `sections` are those that an advice points to."""

    number: int
    version: int
    at: datetime
    by: Party
    step: Step
    text: str = ""
    sections: tuple[str, ...] = ()


class WrongStepError(ValueError):
    """The case's status does not allow this step; `possible` are those that it does, for this role."""

    def __init__(self, case: Case, step: Step, role: Role) -> None:
        self.case = case
        self.step = step
        self.possible = possible(case, role)
        super().__init__(
            f"Case {case.number} is {case.status}: it cannot {step}; possible: {', '.join(self.possible) or 'nothing'}."
        )


class TakenError(ValueError):
    """Somebody else has claimed the case."""

    def __init__(self, case: Case, by: Party) -> None:
        self.case = case
        self.by = by
        super().__init__(f"Case {case.number} is claimed by somebody else.")


@dataclass(frozen=True, slots=True)
class Taken:
    """A step to take: by whom, when, and with what words."""

    step: Step
    by: Party
    at: datetime
    text: str = ""
    sections: tuple[str, ...] = ()
    manager: Party | None = None  # for `to-manager`


def possible(case: Case, role: Role) -> tuple[Step, ...]:
    """Return the steps that this role can take now, in the order in which they are offered."""
    return tuple(step for step, who in WHO.items() if who == role and case.status in NEXT[step] and _fits(case, step))


def opened(case: Case, terms: Terms) -> tuple[Case, CaseEvent]:
    """Return a new case with its terms, and its first event."""
    begun = _with_terms(case, replace(case, version=1), Step.HAND_OFF, terms, case.created)
    return begun, CaseEvent(case.number, 1, case.created, case.asker, Step.HAND_OFF)


def take(case: Case, taken: Taken, terms: Terms) -> tuple[Case, CaseEvent]:
    """Return the case after a step, and the step as an event.

    Raises `WrongStepError` when the status does not allow it, `TakenError` when somebody else has the case, and
    `ValueError` when a step that says something has no words.
    """
    step, by = taken.step, taken.by
    claimer = case.claimed_by
    if step == Step.CLAIM and claimer and case.status == Status.CLAIMED and claimer.id != by.id:
        raise TakenError(case, claimer)
    if case.status not in NEXT[step] or not _fits(case, step):
        raise WrongStepError(case, step, WHO[step])
    if step in _CLAIMERS and claimer and claimer.id != by.id:
        raise TakenError(case, claimer)
    if step in _HAS_TEXT and not taken.text.strip():
        raise ValueError(f"{step} needs words.")
    status = NEXT[step][case.status]
    after = replace(case, status=status, version=case.version + 1, changed=taken.at)
    after = _with_terms(case, _with_people(after, taken), step, terms, taken.at)
    return after, CaseEvent(case.number, after.version, taken.at, by, step, taken.text.strip(), taken.sections)


def _fits(case: Case, step: Step) -> bool:
    if case.asker.id == ERASED.id:
        return False  # there is nobody left to answer, and nothing to read
    match step:
        case Step.TO_COMMUNICATIONS:
            return case.handler == "manager"
        case Step.REMIND:
            return case.remind_at is not None
        case Step.ESCALATE:
            return case.escalate_at is not None
        case _:
            return True


def _with_people(case: Case, taken: Taken) -> Case:
    match taken.step:
        case Step.CLAIM | Step.ADVISE | Step.ASK_BACK:
            return replace(case, claimed_by=taken.by)
        case Step.RELEASE | Step.REOPEN | Step.NOT_HELPED:
            return replace(case, claimed_by=None)
        case Step.ADD if case.status == Status.REOPENED:
            return replace(case, claimed_by=None)
        case Step.TO_COMMUNICATIONS:
            return replace(case, claimed_by=None, handler="communications", at_desk=True)
        case Step.TO_MANAGER:
            return replace(case, claimed_by=None, handler="manager", manager=taken.manager, escalated=False)
        case Step.ESCALATE if case.handler == "manager":
            return replace(case, handler="communications", at_desk=True)
        case Step.ESCALATE:
            return replace(case, escalated=True)
        case _:
            return case


def _with_terms(before: Case, case: Case, step: Step, terms: Terms, at: datetime) -> Case:
    """Return the case with the terms that a step leaves: they begin anew whenever it comes to somebody else.

    Nothing falls silent: what nobody takes after the last escalation, and what is claimed and not answered, is reminded
    of again and again.
    """
    again = terms.again(at)
    if case.status == Status.CLAIMED:
        return case if step == Step.NOTE else replace(case, remind_at=again, escalate_at=None)
    if case.status not in UNCLAIMED:
        return replace(case, remind_at=None, escalate_at=None)
    if step == Step.ESCALATE and before.handler == "communications":
        return replace(case, remind_at=again, escalate_at=None)
    if step == Step.REMIND:
        return replace(case, remind_at=None if case.escalate_at else again)
    if step in (Step.ADD, Step.NOTE) and before.status == case.status:
        return case
    return replace(case, **terms.of(at, urgent=case.urgent))
