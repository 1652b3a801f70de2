"""A person's own rights: to see all that is kept about them, and to be forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bot.actions import Action
from bot.answering.text import fold, words
from bot.events import LANGUAGES, Event, Language
from bot.handoff.case import OPEN, Case, Party, Step, Taken, take
from bot.handoff.deliveries import cards
from bot.handoff.holdings import Held, lies_with, readable
from bot.handoff.office import Office, language_of
from bot.knowledge.values import RequestWords
from bot.ports import Writing
from bot.replies import Audience, Button, Buttons, Heading, Paragraph, Part, Reply, Wording

_LONGEST = 50_000  # characters; a chat shows them as some five messages, and who answers cases has thousands of steps
Right = Literal["data", "forget"]


def right_asked_for(text: str, requests: RequestWords) -> tuple[Right, Language] | None:
    """Return which right a message claims and in what language; nothing when it claims none."""
    said = " ".join(words(fold(text)))
    named: tuple[tuple[Right, Mapping[Language, tuple[str, ...]]], ...] = (
        ("data", requests.data),
        ("forget", requests.forget),
    )
    for right, names in named:
        for language in LANGUAGES:
            if said and said in _readings(names.get(language, ())):
                return right, language
    return None


@lru_cache(maxsize=64)  # of the knowledge's own words: every message is held against them
def _readings(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(" ".join(words(fold(name))) for name in names)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What it took: own cases withdrawn, and cases of others that went to communications."""

    withdrawn: int
    moved: int


@dataclass(frozen=True, slots=True)
class Privacy:
    """Raises `ports.StoreError` when the store cannot be reached; then nothing was erased."""

    office: Office

    async def said(self, event: Event, right: Right, language: Language) -> Reply:
        """Return what a person asks for in words: everything about them, or the question whether to erase it."""
        if not event.private:
            return self.office.plain(language, "data-in-public", "data-in-public-advice")
        person = (await self.office.actor(event)).party
        held = await self.held(person.id)
        if not held:
            return self.office.plain(language, "data-nothing", "data-nothing-advice")
        return self._data(held, person, language) if right == "data" else self._confirm(held, person, language)

    async def pressed(self, event: Event) -> Reply:
        """Forget who pressed the button under that question."""
        language = language_of(event)
        if not event.private:
            return self.office.plain(language, "data-in-public", "data-in-public-advice")
        done = await self.forget((await self.office.actor(event)).party)
        return self.office.plain(language, "forgotten", "forgotten-explained", count=done.withdrawn)

    async def held(self, person: str) -> Held:
        async with self.office.store.reading() as reading:
            return await reading.held(person)

    async def forget(self, person: Party) -> Forgotten:
        """Erase a person in one transaction.

        No case is lost by it: their own open ones are withdrawn, so that nobody goes on with them, and those of others
        that lie with them go back to where somebody sees them. The cards of all of them are edited.
        """
        office = self.office
        await office.people.forget()
        async with office.store.writing() as writing:
            seen = await writing.open_with(person.id)
            mine = [case for case in seen if case.asker.id == person.id]
            others = [case for case in seen if case not in mine and lies_with(case, person.id)]
            withdrawn = [await self._step(writing, case, person, Step.WITHDRAW) for case in mine]
            moved = [await self._step(writing, case, person, _handing_back(case)) for case in others]
            changed = await writing.erase(person.id)
            desk = await office.desk(writing)
            mark = f"e{office.clock.now():%y%m%d%H%M%S%f}"
            edits = [(case, card) for case in changed for card in cards(case, desk, mark, "")]
            # who works at communications must still see what is open; of what has ended nothing is kept with their name
            await writing.deliver([card for case, card in edits if case.status in OPEN or card.to.person != person.id])
        return Forgotten(sum(withdrawn), sum(moved))

    async def _step(self, writing: Writing, seen: Case, person: Party, step: Step) -> bool:
        case = await writing.case(seen.number)  # as it is now that nobody else can change it
        if case is None or case.status not in OPEN:
            return False
        after, event = take(case, Taken(step, person, self.office.clock.now()), self.office.terms)
        await writing.save(case, after)
        await self.office.tell(writing, after, event, case)
        return True

    def _data(self, held: Held, person: Party, language: Language) -> Reply:
        say = self.office.say
        text = _written(held, person, brief=False)
        brief = len(text) > _LONGEST
        if brief:
            text = _written(held, person, brief=True)
        parts: list[Part] = [
            Heading(say(language, "data-heading")),
            Paragraph(say(language, "data-explained")),
            Wording(text, say(language, "data-copy"), say(language, "data-file"), say(language, "data-save")),
        ]
        if any(event.step == Step.NOTE for _, events in held.cases for event in events):
            parts.append(Paragraph(say(language, "data-notes")))
        if brief:
            parts.append(Paragraph(say(language, "data-brief")))
        return Reply(tuple(parts), language, Audience.PERSON)

    def _confirm(self, held: Held, person: Party, language: Language) -> Reply:
        say = self.office.say
        mine, others = len(held.open_cases), len(held.waiting_for(person.id))
        said = [say(language, "forget-explained")]
        said.append(say(language, "forget-cases", count=mine) if mine else say(language, "forget-nothing"))
        if others:
            said.append(say(language, "forget-moved", count=others))
        said.append(say(language, "forget-chat"))
        return Reply(
            (
                Heading(say(language, "forget-heading")),
                *(Paragraph(sentence) for sentence in said),
                Buttons((Button(say(language, "forget-do"), Action.FORGET, primary=True),)),
            ),
            language,
            Audience.PERSON,
        )


def _written(held: Held, person: Party, *, brief: bool) -> str:
    return json.dumps(readable(held, person.id, whole=False, brief=brief), ensure_ascii=False, indent=2)


def _handing_back(case: Case) -> Step:
    return Step.TO_COMMUNICATIONS if case.handler == "manager" else Step.RELEASE
