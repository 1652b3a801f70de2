"""What is told to whom after a step. A delivery says which case and which step; its words are composed when it is sent.

So a card is always the newest, and no text is stored twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.events import Address
from bot.handoff.case import Case, CaseEvent, Step


class Kind(StrEnum):
    """What a delivery tells."""

    CARD = "card"  # to who answers: the case; edited in place
    HANDED_ON = "handed-on"  # to who answered: somebody else does now; the last edit of their card
    STATUS = "status"  # to the asker: how it stands; edited in place
    ADVICE = "advice"  # to the asker
    ASKED_BACK = "asked-back"  # to the asker
    MOVED = "moved"  # to the asker: somebody else answers now
    ENDED = "ended"  # to the asker: closed without an advice
    ADDED = "added"  # to who answers: the asker wrote more
    BACK = "back"  # to who answers: reopened
    REMINDER = "reminder"  # to who answers: nobody has it yet


EDITED = (Kind.CARD, Kind.HANDED_ON, Kind.STATUS)
ONE_MESSAGE = {Kind.CARD: (Kind.CARD, Kind.HANDED_ON), Kind.HANDED_ON: (Kind.CARD, Kind.HANDED_ON)}  # that both edit


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


@dataclass(frozen=True, slots=True)
class Desk:
    """Where communications is told of cases: its channels, else its people, else who stands in for it."""

    channels: Sequence[Address] = ()
    people: Sequence[str] = ()
    fallback: str = ""

    def recipients(self, case: Case) -> list[Recipient]:
        stands_in = [Recipient(person=self.fallback)] if self.fallback else []
        named = [Recipient(address=channel) for channel in self.channels] or [
            Recipient(person=person) for person in self.people
        ]
        return [*named, *(stands_in if case.escalated or not named else [])]


def follow(case: Case, event: CaseEvent, before: Case | None, desk: Desk) -> tuple[Delivery, ...]:
    """Return what a step tells, in the order in which it is told; `before` is the case as it was, if it was."""
    answers = _who_answers(case, desk)
    left = [to for to in _who_answers(before, desk) if to not in answers] if before else []
    told = [(Kind.CARD, to) for to in answers] + [(Kind.HANDED_ON, to) for to in left]
    if event.step in _TO_HANDLER:  # a first card says enough
        first = [] if before is None else [to for to in answers if to not in _who_answers(before, desk)]
        told += [(_TO_HANDLER[event.step], to) for to in answers if to not in first]
    asker = Recipient(address=case.asked_at) if case.private else Recipient(person=case.asker.id)
    moved = event.step == Step.ESCALATE and before is not None and before.handler != case.handler
    if event.step in _TO_ASKER or moved:
        told.append((Kind.MOVED if moved else _TO_ASKER[event.step], asker))
    if event.step not in _SEEN_BY_HANDLERS_ALONE:
        told.append((Kind.STATUS, asker))
    return tuple(
        Delivery(f"{case.number}.{event.version}.{number}", case.number, event.version, kind, to, case.urgent)
        for number, (kind, to) in enumerate(told)
    )


def cards(case: Case, desk: Desk, mark: str, without: str) -> tuple[Delivery, ...]:
    """Return the edits of a case's cards when something else than a step changed them; `mark` makes the keys new.

    `without` is the lane that failed: it is not tried again for that.
    """
    made = (
        Delivery(f"{case.number}.{case.version}.{mark}.{number}", case.number, case.version, Kind.CARD, to, case.urgent)
        for number, to in enumerate(_who_answers(case, desk))
    )
    return tuple(delivery for delivery in made if delivery.lane != without)


def moved(case: Case, before: Desk, after: Desk, mark: str) -> tuple[Delivery, ...]:
    """Return what brings a case along when communications works elsewhere from now on; `mark` makes the keys new."""
    was, now = _who_answers(case, before), _who_answers(case, after)
    told = [(Kind.CARD, to) for to in now if to not in was] + [(Kind.HANDED_ON, to) for to in was if to not in now]
    return tuple(
        Delivery(f"{case.number}.{case.version}.{mark}.{number}", case.number, case.version, kind, to, case.urgent)
        for number, (kind, to) in enumerate(told)
    )


def _who_answers(case: Case, desk: Desk) -> list[Recipient]:
    if case.handler == "manager" and case.manager:
        return [Recipient(person=case.manager.id)]
    return desk.recipients(case)
