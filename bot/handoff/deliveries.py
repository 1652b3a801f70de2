"""What is told to whom after a step. A delivery says which case and which step; its words are composed when it is sent.

So a card is always the newest, and no text is stored twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.events import Address
from bot.handoff.case import Case, CaseEvent, Step


class Kind(StrEnum):
    """What a delivery tells."""

    CARD = "card"  # to who answers: the case; edited in place
    STATUS = "status"  # to the asker: how it stands; edited in place
    ADVICE = "advice"  # to the asker
    ASKED_BACK = "asked-back"  # to the asker
    MOVED = "moved"  # to the asker: somebody else answers now
    ENDED = "ended"  # to the asker: closed without an advice
    ADDED = "added"  # to who answers: the asker wrote more
    BACK = "back"  # to who answers: reopened
    REMINDER = "reminder"  # to who answers: nobody has it yet


EDITED = (Kind.CARD, Kind.STATUS)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A place, or a person wherever they can be reached; `address` may be found only when it is sent."""

    person: str = ""
    address: Address | None = None

    @property
    def name(self) -> str:
        """What tells recipients of one case apart."""
        if self.person or self.address is None:
            return self.person
        return f"{self.address.platform} {self.address.conversation} {self.address.thread}".rstrip()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing to tell; `key` makes a repeat recognisable and names nobody. In a `lane` the order is kept."""

    key: str
    case: int
    version: int  # of the case: the step that it tells about
    kind: Kind
    to: Recipient
    urgent: bool

    @property
    def lane(self) -> str:
        return f"{self.case} {self.to.name}"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message that arrived at a place; an edit has the `message` of what it edits."""

    id: int
    message: str
    case: int
    version: int
    kind: Kind


_TO_ASKER = {
    Step.ADVISE: Kind.ADVICE,
    Step.ASK_BACK: Kind.ASKED_BACK,
    Step.TO_COMMUNICATIONS: Kind.MOVED,
    Step.TO_MANAGER: Kind.MOVED,
    Step.CLOSE: Kind.ENDED,
}
_TO_HANDLER = {
    Step.ADD: Kind.ADDED,
    Step.REOPEN: Kind.BACK,
    Step.NOT_HELPED: Kind.BACK,
    Step.REMIND: Kind.REMINDER,
    Step.ESCALATE: Kind.REMINDER,
}
_SEEN_BY_HANDLERS_ALONE = (Step.NOTE, Step.REMIND)


def follow(case: Case, event: CaseEvent, desks: Sequence[Address], fallback: str) -> tuple[Delivery, ...]:
    """Return what a step tells, in the order in which it is told; `fallback` is who stands in for communications."""
    told: list[tuple[Kind, Recipient]] = [(Kind.CARD, to) for to in _who_sees(case, desks, fallback)]
    if event.step in _TO_HANDLER:
        told += [(_TO_HANDLER[event.step], to) for to in _who_answers(case, desks, fallback)]
    asker = Recipient(address=case.asked_at) if case.private else Recipient(person=case.asker.id)
    moved = event.step == Step.ESCALATE and not case.escalated
    if event.step in _TO_ASKER or moved:
        told.append((Kind.MOVED if moved else _TO_ASKER[event.step], asker))
    if event.step not in _SEEN_BY_HANDLERS_ALONE:
        told.append((Kind.STATUS, asker))
    return tuple(
        Delivery(f"{case.number}.{event.version}.{number}", case.number, event.version, kind, to, case.urgent)
        for number, (kind, to) in enumerate(told)
    )


def cards(case: Case, desks: Sequence[Address], fallback: str, mark: str) -> tuple[Delivery, ...]:
    """Return the edits of a case's cards when something else than a step changed them; `mark` makes the keys new."""
    return tuple(
        Delivery(f"{case.number}.{case.version}.{mark}.{number}", case.number, case.version, Kind.CARD, to, case.urgent)
        for number, to in enumerate(_who_sees(case, desks, fallback))
    )


def _who_answers(case: Case, desks: Sequence[Address], fallback: str) -> Iterable[Recipient]:
    if case.handler == "manager" and case.manager:
        return [Recipient(person=case.manager.id)]
    return _desk(case, desks, fallback)


def _who_sees(case: Case, desks: Sequence[Address], fallback: str) -> Iterable[Recipient]:
    """Return everybody who has the case's card: also those who passed it on."""
    manager = [Recipient(person=case.manager.id)] if case.manager else []
    return [*manager, *(_desk(case, desks, fallback) if case.at_desk else [])]


def _desk(case: Case, desks: Sequence[Address], fallback: str) -> list[Recipient]:
    stands_in = [Recipient(person=fallback)] if case.escalated and fallback else []
    return [*(Recipient(address=desk) for desk in desks), *stands_in]
