"""Finding cases by words, for who answers them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.text import fold
from bot.events import Language
from bot.handoff.case import OPEN, Case, Status
from bot.handoff.office import Office
from bot.handoff.people import Actor

ENDED = (Status.ANSWERED, Status.CLOSED, Status.WITHDRAWN)
_LISTED = 2_000  # cases, the newest of those that ended
_SEARCHED = 5_000  # of those, where words say which; more takes longer than somebody waits
_AT_ONCE = 200  # cases to look through before others get their turn


@dataclass(frozen=True, slots=True)
class Found:
    """The cases; `all` is untrue when there are older ones that were not looked at."""

    cases: tuple[Case, ...]
    all: bool = True


@dataclass(frozen=True, slots=True)
class Search:
    """Looks for cases, in the words of one language."""

    office: Office
    language: Language

    async def cases(self, actor: Actor, words: str) -> Found | None:
        """Return the open cases that somebody answers, and of ended ones those that are asked for by status.

        Nothing is returned for who answers none. Raises `StoreError`.
        """
        wanted = fold(words).split()
        named = {status: fold(self.office.say(self.language, f"case-status-{status}")) for status in ENDED}
        ended = [status for status, name in named.items() if name in wanted]
        limit = _SEARCHED if set(wanted) - set(named.values()) and ended else _LISTED
        async with self.office.store.reading() as reading:
            manager = "" if actor.on_desk else actor.party.id
            cases = await reading.cases((*OPEN, *ended), manager=manager, limit=limit)
            numbers = [int(word) for word in wanted if word.isdecimal() and len(word) < 10] if ended else []  # noqa: PLR2004 (what a database holds)
            asked = [await reading.case(number) for number in numbers]
        is_all = sum(case.status in ENDED for case in cases) < limit
        seen = {case.number for case in cases}
        older = tuple(case for case in asked if case and case.status in ended and case.number not in seen)
        mine = [case for case in (*cases, *older) if self.office.role(case, actor) == "handler"]
        if not mine and not actor.on_desk:
            return None
        return Found(await self._with_words(mine, wanted, actor.party.id) if wanted else tuple(mine), is_all)

    async def _with_words(self, cases: Sequence[Case], wanted: Sequence[str], viewer: str) -> tuple[Case, ...]:
        heap = _Heap(self.office, self.language, viewer)
        found: list[Case] = []
        for first in range(0, len(cases), _AT_ONCE):
            some = cases[first : first + _AT_ONCE]
            found += [case for case in some if all(word in words for words in [heap.of(case)] for word in wanted)]
            await asyncio.sleep(0)
        return tuple(found)


class _Heap:
    """All words by which a case can be found, in one language; what many cases share is said once."""

    def __init__(self, office: Office, language: Language, viewer: str) -> None:
        self._office = office
        self._viewer = viewer
        self._language: Language = language
        self._titles: dict[tuple[Status, bool], str] = {}
        self._sections: dict[str, str] = {}

    def of(self, case: Case) -> str:
        """Return what this case is found by; who is unnamed is not found by name."""
        sections = (self._section(name) for name in case.sections)
        asker = self._office.present.asker(case, self._language, self._viewer)
        return " ".join((str(case.number), self._title(case), *sections, fold(f"{asker} {case.text} {case.note}")))

    def _title(self, case: Case) -> str:
        kind = (case.status, case.urgent)
        if kind not in self._titles:
            self._titles[kind] = fold(self._office.present.title(case, self._language).partition(" · ")[2])
        return self._titles[kind]

    def _section(self, name: str) -> str:
        if name not in self._sections:
            section = self._office.knowledge().sections.get(name)
            said = f"{section.name[self._language]} {section.title[self._language]}" if section else ""
            self._sections[name] = fold(f"{name} {said}")
        return self._sections[name]
