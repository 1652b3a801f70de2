"""The flow: what a person did, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.actions import Action
from bot.answering.answer import Answer
from bot.answering.engine import Engine
from bot.drafts import recognising
from bot.drafts.presenting import CHECK_FORM, DRAFT_FIELD, ReviewPresenter
from bot.drafts.recognising import Kind
from bot.drafts.reviewer import LONGEST_DRAFT, Reviewer
from bot.events import Arrived, Event, Language, Pressed, Said, Submitted
from bot.handoff.asking import Asked
from bot.handoff.hand_off import ACTIONS, FORMS, HandOff
from bot.handoff.privacy import right_asked_for
from bot.knowledge import ROUTES
from bot.memory import Memory, Repeats, mark_in, marked
from bot.ports import Clock, Tally
from bot.presenting import Presenter
from bot.rating import Ratings
from bot.replies import Form, Outcome, Reply


class Conversation:
    """Takes events of every platform and returns their outcome. `engine` and `reviewer` give those of this moment.

    Without `hand_off` there are no cases: the buttons then say whom to ask.
    """

    def __init__(
        self,
        engine: Callable[[], Engine],
        reviewer: Callable[[], Reviewer],
        clock: Clock,
        tally: Tally,
        hand_off: HandOff | None = None,
        *,
        ratings: Ratings | None = None,
    ) -> None:
        self._hand_off = hand_off
        self._ratings = ratings
        self._engine = engine
        self._reviewer = reviewer
        self._clock = clock
        self._tally = tally
        self._memory = Memory(clock)
        self._repeats = Repeats()

    async def handle(self, event: Event) -> Outcome:
        """Return what follows from the event; nothing when the same event was handled before.

        An event that failed (an exception came out, `StoreError` when a case could not be stored) counts as not
        handled: sent again, it is tried again. Plain questions wait for nothing.
        """
        if not self._repeats.is_first(event):
            await self._repeats.as_the_first(event)
            return Outcome()
        try:
            if self._hand_off and event.reachable:
                with self._repeats.taking(event):
                    taken, outcome = await self._about_cases(self._hand_off, event)
                if taken:
                    return outcome
            if self._ratings and (asked := await self._ratings.take(event)):
                return Outcome(asked)
            return self._follow(event)
        except BaseException:
            self._repeats.give_back(event)
            raise

    async def _about_cases(self, hand_off: HandOff, event: Event) -> tuple[bool, Outcome]:
        """Take what concerns cases; say whether it did."""
        match event.deed:
            case Said(text):
                listed = await hand_off.said(event, text)
                return listed is not None, Outcome(listed)
            case Pressed(Action.FORGET):
                outcome = Outcome(await hand_off.pressed(event, Action.FORGET, "", None))
                self._memory.forget(event)
                return True, outcome
            case Pressed(action, value) if action in ACTIONS:
                return True, Outcome(await hand_off.pressed(event, action, value, self._asked_before(event, value)))
            case Submitted(form, values) if form in FORMS:
                return True, Outcome(await hand_off.submitted(event, form, values))
        return False, Outcome()

    def _asked_before(self, event: Event, value: str) -> Asked | None:
        kept = self._memory.asked.of(event, mark_in(value))
        return Asked(kept.text, kept.kind, kept.language) if kept else None

    def sorry(self, event: Event) -> Reply:
        """Return what to say when an event failed."""
        language = event.person.language or "nl"
        return Presenter(self._engine().knowledge).plain(language, "something-wrong", "something-wrong-advice")

    def not_stored(self, event: Event) -> Reply:
        """Return what to say when a case could not be stored."""
        language = event.person.language or "nl"
        return Presenter(self._engine().knowledge).plain(language, "not-possible-now", "not-stored-advice")

    def _follow(self, event: Event) -> Outcome:
        match event.deed:
            case Said(text):
                return Outcome(self._said(event, text))
            case Pressed() as pressed:
                return Outcome(self._pressed(event, pressed))
            case Arrived():
                return Outcome(Presenter(self._engine().knowledge).greeting(event.person.language or "nl"))
            case Submitted(form, values) if form == CHECK_FORM:
                return Outcome(self._checked(event, values.get(DRAFT_FIELD, ""), event.person.language))
            case Submitted():  # a form of an older version
                return Outcome(Presenter(self._engine().knowledge).overview(event.person.language or "nl"))

    def _said(self, event: Event, text: str) -> Reply | Form:
        knowledge = self._engine().knowledge
        if right := right_asked_for(text, knowledge.requests):  # of somebody about whom nothing is kept
            return Presenter(knowledge).plain(right[1], "data-nothing", "data-nothing-advice")
        draft = recognising.requested(text)
        if draft:
            return self._checked(event, draft, event.person.language)
        if draft is not None:
            language = event.person.language or self._engine().language_of(text, "nl")
            return self._asked_for_draft(event, language)
        engine, started = self._engine(), self._clock.now()
        answer = self._answer(engine, event, text)
        checkable = not answer.notice or (answer.notice == "too-long" and len(text) <= LONGEST_DRAFT)
        if answer.route != "urgent" and checkable:  # what is going wrong now is never taken for a draft
            kind = recognising.kind_of(text, self._reviewer().model)
            if kind is Kind.DRAFT:
                return self._checked(event, text, event.person.language)
            if kind is Kind.PERHAPS and (answer.notice or not answer.certain):
                self._memory.perhaps.keep(event, text, answer.language)
                return self._reviews().is_it_a_draft(answer.language)
        return self._answered(event, text, engine, answer, started)

    def _answer_to(self, event: Event, text: str) -> Reply:
        """Answer what is certainly a question."""
        engine, started = self._engine(), self._clock.now()
        return self._answered(event, text, engine, self._answer(engine, event, text), started)

    def _answered(self, event: Event, text: str, engine: Engine, answer: Answer, started: datetime) -> Reply:
        self._memory.answered(event, answer, engine.knowledge)
        if not answer.notice and answer.route != "chitchat":
            self._memory.asked.keep(event, text, answer.language)
        reply = marked(Presenter(engine.knowledge).answer(answer), text)
        seconds = (self._clock.now() - started).total_seconds()
        section = answer.passages[0].section if answer.passages else ""
        self._tally.answered(answer.notice or answer.route, answer.language, answer.certain, seconds, section)
        return reply

    def _answer(self, engine: Engine, event: Event, text: str) -> Answer:
        """Answer the message alone; one that says little by itself is read together with the question before."""
        before = self._memory.before.of(event)
        usual = event.person.language or (before.language if before else None)
        alone = engine.answer(text, usual=usual)
        if before is None or alone.notice or not engine.follows_up(text):
            return alone
        if alone.route == "chitchat" or (alone.certain and alone.route != "out_of_scope"):
            return alone
        return engine.answer(f"{before.text} {text}", engine.language_of(text, before.language))

    # Drafts

    def _reviews(self) -> ReviewPresenter:
        return ReviewPresenter(Presenter(self._engine().knowledge), self._reviewer().knowledge.rules)

    def _checked(self, event: Event, draft: str, usual: Language | None) -> Reply:
        """Check a draft, and keep it for a while to be sent on.

        The reply is in the asker's language, else in the draft's own. Where others
        read along nothing is checked: a review shows what somebody meant to keep from them.
        """
        if not event.private:
            language = usual or self._engine().language_of(draft, "nl")
            return Presenter(self._engine().knowledge).plain(language, "draft-in-public", "draft-in-public-advice")
        started = self._clock.now()
        reviewer = self._reviewer()
        review = reviewer.review(draft)
        language = usual or review.language
        if not review.notice or review.notice == "other-language":
            self._memory.asked.keep(event, draft, language, "draft")
        reply = marked(self._reviews().review(language, draft, review, leads=reviewer.leads(draft)), draft)
        rules = sorted({finding.rule for finding in review.findings})
        seconds = (self._clock.now() - started).total_seconds()
        self._tally.reviewed(review.notice or review.verdict, review.language, rules, seconds)
        return reply

    def _asked_for_draft(self, event: Event, language: Language) -> Reply | Form:
        return self._reviews().form(language) if event.forms else self._reviews().how_to_paste(language)

    def _pressed_about_draft(self, event: Event, action: str, value: str, language: Language) -> Reply | Form:
        if action == Action.CHECK_FORM:
            return self._asked_for_draft(event, language)
        if action == Action.NOT_RIGHT:
            if value in self._reviewer().knowledge.rules:  # it went through a platform
                self._tally.disputed(value)
            return self._reviews().thanks(language)
        return self._perhaps_draft(event, language, is_draft=action == Action.CHECK)

    def _perhaps_draft(self, event: Event, language: Language, *, is_draft: bool) -> Reply:
        kept = self._memory.perhaps.of(event)
        self._memory.perhaps.drop(event)
        if kept is None:
            return Presenter(self._engine().knowledge).plain(language, "draft-forgotten", "draft-forgotten-advice")
        return self._checked(event, kept.text, language) if is_draft else self._answer_to(event, kept.text)

    def _pressed(self, event: Event, pressed: Pressed) -> Reply | Form:
        present = Presenter(self._engine().knowledge)
        language = pressed.language or event.person.language or "nl"
        value = pressed.value
        if pressed.action in (Action.CHECK_FORM, Action.CHECK, Action.AS_QUESTION, Action.NOT_RIGHT):
            return self._pressed_about_draft(event, pressed.action, value, language)
        sections, situations = present.knowledge.sections, present.knowledge.situations
        match pressed.action:
            case Action.SAY:
                return self._said(event, value)
            case Action.SECTION if value in sections:
                self._memory.before.keep(event, sections[value].title[language], language)
                return present.section(language, value)
            case Action.SITUATION if value in situations:
                self._memory.before.keep(event, situations[value].title[language], language)
                return present.situation(language, value)
            case Action.ORIGINAL if value in sections:
                return present.original(language, value)
            case Action.NONE_OF_THESE:
                return present.none_of_these(language)
            case Action.ASK_MANAGER:
                return present.whom_to_ask(language, "manager", value.partition(" ")[0].split(","))
            case Action.ASK_COMMUNICATIONS:
                return present.whom_to_ask(language, "communications", value.partition(" ")[0].split(","))
            case Action.HELPED:
                return self._rated(present, event, language, value)
            case _:  # a button of an older version of the knowledge, or no button of ours
                return present.overview(language)

    def _rated(self, present: Presenter, event: Event, language: Language, value: str) -> Reply:
        said, _, which = value.partition(" ")
        route, section, *_ = (*which.split("|"), "", "")
        # the value went through a platform: only what is ours may become a label of a metric
        if route in ROUTES and section in ("", *present.knowledge.sections):
            self._tally.rated(said == "yes", route, section)
        missed = self._ratings.rated(event, language, value) if self._ratings else ""
        return present.rated(language, said == "yes", missed if event.forms else "")

    def forget_old(self) -> None:
        """Forget what is too old to go on from; also called by the server."""
        self._memory.forget_old()
