"""From cases to replies: the card of who answers, what the asker reads, and lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta

from bot.actions import Action
from bot.events import Language
from bot.handoff.case import ERASED, OPEN, Case, CaseEvent, Party, Status, Step, TakenError, WrongStepError, possible
from bot.handoff.deliveries import Kind
from bot.presenting import Presenter
from bot.replies import Audience, Button, Buttons, Heading, Listing, MarkedText, Paragraph, Part, Reply

_SHOWN = 1_500  # characters of a person's text on a card; "show all" has the rest
_HISTORY, _SHOWN_OF_STEP = 6, 300  # steps on a card, and characters of each
_LISTED = 20  # cases in one list
_SHOWN_IN_LIST = 70  # characters
_CHOICES = (  # the steps on a card's buttons, in this order
    Step.CLAIM,
    Step.ADVISE,
    Step.ASK_BACK,
    Step.NOTE,
    Step.TO_COMMUNICATIONS,
    Step.TO_MANAGER,
    Step.RELEASE,
    Step.CLOSE,
    Step.REOPEN,
)
_ASKER_CHOICES = (Step.ADD, Step.WITHDRAW)
_TOLD = (Step.ADVISE, Step.ASK_BACK, Step.ADD, Step.NOTE, Step.CLOSE)  # steps whose words a card shows


class CasePresenter:
    """Composes replies about cases; pure."""

    def __init__(self, present: Presenter) -> None:
        self._present = present
        self._zone = ZoneInfo(present.knowledge.organisation.hours.zone)

    def delivery(
        self,
        kind: Kind,
        case: Case,
        events: Sequence[CaseEvent],
        version: int,
        undelivered: Sequence[str],
        *,
        now: datetime,
        viewer: str = "",
        at_desk: bool = False,
    ) -> Reply:
        """Return the words of a delivery to `viewer` (empty for a channel), or `at_desk`.

        `version` is the step that it tells of.
        """
        event = next((event for event in events if event.version == version), events[-1])
        language = case.language
        match kind:
            case Kind.CARD:
                return self.card(case, events, undelivered, "nl", viewer=viewer, at_desk=at_desk)
            case Kind.HANDED_ON:
                return self._handed_on(case)
            case Kind.STATUS:
                return self.status(case, language, now)
            case Kind.ADVICE:
                return self.advice(case, event.text, event.sections, language)
            case Kind.ASKED_BACK:
                return self._asked_back(case, event, language)
            case Kind.MOVED:
                return self._moved(case, language)
            case Kind.ENDED:
                return self._ended(case, event, language)
            case Kind.ADDED | Kind.BACK | Kind.REMINDER:
                return self._notice(kind, case, event)

    # For who answers

    def card(
        self,
        case: Case,
        events: Sequence[CaseEvent],
        undelivered: Sequence[str],
        language: Language,
        *,
        viewer: str = "",
        whole: bool = False,
        at_desk: bool = False,
    ) -> Reply:
        """Return the case as who answers it sees it; not `whole`, long texts are cut to fit a card.

        `at_desk`: to people of communications, who can make knowledge of it once it is answered.
        """
        say = self._present.say
        limit = 10**6 if whole else _SHOWN
        parts: list[Part] = [
            Heading(self.title(case, language)),
            Listing(tuple(self._facts(case, language, viewer))),
            MarkedText(_cut(case.text, limit), ()),
        ]
        if case.note:
            parts.append(Paragraph(say(language, "case-note", note=_cut(case.note, limit))))
        history = [line for event in events if (line := self._history(case, event, language, limit, viewer))]
        if history:
            parts += [Paragraph(say(language, "case-history")), Listing(tuple(history[-_HISTORY:]))]
        if undelivered and self._hides(case, viewer):  # a reason may name who asks
            undelivered = (say(language, "case-undelivered-unnamed"),)
        parts += [Paragraph(say(language, "case-undelivered", reason=reason)) for reason in undelivered]
        named = [self._present.knowledge.sections[name] for name in case.sections if self._knows(name)]
        if named:
            parts.append(
                Buttons(tuple(self._present.section_button(section, language) for section in named), stacked=True)
            )
        steps = self._steps(case, _CHOICES, possible(case, "handler"), language)
        if not whole and (len(case.text) > _SHOWN or len(case.note) > _SHOWN or len(history) > _HISTORY):
            steps = (*steps, Button(say(language, "case-show-all"), Action.CASE, f"show {case.number}"))
        if at_desk and case.status in (Status.ANSWERED, Status.CLOSED) and case.asker.id != ERASED.id:
            steps = (*steps, Button(say(language, "propose"), Action.PROPOSE, f"case {case.number}"))
        if steps:
            parts.append(Buttons(steps))
        return Reply(tuple(parts), language)

    def title(self, case: Case, language: Language) -> str:
        urgent = self._present.say(language, "case-urgent") if case.urgent and case.status in OPEN else ""
        status = self._present.say(language, f"case-status-{case.status}")
        return " · ".join(filter(None, (self._present.say(language, "case", number=case.number), urgent, status)))

    def asker(self, case: Case, language: Language, viewer: str) -> str:
        """Return who asks, as `viewer` may know it: who is unnamed is known to the manager alone whom they asked."""
        hidden = self._hides(case, viewer)
        name = self._present.say(language, "case-unnamed") if hidden else self._name(case.asker, language)
        return f"{name} ({case.school})" if case.school else name

    def _hides(self, case: Case, viewer: str) -> bool:
        addressed = case.handler == "manager" and case.manager is not None and case.manager.id == viewer
        return case.unnamed and (case.at_desk or not addressed)

    def listing(self, cases: Sequence[Case], language: Language, now: datetime) -> Reply:
        """Return the cases to choose from, for who answers them."""
        say = self._present.say
        if not cases:
            return Reply((Heading(say(language, "cases-none")),), language, Audience.PERSON)
        buttons = []
        for case in cases[:_LISTED]:
            age = format_timedelta(case.created - now, locale=language, add_direction=True)
            facts = " · ".join((self.title(case, language), age, _cut(" ".join(case.text.split()), _SHOWN_IN_LIST)))
            buttons.append(Button(facts, Action.CASE, f"show {case.number}"))
        parts: list[Part] = [Heading(say(language, "cases-open", count=len(cases)))]
        parts.append(Buttons(tuple(buttons), stacked=True))
        if len(cases) > _LISTED:
            parts.append(Paragraph(say(language, "cases-more", count=len(cases) - _LISTED)))
        return Reply(tuple(parts), language, Audience.PERSON)

    def _facts(self, case: Case, language: Language, viewer: str) -> list[str]:
        say = self._present.say
        facts = [
            say(language, "case-from", asker=self.asker(case, language, viewer)),
            say(language, "case-asked", when=self._time(case.created, language)),
        ]
        if case.handler == "manager" and case.manager:
            facts.append(say(language, "case-at-manager", name=self._name(case.manager, language)))
        if case.claimed_by and case.status in OPEN:
            facts.append(say(language, "case-claimed-by", name=self._name(case.claimed_by, language)))
        deadline = case.escalate_at or case.remind_at
        if deadline and not case.claimed_by:
            facts.append(say(language, "case-deadline", when=self._time(deadline, language)))
        if case.fingerprint != self._present.knowledge.fingerprint:
            facts.append(say(language, "case-version", fingerprint=case.fingerprint))
        facts.append(say(language, "case-kind-draft" if case.kind == "draft" else "case-kind-question"))
        return facts

    def _history(self, case: Case, event: CaseEvent, language: Language, limit: int, viewer: str) -> str:
        if event.step == Step.HAND_OFF:
            return ""
        own = event.by.id == case.asker.id
        who = self.asker(case, language, viewer) if own else self._name(event.by, language)
        done = self._present.say(language, f"case-done-{event.step}")
        line = ", ".join(filter(None, (self._time(event.at, language), who, done)))
        if event.step not in _TOLD:
            return line
        return f"{line}: {_cut(event.text, min(limit, _SHOWN_OF_STEP) if limit == _SHOWN else limit)}"

    def _steps(
        self, case: Case, offered: Sequence[Step], allowed: Sequence[Step], language: Language
    ) -> tuple[Button, ...]:
        steps = [step for step in offered if step in allowed and not (case.claimed_by and step == Step.CLAIM)]
        return tuple(
            Button(self._present.say(language, f"case-do-{step}"), Action.CASE, f"{step} {case.number}", primary=not n)
            for n, step in enumerate(steps)
        )

    def _handed_on(self, case: Case) -> Reply:
        """Return the last words of a card: nothing of what is said later, and nothing to press."""
        parts = (
            Heading(self._present.say("nl", "case", number=case.number)),
            Paragraph(self._present.say("nl", "case-moved", number=case.number, who=self._who(case, "nl"))),
        )
        return Reply(parts, "nl")

    def _notice(self, kind: Kind, case: Case, event: CaseEvent) -> Reply:
        language: Language = "nl"
        claimed = "-claimed" if kind == Kind.REMINDER and case.claimed_by else ""
        parts: list[Part] = [
            Heading(self._present.say(language, f"case-notice-{kind}{claimed}", number=case.number)),
            MarkedText(_cut(event.text if kind == Kind.ADDED else case.text, _SHOWN_OF_STEP), ()),
            Buttons(
                (Button(self._present.say(language, "case-show"), Action.CASE, f"show {case.number}", primary=True),)
            ),
        ]
        return Reply(tuple(parts), language)

    # For the asker

    def status(self, case: Case, language: Language, now: datetime) -> Reply:
        """Return how a case stands and what to expect, for the asker."""
        say = self._present.say
        parts: list[Part] = [
            Heading(self.title(case, language)),
            Paragraph(self._expectation(case, language)),
            MarkedText(_cut(case.text, _SHOWN), ()),
        ]
        if case.note:
            parts.append(Paragraph(say(language, "case-note", note=_cut(case.note, _SHOWN))))
        if case.status != Status.ANSWERED:  # the answer itself asks whether it helped
            steps = self._steps(case, _ASKER_CHOICES, possible(case, "asker"), language)
            parts += [Buttons(steps)] if steps else []
        return Reply(tuple(parts), language, Audience.PERSON)

    def advice(
        self, case: Case, text: str, sections: Sequence[str], language: Language, *, preview: bool = False
    ) -> Reply:
        """Return a person's answer, as the asker reads it; in a preview nobody is asked whether it helped."""
        say = self._present.say
        helped: tuple[Part, ...] = (
            Paragraph(say(language, "helped")),
            Buttons(
                (
                    Button(say(language, "yes"), Action.CASE, f"{Step.HELPED} {case.number}"),
                    Button(say(language, "no"), Action.CASE, f"{Step.NOT_HELPED} {case.number}"),
                )
            ),
        )
        parts: list[Part] = [
            Heading(say(language, "advice-heading", number=case.number, who=self._who(case, language))),
            MarkedText(text, ()),
            *self._quoted(sections, language),
            Paragraph(say(language, "advice-about", question=_cut(" ".join(case.text.split()), _SHOWN_OF_STEP))),
            *(() if preview else helped),
            self._present.footer(language),
        ]
        return Reply(tuple(parts), language, Audience.PERSON)

    def mine(self, cases: Sequence[Case], language: Language) -> Reply:
        """Return an asker's own cases."""
        say = self._present.say
        if not cases:
            return Reply((Heading(say(language, "mine-none")),), language, Audience.PERSON)
        buttons = tuple(
            Button(
                " · ".join((self.title(case, language), _cut(" ".join(case.text.split()), _SHOWN_IN_LIST))),
                Action.CASE,
                f"show {case.number}",
            )
            for case in cases[:_LISTED]
        )
        return Reply((Heading(say(language, "mine")), Buttons(buttons, stacked=True)), language, Audience.PERSON)

    def _expectation(self, case: Case, language: Language) -> str:
        urgent = "-urgent" if case.urgent and case.status == "new" else ""
        told = {"who": self._who(case, language)}
        if case.status == Status.NEW and not case.urgent and case.escalate_at:
            told["when"] = self._time(case.escalate_at, language)
            return _opening(self._present.say(language, "case-expect-new-until", **told))
        return _opening(self._present.say(language, f"case-expect-{case.status}{urgent}", **told))

    def _who(self, case: Case, language: Language) -> str:
        """Return who answers, as the asker knows them: a manager by name, communications as a department."""
        if case.handler == "manager" and case.manager:
            return self._name(case.manager, language)
        return self._present.knowledge.organisation.communications[language]

    def _asked_back(self, case: Case, event: CaseEvent, language: Language) -> Reply:
        say = self._present.say
        parts: list[Part] = [
            Heading(_opening(say(language, "asked-back", number=case.number, who=self._who(case, language)))),
            MarkedText(event.text, ()),
            Buttons((Button(say(language, "case-do-add"), Action.CASE, f"{Step.ADD} {case.number}", primary=True),)),
        ]
        return Reply(tuple(parts), language, Audience.PERSON)

    def _moved(self, case: Case, language: Language) -> Reply:
        say = self._present.say
        heading = say(language, "case-moved", number=case.number, who=self._who(case, language))
        return Reply((Heading(heading), Paragraph(self._expectation(case, language))), language, Audience.PERSON)

    def _ended(self, case: Case, event: CaseEvent, language: Language) -> Reply:
        say = self._present.say
        parts = (Heading(say(language, "case-ended", number=case.number)), MarkedText(event.text, ()))
        return Reply((*parts, Paragraph(say(language, "case-ended-advice"))), language, Audience.PERSON)

    def _quoted(self, sections: Sequence[str], language: Language) -> list[Part]:
        return [
            part
            for name in sections
            if self._knows(name)
            for part in self._present.quotation(self._present.knowledge.sections[name], language)
        ]

    # What goes wrong

    def wrong_step(self, error: WrongStepError, language: Language) -> Reply:
        """Return that a step is not possible now, and which are."""
        say = self._present.say
        named = ", ".join(say(language, f"case-do-{step}").lower() for step in error.possible)
        heading = say(language, "case-wrong-step", title=self.title(error.case, language))
        possible_now = say(language, "case-possible", steps=named) if named else say(language, "case-possible-nothing")
        return Reply((Heading(heading), Paragraph(possible_now)), language, Audience.PERSON)

    def taken(self, error: TakenError, language: Language) -> Reply:
        """Return who else has the case."""
        say = self._present.say
        heading = say(language, "case-taken", number=error.case.number, name=self._name(error.by, language))
        return Reply((Heading(heading), Paragraph(say(language, "case-taken-advice"))), language, Audience.PERSON)

    def _name(self, party: Party, language: Language) -> str:
        return self._present.say(language, "erased-person") if party.id == ERASED.id else party.name

    def _knows(self, section: str) -> bool:
        return section in self._present.knowledge.sections

    def _time(self, at: datetime, language: Language) -> str:
        return str(format_datetime(at, "EEE d MMM HH:mm", tzinfo=self._zone, locale=language))


def _opening(sentence: str) -> str:
    """Return a sentence with a capital: it may begin with what somebody is called in the middle of one."""
    return sentence[:1].upper() + sentence[1:]


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
