"""What people at the desk do to make knowledge of an advice: propose, look, approve, reject, withdraw."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from bot.actions import Action
from bot.answering.engine import Engine
from bot.events import Event, Language
from bot.growth.judging import judge
from bot.growth.presenting import PROPOSE_FORM, GrowthPresenter
from bot.growth.proposal import NEXT, Proposal, ProposalStore, State
from bot.growth.written import LONGEST_GIST, LONGEST_QUESTION, Written, read, troubles
from bot.handoff.case import ERASED, Case, CaseEvent, Step
from bot.handoff.office import Office, language_of
from bot.handoff.people import Actor
from bot.knowledge import Addition
from bot.knowledge.values import UNTRANSLATED
from bot.ports import StoreError
from bot.presenting import Presenter
from bot.replies import Button, Buttons, Form, Heading, Part, Reply

ACTIONS = (Action.PROPOSE, Action.PROPOSAL, Action.PROPOSALS)
FORMS = (PROPOSE_FORM,)
_DECISIONS = {"approve": State.APPROVED, "reject": State.REJECTED, "withdraw": State.WITHDRAWN}
_LISTED = (State.WAITING, State.APPROVED)


@dataclass(frozen=True, slots=True)
class Growing:
    """Takes what concerns proposals; for people at the desk alone.

    `rated` returns the words that somebody left with a rating; `decided` hears that the additions changed.
    """

    office: Office
    store: ProposalStore
    engine: Callable[[], Engine]
    rated: Callable[[int], Awaitable[str]]
    decided: Callable[[], None]

    async def pressed(self, event: Event, action: str, value: str) -> Reply | Form:
        """Do what one of `ACTIONS` asks."""
        language = language_of(event)
        actor = await self.office.actor(event)
        if not actor.on_desk:
            return self.office.plain(language, "proposal-desk-only")
        name, _, digits = value.partition(" ")
        number = int(digits) if digits.isdecimal() and len(digits) < 10 else 0  # noqa: PLR2004 (what a database holds)
        match action:
            case Action.PROPOSE:
                return await self._open(event, name, number, language)
            case Action.PROPOSALS:
                return await self._listed(language)
            case _ if name in _DECISIONS:
                return await self._decide(actor, number, _DECISIONS[name], language)
            case _:
                return await self._show(number, language)

    async def listing(self, event: Event) -> Reply | None:
        """Return the proposals, to who works at the desk."""
        actor = await self.office.actor(event)
        return await self._listed(language_of(event)) if actor.on_desk else None

    async def waits(self, event: Event) -> tuple[Part, ...]:
        """Return a button that leads to proposals that wait, to who works at the desk; nothing when none does."""
        language = language_of(event)
        if not (await self.office.actor(event)).on_desk:
            return ()
        waiting = await self.store.proposals((State.WAITING,))
        if not waiting:
            return ()
        label = self.office.say(language, "proposals", count=len(waiting))
        return (Buttons((Button(label, Action.PROPOSALS),), stacked=True),)

    async def submitted(self, event: Event, values: Mapping[str, str]) -> Reply | Form:
        """Take the form: first show what the addition would do, then store it."""
        language = language_of(event)
        actor = await self.office.actor(event)
        if not actor.on_desk:
            return self.office.plain(language, "proposal-desk-only")
        written = read(values)
        if found := troubles(written, self.engine().knowledge, self.office.reviewer()):
            return self._present.form(written, language, self._present.troubles(found, language))
        if values.get("previewed") != written.digest:
            effect = await self._effect(written.addition(), language)
            return self._present.form(written, language, effect, written.digest)
        proposal = Proposal(0, written.addition(), written.case, actor.party, self.office.clock.now())
        try:
            stored = await self.store.propose(proposal, written.once)
        except StoreError:
            return self._present.form(written, language, [Heading(self.office.say(language, "not-stored"))])
        return self.office.plain(language, "proposal-stored", "proposal-stored-advice", number=stored.number)

    async def _open(self, event: Event, source: str, number: int, language: Language) -> Reply | Form:
        """Return the form, filled in without names from a case or from words that came with a rating."""
        once = event.key
        if source == "rated":
            text = await self.rated(number)
            return self._present.form(self._from_words(text, once), language)
        async with self.office.store.reading() as reading:
            case = await reading.case(number)
            events = await reading.events(number) if case else ()
        if case is None:
            return self.office.plain(language, "case-none", number=number)
        if case.asker.id == ERASED.id:
            return self.office.plain(language, "case-possible-nothing")
        return self._present.form(self._from_case(case, events, once), language)

    def _from_words(self, text: str, once: str) -> Written:
        question = self.office.reviewer().nameless(text)[:LONGEST_QUESTION]
        found = [passage.section for passage in self.engine().answer(question).passages]
        return Written("example", question, first=found[0] if found else "", once=once)

    def _from_case(self, case: Case, events: tuple[CaseEvent, ...], once: str) -> Written:
        advice = next((one for one in reversed(events) if one.step == Step.ADVISE), None)
        question = " ".join(self.office.reviewer().nameless(case.text).split())[:LONGEST_QUESTION]
        gist = self.office.reviewer().nameless(advice.text)[:LONGEST_GIST] if advice else ""
        known = self.engine().knowledge.sections
        named = [one for one in (*(advice.sections if advice else ()), *case.sections) if one in known]
        sections = tuple(dict.fromkeys(named))
        dutch = case.language == "nl"
        return Written(
            "situation" if advice else "example",
            question if dutch else "",
            UNTRANSLATED if dutch else question,
            gist=gist if dutch else "",
            gist_en=UNTRANSLATED if dutch or not gist else gist,
            first=sections[0] if sections else "",
            sections=sections[1:],
            case=case.number,
            once=once,
        )

    async def _listed(self, language: Language) -> Reply:
        return self._present.listing(await self.store.proposals(_LISTED), language)

    async def _show(self, number: int, language: Language) -> Reply:
        proposal = await self.store.proposal(number)
        if proposal is None:
            return self.office.plain(language, "proposal-none", number=number)
        if gone := self._gone(proposal.addition):  # it would answer nothing
            effect: list[Part] = [Heading(self.office.say(language, "proposal-gone", sections=gone))]
        else:
            effect = await self._effect(proposal.addition, language) if proposal.state in _LISTED else []
        return self._present.proposal(proposal, effect, language)

    async def _decide(self, actor: Actor, number: int, state: State, language: Language) -> Reply:
        proposal = await self.store.proposal(number)
        if proposal is None:
            return self.office.plain(language, "proposal-none", number=number)
        if state not in NEXT.get(proposal.state, ()):
            return self.office.plain(language, "proposal-already", number=number)
        if state == State.APPROVED and (refused := self._unfit(proposal, actor, language)):
            return refused
        if not await self.store.decide(proposal, state, actor.party, self.office.clock.now()):
            return self.office.plain(language, "proposal-already", number=number)
        self.decided()
        advice = "proposal-exported" if proposal.exported and state == State.WITHDRAWN else f"proposal-{state}-advice"
        return self.office.plain(language, f"proposal-now-{state}", advice, number=number)

    def _unfit(self, proposal: Proposal, actor: Actor, language: Language) -> Reply | None:
        """Return why this person cannot approve this proposal; nothing when they can."""
        if actor.party.id == proposal.by.id:
            return self.office.plain(language, "proposal-own", "proposal-own-advice")
        if proposal.by.id == ERASED.id:  # it may be their own: nobody can tell any more
            return self.office.plain(language, "proposal-by-nobody", "proposal-again")
        if gone := self._gone(proposal.addition):
            return self.office.plain(language, "proposal-gone", "proposal-again", sections=gone)
        return None

    def _gone(self, addition: Addition) -> str:
        """Name the sections that the document no longer has."""
        known = self.engine().knowledge.sections
        return ", ".join(one for one in addition.sections if one not in known)

    async def _effect(self, addition: Addition, language: Language) -> list[Part]:
        return await asyncio.to_thread(self._judged, addition, language)  # some tenths of a second

    def _judged(self, addition: Addition, language: Language) -> list[Part]:
        engine = self.engine()
        tried = addition if addition.id else replace(addition, id="added-0")
        with_it = Engine(engine.knowledge, engine.model, (tried,))
        return self._present.effect(tried, judge(tried, engine), with_it, language)

    @property
    def _present(self) -> GrowthPresenter:
        return GrowthPresenter(Presenter(self.engine().knowledge))
