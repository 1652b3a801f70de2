"""The forms of cases: sending a question, and the words of a step. Each shows exactly what is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.drafts.reviewer import LONGEST_DRAFT, Reviewer
from bot.events import Language
from bot.handoff.case import Case, Handler, Kind, Party, Step
from bot.presenting import Presenter
from bot.replies import Field, Form, Heading, MarkedText, Paragraph, Part

HAND_OFF_FORM = "hand-off"
STEP_FORM = "case-step"
LONGEST_NOTE = 1_000
LONGEST_ADVICE = 3_000
WITH_WORDS = (Step.ADVISE, Step.ASK_BACK, Step.ADD, Step.NOTE, Step.CLOSE, Step.TO_MANAGER)


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody is about to send: filled in as far as it is known."""

    to: Handler
    text: str
    kind: Kind
    sections: tuple[str, ...]
    urgent: bool
    once: str  # the same for every sending of one form
    manager: Party | None = None
    fixed_manager: bool = False  # the organisation says who: nothing to choose
    note: str = ""
    unnamed: bool = False


class Forms:
    """Composes the forms; pure. `reviewer` finds what tells about a pupil."""

    def __init__(self, present: Presenter, reviewer: Reviewer) -> None:
        self._present = present
        self._reviewer = reviewer

    def hand_off(self, asking: Filled, language: Language, problem: str = "") -> Form:
        """Return the form to send a question with; one that seems to tell about somebody is shown redacted first."""
        say = self._present.say
        redacted = self.redacted(asking.text)
        parts: list[Part] = [Heading(problem)] if problem else []
        fields = [Field("text", say(language, "hand-off-text"), redacted or asking.text, "text", LONGEST_DRAFT)]
        if redacted:
            parts += self._warning(asking.text, language)
            options = (
                ("redacted", say(language, "hand-off-redacted")),
                ("original", say(language, "hand-off-original")),
            )
            fields.append(Field("version", say(language, "hand-off-version"), "redacted", "choice", options=options))
            fields.append(Field("original", "", asking.text, "hidden", LONGEST_DRAFT))
        fields.append(Field("note", say(language, "hand-off-note"), asking.note, "text", LONGEST_NOTE, required=False))
        fields += self._to_whom(asking, language)
        named = [self._present.knowledge.sections[name].name[language] for name in asking.sections]
        explained = say(language, f"hand-off-{asking.to}-explained")
        if asking.to == "manager" and asking.fixed_manager and asking.manager:
            explained = say(language, "hand-off-manager-fixed", name=asking.manager.name)
        if named:
            explained += " " + say(language, "hand-off-sections", sections=", ".join(named))
        hidden = {
            "to": asking.to,
            "kind": asking.kind,
            "sections": ",".join(asking.sections),
            "urgent": "yes" if asking.urgent else "",
            "once": asking.once,
            "warned": "yes" if redacted else "",
        }
        fields += [Field(name, "", value, "hidden") for name, value in hidden.items()]
        title, submit = say(language, f"hand-off-{asking.to}"), say(language, "send")
        return Form(HAND_OFF_FORM, title, explained, tuple(fields), submit, language, tuple(parts))

    def step(self, step: Step, case: Case, language: Language, once: str, words: StepWords | None = None) -> Form:
        """Return the form for a step that says something; with `words` that can be sent, their preview stands above."""
        say = self._present.say
        words = words or StepWords()
        parts: list[Part] = [Heading(words.problem)] if words.problem else []
        parts += words.preview
        fields = []
        if step == Step.TO_MANAGER:
            fields.append(Field("manager", say(language, "hand-off-who"), words.manager, "person", 200))
        else:
            fields.append(Field("text", say(language, f"case-words-{step}"), words.text, "text", LONGEST_ADVICE))
        if step == Step.ADVISE:
            fields.append(self._sections(words.sections, language))
        previewed = digest(words.text, words.sections) if words.preview else ""
        hidden = {"case": str(case.number), "step": step.value, "once": once, "previewed": previewed}
        fields += [Field(name, "", value, "hidden") for name, value in hidden.items()]
        title = f"{say(language, 'case', number=case.number)}: {say(language, f'case-do-{step}').lower()}"
        submit = say(language, "preview" if step == Step.ADVISE and not words.preview else "send")
        return Form(
            STEP_FORM, title, say(language, f"case-explained-{step}"), tuple(fields), submit, language, tuple(parts)
        )

    def redacted(self, text: str) -> str:
        """Return the text without what tells who it is about; empty when there is nothing of the kind."""
        return self._reviewer.redacted(text)

    def _warning(self, text: str, language: Language) -> list[Part]:
        say = self._present.say
        marks = self._reviewer.personal(text)
        return [
            Heading(say(language, "hand-off-warning")),
            Paragraph(say(language, "hand-off-yours")),
            MarkedText(text, marks),
        ]

    def _to_whom(self, asking: Filled, language: Language) -> list[Field]:
        say = self._present.say
        fields = []
        if asking.to == "manager" and not asking.fixed_manager:
            known = asking.manager.id if asking.manager else ""
            fields.append(Field("manager", say(language, "hand-off-who"), known, "person", 200, required=False))
        unnamed = "yes" if asking.unnamed else ""
        fields.append(Field("unnamed", say(language, "hand-off-unnamed"), unnamed, "check", required=False))
        return fields

    def _sections(self, chosen: Sequence[str], language: Language) -> Field:
        label = self._present.say(language, "advice-sections")
        options = tuple(
            (section.id, f"{section.name[language]}: {section.title[language]}")
            for section in self._present.knowledge.sections.values()
        )
        return Field("sections", label, ",".join(chosen), "choices", required=False, options=options)


@dataclass(frozen=True, slots=True)
class StepWords:
    """What was filled in before, when a form is shown again: with a preview, or with what is wrong."""

    text: str = ""
    sections: tuple[str, ...] = ()
    manager: str = ""
    preview: tuple[Part, ...] = ()
    problem: str = ""


def digest(text: str, sections: Sequence[str]) -> str:
    """Return what tells whether the words are still those that were previewed."""
    return hashlib.sha256("\0".join((_lines(text), *sections)).encode()).hexdigest()[:16]


def chosen(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return a field's values where it can have several."""
    return tuple(value for value in values.get(name, "").split(",") if value)


def _lines(text: str) -> str:
    """Return the text as it is on every platform: a browser sends its own line ends."""
    return "\n".join(text.strip().splitlines())
