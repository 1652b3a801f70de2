"""What is remembered of a conversation: in memory, for a quarter of an hour; and which events were taken."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.actions import Action
from bot.answering.answer import Answer
from bot.events import Address, Event, Language
from bot.handoff.case import Kind
from bot.knowledge import Knowledge
from bot.ports import Clock, StoreError
from bot.replies import Buttons, Reply

FOLLOW_UP_TIME = timedelta(minutes=15)
_MOST_CONVERSATIONS = 10_000
_MOST_EVENTS = 50_000
_ASKED = 5  # texts of one person in one place that can be sent on
_SENDS_ON = (Action.ASK_MANAGER, Action.ASK_COMMUNICATIONS)

Who = tuple[Address, str]


@dataclass(frozen=True, slots=True)
class Remembered:
    """The message before, so that "en van ouders?" and "kijk het na" can be read with it.

    And so that a question or a draft can be sent on without being typed again.
    """

    text: str
    language: Language
    at: datetime
    kind: Kind = "question"


class Shelf:
    """The last messages of each person in each place, `depth` of them; nothing is older than `FOLLOW_UP_TIME`."""

    def __init__(self, clock: Clock, depth: int = 1) -> None:
        self._clock = clock
        self._depth = depth
        self._kept: OrderedDict[Who, tuple[Remembered, ...]] = OrderedDict()  # newest first, whoever wrote last behind

    def keep(self, event: Event, text: str, language: Language, kind: Kind = "question") -> None:
        who = _who(event)
        made = Remembered(text, language, self._clock.now(), kind)
        others = (one for one in self._kept.get(who, ()) if one.text != text)
        self._kept[who] = (made, *others)[: self._depth]
        self._kept.move_to_end(who)
        if len(self._kept) > _MOST_CONVERSATIONS:
            self._kept.popitem(last=False)

    def of(self, event: Event, mark: str = "") -> Remembered | None:
        """Return the last message, or the one with this mark."""
        now = self._clock.now()
        fresh = (one for one in self._kept.get(_who(event), ()) if now - one.at <= FOLLOW_UP_TIME)
        return next((one for one in fresh if not mark or mark == _mark(one.text)), None)

    def drop(self, event: Event) -> None:
        self._kept.pop(_who(event), None)

    def forget_old(self) -> None:
        now = self._clock.now()
        for who, kept in list(self._kept.items()):
            fresh = tuple(one for one in kept if now - one.at <= FOLLOW_UP_TIME)
            if not fresh:
                del self._kept[who]
            elif len(fresh) < len(kept):
                self._kept[who] = fresh

    def forget(self, platform: str, account: str) -> None:
        """Forget at once what is remembered of a person on a platform."""
        for who in [who for who in self._kept if who[0].platform == platform and who[1] == account]:
            del self._kept[who]

    def __len__(self) -> int:
        return len(self._kept)


class Memory:
    """`before` is what a follow-up is read with, `asked` what can be sent on, `perhaps` what may be a draft."""

    def __init__(self, clock: Clock) -> None:
        self.before, self.asked, self.perhaps = Shelf(clock), Shelf(clock, _ASKED), Shelf(clock)

    def answered(self, event: Event, answer: Answer, knowledge: Knowledge) -> None:
        """Remember what an answer was about; outside the document nothing can be gone on from."""
        match answer.notice:
            case "section":
                title = knowledge.sections[answer.passages[0].section].title
                self.before.keep(event, title[answer.language], answer.language)
            case "situation":
                title = knowledge.situations[answer.situation].title
                self.before.keep(event, title[answer.language], answer.language)
            case "" if answer.passages:
                self.before.keep(event, answer.question, answer.language)
            case "" if answer.route == "out_of_scope":
                self.before.drop(event)

    def forget_old(self) -> None:
        for shelf in (self.before, self.asked, self.perhaps):
            shelf.forget_old()

    def forget(self, event: Event) -> None:
        """Forget at once what is remembered of the person who asks so, on this platform."""
        for shelf in (self.before, self.asked, self.perhaps):
            shelf.forget(event.address.platform, event.person.account)


class Repeats:
    """Which events were taken, so that one that a platform sends again has one effect."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._under_way: dict[str, asyncio.Future[None]] = {}

    def is_first(self, event: Event) -> bool:
        """Say whether the event was not taken before, and take it."""
        if event.key in self._seen:
            return False
        self._seen[event.key] = None
        if len(self._seen) > _MOST_EVENTS:
            self._seen.popitem(last=False)
        return True

    def give_back(self, event: Event) -> None:
        """Count an event as not taken: it failed, and may be sent again."""
        self._seen.pop(event.key, None)

    async def as_the_first(self, event: Event) -> None:
        """Wait for the same event that is still being taken: a repeat must not be acknowledged when that one fails."""
        if first := self._under_way.get(event.key):
            await asyncio.shield(first)

    @contextmanager
    def taking(self, event: Event) -> Iterator[None]:
        first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._under_way[event.key] = first
        try:
            yield
        except BaseException as error:
            first.set_exception(error if isinstance(error, Exception) else StoreError("It was cut off."))
            first.exception()  # nobody need be waiting for it
            raise
        else:
            first.set_result(None)
        finally:
            del self._under_way[event.key]


def marked(reply: Reply, text: str) -> Reply:
    """Have the buttons that send a text on tell which one they stand under: older ones can still be pressed."""

    def tells(buttons: Buttons) -> Buttons:
        told = (
            replace(one, value=f"{one.value} #{_mark(text)}") if one.action in _SENDS_ON else one
            for one in buttons.buttons
        )
        return replace(buttons, buttons=tuple(told))

    return replace(reply, parts=tuple(tells(part) if isinstance(part, Buttons) else part for part in reply.parts))


def mark_in(value: str) -> str:
    """Return the mark in a button's value; nothing when it has none."""
    return next((word[1:] for word in value.split() if word.startswith("#")), "")


def _mark(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=5).hexdigest()


def _who(event: Event) -> Who:
    """Return whose message it was and where: in a group nobody goes on from somebody else's."""
    return event.address, event.person.account
