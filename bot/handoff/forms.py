"""The forms of cases: sending a question, and the words of a step. Each shows exactly what is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.drafts.reviewer import LONGEST_DRAFT, Reviewer
from bot.events import Language
from bot.handoff.case import Handler, Kind, Party, Step
from bot.presenting import Presenter
from bot.replies import Field, Form, Heading, MarkedText, Paragraph, Part

HAND_OFF_FORM = "hand-off"
STEP_FORM = "case-step"
LONGEST_NOTE = 1_000
LONGEST_ADVICE = 3_000
LONGEST_ONCE = 200
LONGEST_ADDRESS = 254  # of an e-mail address, by RFC 5321
WITH_WORDS = (Step.ADVISE, Step.ASK_BACK, Step.ADD, Step.NOTE, Step.CLOSE, Step.TO_MANAGER)
_MOST_SECTIONS = 22  # with one question or answer: as many as the protocol has


@dataclass(frozen=True, slots=True)
class Box:
    """Where something is written: its field, that of the person's own text beside it, and the choice between them.

    `said` begins the ids of what is said about it; `limit` in characters.
    """

    name: str
    original: str
    version: str
    said: str
    limit: int


TEXT = Box("text", "original", "version", "hand-off", LONGEST_DRAFT)
NOTE = Box("note", "note-original", "note-version", "hand-off-note", LONGEST_NOTE)
ADDITION = Box("text", "original", "version", "hand-off", LONGEST_ADVICE)


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a box. With `original` there are two: the person's own text, beside one without names."""

    text: str = ""
    original: str | None = None
    own: bool = False  # the original is chosen

    @property
    def sent(self) -> str:
        return self.original if self.own and self.original is not None else self.text


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody is about to send: filled in as far as it is known."""

    to: Handler
    text: Written
    kind: Kind
    sections: tuple[str, ...]
    urgent: bool
    once: str  # the same for every sending of one form
    manager: Party | None = None
    fixed_manager: bool = False  # the organisation says who: nothing to choose
    note: Written = Written()
    unnamed: bool = False
    warned: tuple[str, ...] = ()  # digests of the texts with names that the person saw marked


class Forms:
    """Composes the forms; pure. `reviewer` finds what tells about a pupil."""

    def __init__(self, present: Presenter, reviewer: Reviewer) -> None:
        self._present = present
        self._reviewer = reviewer

    def hand_off(self, asking: Filled, language: Language, problem: str = "") -> Form:
        """Return the form to send a question with; what seems to tell about somebody is shown redacted first."""
        say = self._present.say
        text, note = self._beside(asking.text, TEXT, asking.warned), self._beside(asking.note, NOTE, asking.warned)
        parts: list[Part] = [Heading(problem)] if problem else []
        parts += self._warning({TEXT: text, NOTE: note}, language)
        fields = [
            *self._boxes(TEXT, text, say(language, "hand-off-text"), language),
            *self._boxes(NOTE, note, say(language, "hand-off-note"), language, required=False),
            *self._to_whom(asking, language),
        ]
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
            "warned": self._warned(text, note),
        }
        fields += [Field(name, "", value, "hidden") for name, value in hidden.items()]
        title, submit = say(language, f"hand-off-{asking.to}"), say(language, "send")
        return Form(HAND_OFF_FORM, title, explained, tuple(fields), submit, language, tuple(parts))

    def step(self, step: Step, number: int, language: Language, once: str, words: StepWords | None = None) -> Form:
        """Return the form for a step that says something; with `words` that can be sent, their preview stands above.

        What the asker adds is shown redacted first, as the question itself was.
        """
        say = self._present.say
        words = words or StepWords()
        text = self._beside(words.text, ADDITION, words.warned) if step == Step.ADD else words.text
        parts: list[Part] = [Heading(words.problem)] if words.problem else []
        parts += [*self._warning({ADDITION: text}, language), *words.preview]
        fields = []
        if step == Step.TO_MANAGER:
            fields.append(Field("manager", say(language, "hand-off-who"), words.manager, "person", LONGEST_ADDRESS))
        else:
            fields += self._boxes(ADDITION, text, say(language, f"case-words-{step}"), language)
        if step == Step.ADVISE:
            fields.append(self._sections(words.sections, language))
        previewed = digest(words.text.sent, words.sections) if words.preview else ""
        hidden = {"case": str(number), "step": step.value, "once": once, "previewed": previewed}
        hidden["warned"] = self._warned(text)
        fields += [Field(name, "", value, "hidden") for name, value in hidden.items()]
        title = f"{say(language, 'case', number=number)}: {say(language, f'case-do-{step}').lower()}"
        submit = say(language, "preview" if step == Step.ADVISE and not words.preview else "send")
        return Form(
            STEP_FORM, title, say(language, f"case-explained-{step}"), tuple(fields), submit, language, tuple(parts)
        )

    def tells(self, text: str, warned: Collection[str]) -> bool:
        """Say whether a text seems to tell about somebody, and is none of those that the person was warned of."""
        return digest(text) not in warned and bool(self._reviewer.redacted(text))

    def _beside(self, written: Written, box: Box, warned: Collection[str]) -> Written:
        """Return the text with one without names beside it, where the person was not yet warned of it.

        Too long a text stays as it is: redacted it would be cut.
        """
        if len(written.sent) > box.limit or not self.tells(written.sent, warned):
            return written
        return Written(self._reviewer.redacted(written.sent), written.sent)

    def _warned(self, *texts: Written) -> str:
        """Return the digests of what the form shows marked, and of what was made of it: that may still seem to tell."""
        shown = [one.original for one in texts if one.original is not None]
        return ",".join(digest(text) for one in shown for text in (one, self._reviewer.redacted(one)))

    def _warning(self, boxes: Mapping[Box, Written], language: Language) -> list[Part]:
        say = self._present.say
        parts: list[Part] = []
        for box, written in boxes.items():
            if written.original is not None:
                parts.append(Paragraph(say(language, f"{box.said}-yours")))
                parts.append(MarkedText(written.original, self._reviewer.personal(written.original)))
        return [Heading(say(language, "hand-off-warning")), *parts] if parts else []

    def _boxes(
        self, box: Box, written: Written, label: str, language: Language, *, required: bool = True
    ) -> list[Field]:
        """Return the field to write in; with an original, both texts and the choice between them."""
        say = self._present.say
        if written.original is None:
            return [Field(box.name, label, written.text, "text", box.limit, required=required)]
        # the one that is not chosen may be empty
        texts = [
            Field(name, say(language, f"{box.said}-{which}"), value, "text", box.limit, required=False)
            for name, which, value in (
                (box.name, "without-names", written.text),
                (box.original, "as-written", written.original),
            )
        ]
        options = (
            ("redacted", say(language, "hand-off-redacted")),
            ("original", say(language, "hand-off-original")),
        )
        chosen = "original" if written.own else "redacted"
        return [*texts, Field(box.version, say(language, f"{box.said}-version"), chosen, "choice", options=options)]

    def _to_whom(self, asking: Filled, language: Language) -> list[Field]:
        say = self._present.say
        fields = []
        if asking.to == "manager" and not asking.fixed_manager:
            known = asking.manager.id if asking.manager else ""
            fields.append(
                Field("manager", say(language, "hand-off-who"), known, "person", LONGEST_ADDRESS, required=False)
            )
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

    text: Written = Written()
    sections: tuple[str, ...] = ()
    manager: str = ""
    warned: tuple[str, ...] = ()  # as in `Filled`
    previewed: str = ""  # digest of the words whose preview the person saw
    preview: tuple[Part, ...] = ()
    problem: str = ""


def digest(text: str, sections: Sequence[str] = ()) -> str:
    """Return what tells whether the words are still those that were shown."""
    return hashlib.sha256("\0".join((_lines(text), *sections)).encode()).hexdigest()[:16]


def written(values: Mapping[str, str], box: Box) -> Written:
    """Return what stands in a box; a platform that could not carry the original sends the other text."""
    if box.original not in values:
        return Written(values.get(box.name, ""))
    return Written(values.get(box.name, ""), values[box.original], values.get(box.version) == "original")


def listed(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return a field's values where it can have several."""
    return tuple(value for value in values.get(name, "").split(",") if value)


def known(names: Iterable[str], sections: Collection[str]) -> tuple[str, ...]:
    """Return the sections that there are, each once: a form may be older than the knowledge, or forged."""
    return tuple(name for name in dict.fromkeys(names) if name in sections)[:_MOST_SECTIONS]


def storable(text: str) -> str:
    """Return the text as any database takes it: without NUL, and with no half of a character."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def storables(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a form as any database takes them."""
    return {name: storable(value) for name, value in values.items()}


def once_of(key: str) -> str:
    """Return what a form is known by, from the key of the event that opened it."""
    key = storable(key)
    return key if len(key) <= LONGEST_ONCE else hashlib.sha256(key.encode()).hexdigest()


def _lines(text: str) -> str:
    """Return the text as it is on every platform: a browser sends its own line ends."""
    return "\n".join(text.strip().splitlines())
