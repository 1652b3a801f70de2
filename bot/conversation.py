"""The flow: what a person did, and what follows from it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.actions import Action
from bot.answering.answer import Answer
from bot.answering.engine import Engine
from bot.events import Address, Arrived, Event, Language, Pressed, Said, Submitted
from bot.knowledge import ROUTES, Knowledge
from bot.ports import Clock, Tally
from bot.presenting import Presenter
from bot.replies import Outcome, Reply

FOLLOW_UP_TIME = timedelta(minutes=15)
_REMEMBERED_CONVERSATIONS = 10_000
_REMEMBERED_EVENTS = 50_000


@dataclass(frozen=True, slots=True)
class Remembered:
    """The question before, kept in memory only, so that "en van ouders?" can be read with it."""

    question: str
    language: Language
    at: datetime


class Conversation:
    """Takes events of every platform and returns their outcome. `engine` gives the engine of this moment."""

    def __init__(self, engine: Callable[[], Engine], clock: Clock, tally: Tally) -> None:
        self._engine = engine
        self._clock = clock
        self._tally = tally
        self._before: OrderedDict[Address, Remembered] = OrderedDict()
        self._seen: OrderedDict[str, None] = OrderedDict()

    def handle(self, event: Event) -> Outcome:
        """Return what follows from the event; nothing when the same event was handled before.

        An event that failed (an exception came out) counts as not handled: sent again, it is tried again.
        """
        if not self._is_first(event):
            return Outcome()
        try:
            return self._follow(event)
        except Exception:
            self._seen.pop(_key(event), None)
            raise

    def sorry(self, event: Event) -> Reply:
        """Return what to say when an event failed."""
        language = event.person.language or "nl"
        return Presenter(self._engine().knowledge).plain(language, "something-wrong", "something-wrong-advice")

    def _follow(self, event: Event) -> Outcome:
        match event.deed:
            case Said(text):
                return Outcome(self._said(event, text))
            case Pressed() as pressed:
                return Outcome(self._pressed(event, pressed))
            case Arrived():
                return Outcome(Presenter(self._engine().knowledge).greeting(event.person.language or "nl"))
            case Submitted():
                return Outcome()  # no form is offered yet

    def _said(self, event: Event, text: str) -> Reply:
        engine = self._engine()
        started = self._clock.now()
        answer = self._answer(engine, event, text)
        self._remember_answer(event.address, answer, engine.knowledge)
        reply = Presenter(engine.knowledge).answer(answer)
        seconds = (self._clock.now() - started).total_seconds()
        self._tally.answered(answer.notice or answer.route, answer.language, answer.certain, seconds)
        return reply

    def _answer(self, engine: Engine, event: Event, text: str) -> Answer:
        """Answer the message alone; one that says little by itself is read together with the question before."""
        before = self._question_before(event.address)
        usual = event.person.language or (before.language if before else None)
        alone = engine.answer(text, usual=usual)
        if before is None or alone.notice or not engine.follows_up(text):
            return alone
        if alone.route == "chitchat" or (alone.certain and alone.route != "out_of_scope"):
            return alone
        return engine.answer(f"{before.question} {text}", engine.language_of(text, before.language))

    def _pressed(self, event: Event, pressed: Pressed) -> Reply:
        present = Presenter(self._engine().knowledge)
        language = pressed.language or event.person.language or "nl"
        value = pressed.value
        sections, situations = present.knowledge.sections, present.knowledge.situations
        match pressed.action:
            case Action.SAY:
                return self._said(event, value)
            case Action.SECTION if value in sections:
                self._remember(event.address, sections[value].title[language], language)
                return present.section(language, value)
            case Action.SITUATION if value in situations:
                self._remember(event.address, situations[value].title[language], language)
                return present.situation(language, value)
            case Action.ORIGINAL if value in sections:
                return present.original(language, value)
            case Action.NONE_OF_THESE:
                return present.none_of_these(language)
            case Action.ASK_MANAGER:
                return present.whom_to_ask(language, "manager", value.split(","))
            case Action.ASK_COMMUNICATIONS:
                return present.whom_to_ask(language, "communications", value.split(","))
            case Action.HELPED:
                return self._rated(present, language, value)
            case _:  # a button of an older version of the knowledge, or no button of ours
                return present.overview(language)

    def _rated(self, present: Presenter, language: Language, value: str) -> Reply:
        said, _, which = value.partition(" ")
        route, section, *_ = (*which.split("|"), "", "")
        # the value went through a platform: only what is ours may become a label of a metric
        if route in ROUTES and section in ("", *present.knowledge.sections):
            self._tally.rated(said == "yes", route, section)
        return present.rated(language, said == "yes")

    # What is remembered, in memory and for a while

    def _is_first(self, event: Event) -> bool:
        if _key(event) in self._seen:
            return False
        self._seen[_key(event)] = None
        if len(self._seen) > _REMEMBERED_EVENTS:
            self._seen.popitem(last=False)
        return True

    def forget_old(self) -> None:
        """Forget the questions that are too old for a follow-up; called at every message, and by the server."""
        now = self._clock.now()
        while self._before and now - next(iter(self._before.values())).at > FOLLOW_UP_TIME:
            self._before.popitem(last=False)

    def _question_before(self, address: Address) -> Remembered | None:
        self.forget_old()
        return self._before.get(address)

    def _remember_answer(self, address: Address, answer: Answer, knowledge: Knowledge) -> None:
        match answer.notice:
            case "section":
                title = knowledge.sections[answer.passages[0].section].title
                self._remember(address, title[answer.language], answer.language)
            case "situation":
                title = knowledge.situations[answer.situation].title
                self._remember(address, title[answer.language], answer.language)
            case "" if answer.passages:
                self._remember(address, answer.question, answer.language)
            case "" if answer.route == "out_of_scope":
                self._before.pop(address, None)

    def _remember(self, address: Address, question: str, language: Language) -> None:
        self._before[address] = Remembered(question, language, self._clock.now())
        self._before.move_to_end(address)  # the oldest stay in front
        if len(self._before) > _REMEMBERED_CONVERSATIONS:
            self._before.popitem(last=False)


def _key(event: Event) -> str:
    return f"{event.address.platform} {event.id}"
