"""What happens to a case after it was sent: the steps of who answers, of the asker, and of the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.events import Event, Language
from bot.handoff.asking import ProblemError, manager_named
from bot.handoff.case import CLOCK, OPEN, Case, CaseEvent, Party, Status, Step, Taken, TakenError, WrongStepError, take
from bot.handoff.forms import (
    ADDITION,
    LONGEST_ONCE,
    WITH_WORDS,
    StepWords,
    Written,
    digest,
    known,
    listed,
    once_of,
    storable,
    storables,
    written,
)
from bot.handoff.office import Office, language_of
from bot.handoff.people import Actor
from bot.handoff.searching import ENDED, Search
from bot.ports import ChangedMeanwhileError, StoreError, Writing
from bot.replies import Audience, Buttons, Form, Paragraph, Reply

_TRIES = 3  # of a step, when somebody else's came in between
_AT_ONCE = 50  # cases whose term has ended, taken in one go


class RefusedError(Exception):
    """It is not for this person to do; the text is why, for counting."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Takes steps, and lists cases."""

    office: Office

    async def press(self, event: Event, value: str) -> Reply | Form | None:
        """Do what a button of a case says: show it, take a step, or ask for the words of one."""
        name, _, digits = value.partition(" ")
        number = int(digits) if digits.isdecimal() and len(digits) < 10 else 0  # noqa: PLR2004 (what a database holds)
        language = language_of(event)
        if name == "show":
            return await self.show(event, number)
        if name not in {step.value for step in Step}:
            return self.office.plain(language, "case-unknown-step")
        step = Step(name)
        if step in WITH_WORDS:
            return await self._ask_words(event, step, number)
        return await self._take(event, step, number, event.key)

    async def submit(self, event: Event, values: Mapping[str, str]) -> Reply | Form | None:
        """Take a step with the words of its form; an advice is shown before it is sent."""
        language = language_of(event)
        values = storables(values)
        digits, name, once = values.get("case", ""), values.get("step", ""), values.get("once", "")
        is_ours = digits.isdecimal() and name in {step.value for step in WITH_WORDS}
        if not is_ours or not 0 < len(once) <= LONGEST_ONCE:
            return self.office.plain(language, "case-unknown-step")
        step, number = Step(name), int(digits[:9])
        words = StepWords(
            written(values, ADDITION) if step == Step.ADD else Written(values.get("text", "")),
            known(listed(values, "sections"), self.office.knowledge().sections),
            values.get("manager", "").strip().lower(),
            listed(values, "warned"),
            values.get("previewed", ""),
        )
        try:
            return await self._say(event, step, number, once, words)
        except ProblemError as error:
            problem = str(error)
        except StoreError:
            problem = self.office.say(language, "not-stored")
        return self.office.forms.step(step, number, language, once, replace(words, problem=problem))

    async def _say(self, event: Event, step: Step, number: int, once: str, words: StepWords) -> Reply | Form | None:
        """Take a step with words, unless the person has to see something of them first; raises `ProblemError`."""
        language = language_of(event)
        async with self.office.store.reading() as reading:
            case = await reading.case(number)
        if case is None:
            return self.office.plain(language, "case-none", number=number)
        self._check(step, words, language)
        if step == Step.ADD and self.office.forms.tells(words.text.sent, words.warned):
            return self.office.forms.step(step, number, language, once, words)
        if step == Step.ADVISE and words.previewed != digest(words.text.sent, words.sections):
            return await self._preview(event, case, once, words)
        return await self._take(event, step, number, f"form {once}", words)

    async def _preview(self, event: Event, case: Case, once: str, words: StepWords) -> Reply | Form:
        """Return the form with the answer as the asker will read it; it holds the question, so not for everybody."""
        language = language_of(event)
        try:
            self._allowed(case, await self.office.actor(event), Step.ADVISE)
        except RefusedError as error:
            return self._refused(error, Step.ADVISE, case.number, language)
        parts = self.office.present.advice(case, words.text.sent, words.sections, case.language, preview=True).parts
        return self.office.forms.step(Step.ADVISE, case.number, language, once, replace(words, preview=parts))

    async def show(self, event: Event, number: int) -> Reply:
        """Return a case as this person may see it."""
        language = language_of(event)
        actor = await self.office.actor(event)
        async with self.office.store.reading() as reading:
            case = await reading.case(number)
            if case is None:
                return self.office.plain(language, "case-none", number=number)
            role = self.office.role(case, actor)
            if role is None:
                self.office.tally.refused_step("show", "role")
                return self.office.plain(language, "case-none", number=number)  # nor does it say that there is one
            events, undelivered = await reading.events(number), await reading.undelivered(number)
        if role == "handler":
            card = self.office.present.card(
                case,
                events,
                undelivered,
                language,
                viewer=actor.party.id,
                whole=True,
                at_desk=actor.on_desk,
            )
            return replace(card, audience=Audience.PERSON)  # also where others read along
        advice = next((one for one in reversed(events) if one.step == Step.ADVISE), None)
        if advice and case.status in ENDED:
            return self.office.present.advice(case, advice.text, advice.sections, case.language)
        return self.office.present.status(case, language, self.office.clock.now())

    async def mine(self, event: Event) -> Reply:
        """Return the asker's own cases, the open ones first."""
        actor = await self.office.actor(event)
        async with self.office.store.reading() as reading:
            cases = await reading.cases(tuple(Status), asker=actor.party.id)
        ordered = sorted(cases, key=lambda case: (case.status not in OPEN, -case.number))
        language = language_of(event)
        reply = self.office.present.mine(ordered, language)
        shown = sum(len(part.buttons) for part in reply.parts if isinstance(part, Buttons))
        if len(ordered) <= shown:
            return reply
        more = Paragraph(self.office.say(language, "mine-more", count=len(ordered) - shown))
        return replace(reply, parts=(*reply.parts, more))

    async def listing(self, event: Event, words: str = "") -> Reply | None:
        """Return the cases that this person answers, filtered by words; nothing for who answers none.

        A word can be a number, a status, a school, a section, a person or any word of the question.
        """
        language = language_of(event)
        actor = await self.office.actor(event)
        found = await Search(self.office, language).cases(actor, words)
        if found is None:
            return None
        reply = self.office.present.listing(found.cases, language, self.office.clock.now())
        if found.all:
            return reply
        return replace(reply, parts=(*reply.parts, Paragraph(self.office.say(language, "cases-older"))))

    async def cases_for(self, actor: Actor, words: str, language: Language) -> tuple[Case, ...] | None:
        """Return the open cases (of ended ones those that are asked for by status) that somebody answers."""
        found = await Search(self.office, language).cases(actor, words)
        return None if found is None else found.cases

    async def on_time(self) -> int:
        """Take the steps of the clock: remind and escalate. Return how many were taken."""
        now = self.office.clock.now()
        async with self.office.store.reading() as reading:
            numbers = await reading.due(now, _AT_ONCE)
        taken = 0
        for number in numbers:
            async with self.office.store.writing() as writing:
                case = await writing.case(number)
                late = case and case.escalate_at and case.escalate_at <= now
                if case is None or not (late or (case.remind_at and case.remind_at <= now)):
                    continue  # somebody took it meanwhile, or another server reminded
                step = Step.ESCALATE if late else Step.REMIND
                await self._apply(writing, case, Taken(step, CLOCK, now))
                taken += 1
        return taken

    async def unreachable(self, number: int) -> None:
        """Bring a case whose manager cannot be reached to communications."""
        async with self.office.store.writing() as writing:
            case = await writing.case(number)
            if case and case.handler == "manager" and case.escalate_at:
                await self._apply(writing, case, Taken(Step.ESCALATE, CLOCK, self.office.clock.now()))

    async def refresh(self, number: int, mark: str, without: str) -> None:
        """Have the case's cards edited anew, since a delivery in the lane `without` failed.

        `mark` tells one failure from the next.
        """
        async with self.office.store.writing() as writing:
            case = await writing.case(number)
            if case:
                await self.office.show_again(writing, case, mark, without)

    async def _ask_words(self, event: Event, step: Step, number: int) -> Reply | Form:
        language = language_of(event)
        actor = await self.office.actor(event)
        async with self.office.store.reading() as reading:
            case = await reading.case(number)
        try:
            case = self._allowed(case, actor, step)
            draft = "x" if step != Step.TO_MANAGER else ""
            take(case, Taken(step, actor.party, self.office.clock.now(), draft), self.office.terms)
        except (RefusedError, WrongStepError, TakenError) as error:
            return self._refused(error, step, number, language)
        return self.office.forms.step(step, number, language, once_of(event.key))

    async def _take(
        self, event: Event, step: Step, number: int, key: str, words: StepWords | None = None
    ) -> Reply | Form | None:
        """Take a step in one transaction with all that follows; a repeat of it has no effect."""
        language = language_of(event)
        actor = await self.office.actor(event)
        for last in (False,) * (_TRIES - 1) + (True,):
            try:
                async with self.office.store.writing() as writing:
                    if not await writing.first(storable(key)):
                        return None
                    case = self._allowed(await writing.case(number), actor, step)
                    taken = Taken(step, actor.party, self.office.clock.now())
                    if words:
                        taken = await self._with_words(writing, case, taken, words, actor=actor, language=language)
                    await self.office.remember(writing, event, actor)
                    await self._apply(writing, case, taken)
                break
            except ChangedMeanwhileError:
                if last:
                    raise StoreError("The case changed with every try.") from None
            except WrongStepError as error:
                if await self._took(actor, step, number):
                    return None  # a double click
                return self._refused(error, step, number, language)
            except (RefusedError, TakenError) as error:
                return self._refused(error, step, number, language)
        return self._thanks(step, language)

    async def _took(self, actor: Actor, step: Step, number: int) -> bool:
        """Say whether this very step was the last one, by this very person."""
        async with self.office.store.reading() as reading:
            last = (await reading.events(number))[-1]
        return last.step == step and last.by.id == actor.party.id

    async def _with_words(
        self, writing: Writing, case: Case, taken: Taken, words: StepWords, *, actor: Actor, language: Language
    ) -> Taken:
        manager: Party | None = None
        if taken.step == Step.TO_MANAGER:
            manager = await manager_named(self.office, writing, actor, words.manager, language)
            if manager.id == case.asker.id:  # not said to be the asker: they may be unnamed here
                raise ProblemError(self.office.say(language, "not-this-colleague"))
        return replace(taken, text=words.text.sent, sections=words.sections, manager=manager)

    async def _apply(self, writing: Writing, case: Case, taken: Taken) -> CaseEvent:
        after, event = take(case, taken, self.office.terms)
        await writing.save(case, after)
        await self.office.tell(writing, after, event, case)
        return event

    def _allowed(self, case: Case | None, actor: Actor, step: Step) -> Case:
        if case is None:
            raise RefusedError("no such case")
        if self.office.role(case, actor, step) is None:
            raise RefusedError("role")
        return case

    def _refused(
        self, error: RefusedError | WrongStepError | TakenError, step: Step, number: int, language: Language
    ) -> Reply:
        match error:
            case WrongStepError():
                self.office.tally.refused_step(step, "status")
                return self.office.present.wrong_step(error, language)
            case TakenError():
                self.office.tally.refused_step(step, "taken")
                return self.office.present.taken(error, language)
            case _:
                self.office.tally.refused_step(step, str(error))
                return self.office.plain(language, "case-not-yours", "case-not-yours-advice", number=number)

    def _check(self, step: Step, words: StepWords, language: Language) -> None:
        text, limit = words.text.sent, ADDITION.limit
        if step != Step.TO_MANAGER and not text.strip():
            raise ProblemError(self.office.say(language, "words-empty"))
        if len(text) > limit:
            raise ProblemError(self.office.say(language, "words-too-long", length=len(text), limit=limit))

    def _thanks(self, step: Step, language: Language) -> Reply | None:
        """Return what the person reads at once where nothing that is delivered says it."""
        return self.office.plain(language, f"case-thanks-{step}") if step in (Step.HELPED, Step.NOT_HELPED) else None
