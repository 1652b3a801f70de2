"""Handing off, as the conversation sees it: which deed goes where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.actions import Action
from bot.answering.text import fold
from bot.events import LANGUAGES, Address, Event, Language
from bot.growth import growing
from bot.growth.growing import Growing
from bot.handoff.acting import Acting
from bot.handoff.asking import Asked, Asking
from bot.handoff.case import OPEN
from bot.handoff.deliveries import moved
from bot.handoff.forms import HAND_OFF_FORM, STEP_FORM, WITH_WORDS
from bot.handoff.office import Office
from bot.handoff.privacy import Privacy, right_asked_for
from bot.replies import Form, Reply

ACTIONS = (
    Action.ASK_MANAGER,
    Action.ASK_COMMUNICATIONS,
    Action.CASE,
    Action.CASES,
    Action.MY_CASES,
    Action.FORGET,
    *growing.ACTIONS,
)
FORMS = (HAND_OFF_FORM, STEP_FORM, *growing.FORMS)
_OPENS_FORM = (Action.ASK_MANAGER, Action.ASK_COMMUNICATIONS, Action.CHECK_FORM, Action.PROPOSE, Action.MISSED)


def opens_form(action: str, value: str) -> bool:
    """Say whether a press is answered with a form where there are forms; some platforms must know that beforehand."""
    return action in _OPENS_FORM or (action == Action.CASE and value.partition(" ")[0] in WITH_WORDS)


@dataclass(frozen=True, slots=True)
class HandOff:
    """Takes what concerns cases. Raises `ports.StoreError` when the store cannot be reached."""

    office: Office
    growing: Growing | None = None  # without it nothing can be proposed

    @property
    def acting(self) -> Acting:
        return Acting(self.office)

    async def pressed(self, event: Event, action: str, value: str, asked: Asked | None) -> Reply | Form | None:
        """Do what one of `ACTIONS` asks."""
        match action:
            case Action.CASE:
                return await self.acting.press(event, value)
            case Action.CASES:
                return await self.listing(event) or await self.acting.mine(event)
            case Action.MY_CASES:
                return await self.acting.mine(event)
            case Action.FORGET:
                return await Privacy(self.office).pressed(event)
            case _ if action in growing.ACTIONS:
                return await self.growing.pressed(event, action, value) if self.growing else None
            case Action.ASK_MANAGER:
                return await Asking(self.office).open(event, "manager", value, asked)
            case _:
                return await Asking(self.office).open(event, "communications", value, asked)

    async def listing(self, event: Event, words: str = "") -> Reply | None:
        """Return what `Acting.listing` does; people at the desk see there that proposals wait for one of them."""
        listed = await self.acting.listing(event, words)
        waits = await self.growing.waits(event) if listed and self.growing and not words else ()
        return replace(listed, parts=(*listed.parts, *waits)) if listed else None

    async def link_desk(self, address: Address, language: Language) -> Reply:
        """Make a channel the one in which communications works.

        The platform has checked who asks, and that the channel is private. What is open comes along.
        """
        office = self.office
        async with office.store.writing() as writing:
            before = await office.desk(writing)
            await writing.set_desk(address)
            after, mark = await office.desk(writing), f"d{office.clock.now():%y%m%d%H%M%S%f}"
            for case in await writing.cases(OPEN):
                await writing.deliver(moved(case, before, after, mark))
        return self.office.plain(language, "desk-linked", "desk-linked-advice")

    async def desks(self) -> tuple[Address, ...]:
        """Return the channels in which communications works."""
        async with self.office.store.reading() as reading:
            return await reading.desks()

    async def submitted(self, event: Event, form: str, values: Mapping[str, str]) -> Reply | Form | None:
        """Take one of `FORMS`."""
        if form == HAND_OFF_FORM:
            return await Asking(self.office).send(event, values)
        if form in growing.FORMS:
            return await self.growing.submitted(event, values) if self.growing else None
        return await self.acting.submit(event, values)

    async def said(self, event: Event, text: str) -> Reply | None:
        """Return the list, or the right of one's own, that a message asks for; nothing when it asks for none.

        "zaken" alone asks everybody's; with more behind it, it does for who answers cases, and may be a question of
        others.
        """
        words = self.office.knowledge().requests
        if right := right_asked_for(text, words):
            return await Privacy(self.office).said(event, *right)
        said = " ".join(fold(text).split())
        if asked := _asked_with(event, said, words.mine):
            return await self.acting.mine(asked)
        if self.growing and (asked := _asked_with(event, said, words.proposals)):
            return await self.growing.listing(asked)
        first, _, rest = said.partition(" ")
        asked = _asked_with(event, first, words.cases)
        if asked is None:
            return None
        number = rest.removeprefix("#")
        if number.isdecimal():
            return await self.acting.show(asked, int(number[:9]))
        found = await self.listing(asked, rest)
        return found or (None if rest else await self.acting.mine(asked))


def _asked_with(event: Event, said: str, names: Mapping[Language, tuple[str, ...]]) -> Event | None:
    """Return the event in the language of the words it asks with; nothing when it asks with none of these names."""
    spoken = [language for language in LANGUAGES if said in _folded(names.get(language, ()))]
    if not spoken or event.person.language in spoken:
        return event if spoken else None
    return replace(event, person=replace(event.person, language=spoken[0]))


@lru_cache(maxsize=64)  # of the knowledge's own words: every message is held against them
def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, names))
