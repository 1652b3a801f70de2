"""What happens to a case after it was sent: the steps of who answers, of the asker, and of the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.answering.text import fold
from bot.events import Event, Language
from bot.handoff.asking import ProblemError, manager_named
from bot.handoff.case import CLOCK, OPEN, Case, CaseEvent, Party, Status, Step, Taken, TakenError, WrongStepError, take
from bot.handoff.forms import LONGEST_ADVICE, WITH_WORDS, StepWords, chosen, digest
from bot.handoff.office import Office, language_of
from bot.handoff.people import Actor
from bot.ports import ChangedMeanwhileError, StoreError, Writing
from bot.replies import Audience, Buttons, Form, Reply

_TRIES = 3  # of a step, when somebody else's came in between
_ENDED = (Status.ANSWERED, Status.CLOSED, Status.WITHDRAWN)
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
        digits, name, once = values.get("case", ""), values.get("step", ""), values.get("once", "")
        if not digits.isdecimal() or name not in {step.value for step in WITH_WORDS} or not once:
            return self.office.plain(language, "case-unknown-step")
        step, number = Step(name), int(digits[:9])
        words = StepWords(values.get("text", ""), chosen(values, "sections"), values.get("manager", "").strip().lower())
        async with self.office.store.reading() as reading:
            case = await reading.case(number)
        if case is None:
            return self.office.plain(language, "case-none", number=number)
        problem = self._problem(step, words, language)
        if problem:
            return self._form(step, case, language, once, words, problem=problem)
        if step == Step.ADVISE and values.get("previewed") != digest(words.text, words.sections):
            return self._form(step, case, language, once, words, preview=True)
        try:
            return await self._take(event, step, number, f"form {once}", words)
        except ProblemError as error:
            return self._form(step, case, language, once, words, problem=str(error))
        except StoreError:
            return self._form(step, case, language, once, words, problem=self.office.say(language, "not-stored"))

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
        if advice and case.status in _ENDED:
            return self.office.present.advice(case, advice.text, advice.sections, case.language)
        return self.office.present.status(case, language, self.office.clock.now())

    async def mine(self, event: Event) -> Reply:
        """Return the asker's own cases, the open ones first."""
        actor = await self.office.actor(event)
        async with self.office.store.reading() as reading:
            cases = await reading.cases(tuple(Status), asker=actor.party.id)
        ordered = sorted(cases, key=lambda case: (case.status not in OPEN, -case.number))
        return self.office.present.mine(ordered, language_of(event))

    async def listing(self, event: Event, words: str = "") -> Reply | None:
        """Return the cases that this person answers, filtered by words; nothing for who answers none.

        A word can be a number, a status, a school, a section, a person or any word of the question.
        """
        language = language_of(event)
        actor = await self.office.actor(event)
        found = await self.cases_for(actor, words, language)
        return None if found is None else self.office.present.listing(found, language, self.office.clock.now())

    async def cases_for(self, actor: Actor, words: str, language: Language) -> tuple[Case, ...] | None:
        """Return the open cases (of ended ones those that are asked for by status) that somebody answers."""
        wanted = fold(words).split()
        ended = [status for status in _ENDED if fold(self.office.say(language, f"case-status-{status}")) in wanted]
        async with self.office.store.reading() as reading:
            manager = "" if actor.on_desk else actor.party.id
            cases = await reading.cases((*OPEN, *ended), manager=manager)
        mine = [case for case in cases if self.office.role(case, actor) == "handler"]
        if not mine and not actor.on_desk:
            return None
        if not wanted:
            return tuple(mine)
        heap = _Heap(self.office, language, actor.party.id)
        return tuple(case for case in mine if all(word in found for found in [heap.of(case)] for word in wanted))

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
        return self._form(step, case, language, event.key, StepWords())

    async def _take(
        self, event: Event, step: Step, number: int, key: str, words: StepWords | None = None
    ) -> Reply | Form | None:
        """Take a step in one transaction with all that follows; a repeat of it has no effect."""
        language = language_of(event)
        actor = await self.office.actor(event)
        for last in (False,) * (_TRIES - 1) + (True,):
            try:
                async with self.office.store.writing() as writing:
                    if not await writing.first(key):
                        return None
                    case = self._allowed(await writing.case(number), actor, step)
                    taken = await self._taken(writing, actor, step, words or StepWords(), language)
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

    async def _taken(self, writing: Writing, actor: Actor, step: Step, words: StepWords, language: Language) -> Taken:
        manager: Party | None = None
        if step == Step.TO_MANAGER:
            manager = await manager_named(self.office, writing, actor, words.manager, language)
        return Taken(step, actor.party, self.office.clock.now(), words.text, words.sections, manager)

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

    def _problem(self, step: Step, words: StepWords, language: Language) -> str:
        if step != Step.TO_MANAGER and not words.text.strip():
            return self.office.say(language, "words-empty")
        if len(words.text) > LONGEST_ADVICE:
            return self.office.say(language, "words-too-long", length=len(words.text), limit=LONGEST_ADVICE)
        return ""

    def _form(
        self,
        step: Step,
        case: Case,
        language: Language,
        once: str,
        words: StepWords,
        *,
        preview: bool = False,
        problem: str = "",
    ) -> Form:
        seen = self.office.present.advice(case, words.text, words.sections, case.language).parts if preview else ()
        parts = tuple(part for part in seen if not isinstance(part, Buttons))  # nothing to press in a preview
        shown = StepWords(words.text, words.sections, words.manager, parts, problem)
        return self.office.forms.step(step, case, language, once, shown)

    def _thanks(self, step: Step, language: Language) -> Reply | None:
        """Return what the person reads at once where nothing that is delivered says it."""
        return self.office.plain(language, f"case-thanks-{step}") if step in (Step.HELPED, Step.NOT_HELPED) else None


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
