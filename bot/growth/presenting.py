"""Proposals for who works at the desk: the form, the list, and one of them with what it would do."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions import Action
from bot.answering.engine import Engine
from bot.events import Language
from bot.growth.judging import Judgement, Labelled
from bot.growth.proposal import NEXT, Proposal, State
from bot.growth.written import (
    CONTACTS,
    KINDS,
    LONGEST_GIST,
    LONGEST_QUESTION,
    LONGEST_TITLE,
    OFFERED_ROUTES,
    Trouble,
    Written,
)
from bot.handoff.case import ERASED, Party
from bot.knowledge import Addition
from bot.presenting import Presenter
from bot.replies import (
    Audience,
    Button,
    Buttons,
    Feedback,
    Field,
    Footer,
    Form,
    Heading,
    Listing,
    MarkedText,
    Paragraph,
    Part,
    Reply,
)

PROPOSE_FORM = "propose"
_LISTED = 20
_SHOWN_IN_LIST = 60  # characters
_DECISIONS = {State.APPROVED: "approve", State.REJECTED: "reject", State.WITHDRAWN: "withdraw"}


class GrowthPresenter:
    """Composes what is said about proposals; pure."""

    def __init__(self, present: Presenter) -> None:
        self._present = present

    def say(self, language: Language, sentence: str, **values: str | int) -> str:
        return self._present.say(language, sentence, **values)

    def _name(self, party: Party, language: Language) -> str:
        return self.say(language, "erased-person") if party.id == ERASED.id else party.name

    def form(self, written: Written, language: Language, above: Sequence[Part] = (), previewed: str = "") -> Form:
        """Return the form; `above` says what is wrong or what it would do."""
        say = self.say
        fields = (
            self._choice("kind", written.kind, KINDS, language),
            self._text("question", written.question, LONGEST_QUESTION, language, required=True),
            self._text("question_en", written.question_en, LONGEST_QUESTION, language),
            Field("title", say(language, "proposal-title"), written.title, limit=LONGEST_TITLE, required=False),
            Field(
                "title_en", say(language, "proposal-title-en"), written.title_en, limit=LONGEST_TITLE, required=False
            ),
            self._text("gist", written.gist, LONGEST_GIST, language),
            self._text("gist_en", written.gist_en, LONGEST_GIST, language),
            self._first(written.first, language),
            self._further(written.sections, language),
            self._choice("route", written.route, OFFERED_ROUTES, language),
            self._choice("contact", written.contact, CONTACTS, language),
            Field("case", "", str(written.case), "hidden"),
            Field("once", "", written.once, "hidden"),
            Field("previewed", "", previewed, "hidden"),
        )
        title, explained = say(language, "propose"), say(language, "propose-explained")
        submit = say(language, "proposal-submit" if previewed else "preview")
        return Form(PROPOSE_FORM, title, explained, fields, submit, language, tuple(above))

    def _text(self, name: str, value: str, limit: int, language: Language, *, required: bool = False) -> Field:
        label = self.say(language, f"proposal-{name.replace('_', '-')}")
        return Field(name, label, value, "text", limit, required=required)

    def _choice(self, name: str, value: str, offered: Sequence[str], language: Language) -> Field:
        options = tuple((one, self.named(name, one, language)) for one in offered)
        return Field(name, self.say(language, f"proposal-{name}"), value, "choice", options=options)

    def named(self, name: str, one: str, language: Language) -> str:
        """Return what a kind, a route or a contact is called."""
        return self.say(language, f"{name}-{one.replace('_', '-')}")

    def _first(self, chosen: str, language: Language) -> Field:
        none = ("", self.say(language, "proposal-no-first"))
        options = (none, *self._sections(language))
        return Field("first", self.say(language, "proposal-first"), chosen, "choice", required=False, options=options)

    def _further(self, chosen: Sequence[str], language: Language) -> Field:
        label = self.say(language, "proposal-sections-further")
        options = self._sections(language)
        return Field("sections", label, ",".join(chosen), "choices", required=False, options=options)

    def _sections(self, language: Language) -> tuple[tuple[str, str], ...]:
        return tuple(
            (section.id, f"{section.name[language]}: {section.title[language]}")
            for section in self._present.knowledge.sections.values()
        )

    def troubles(self, found: Sequence[Trouble], language: Language) -> list[Part]:
        """Return what is wrong: which field, and in it which words."""
        parts: list[Part] = [Heading(self.say(language, "proposal-refused"))]
        for trouble in found:
            where = self._label(trouble.field, language)
            parts.append(
                Paragraph(
                    f"{where}: {self.say(language, trouble.sentence)}"
                    if where
                    else self.say(language, trouble.sentence)
                )
            )
            if trouble.marks:
                parts.append(MarkedText(trouble.text, trouble.marks))
        return parts

    def _label(self, field: str, language: Language) -> str:
        names = {"sections": "proposal-sections-further", "": ""}
        sentence = names.get(field, f"proposal-{field.replace('_', '-')}")
        return self.say(language, sentence) if sentence else ""

    def effect(self, addition: Addition, judgement: Judgement, engine: Engine, language: Language) -> list[Part]:
        """Return what an addition would do: what it doubles and takes, and the answer as the asker reads it.

        `engine` is one that has the addition.
        """
        parts: list[Part] = []
        if judgement.double:
            parts.append(Heading(self.say(language, "proposal-double")))
            parts.append(Listing((self._described(judgement.double, language),)))
        if judgement.taken:
            parts.append(Heading(self.say(language, "proposal-takes", count=judgement.taken_in_all)))
            parts.append(Listing(tuple(self._described(one, language) for one in judgement.taken)))
        if not parts:
            parts.append(Paragraph(self.say(language, "proposal-clear")))
        parts.append(Heading(self.say(language, "proposal-reads")))
        for spoken, text in addition.questions:
            reply = Presenter(engine.knowledge).answer(engine.answer(text, spoken))
            parts.append(MarkedText(text, ()))
            parts += [part for part in reply.parts if not isinstance(part, Buttons | Feedback | Footer)]
        return parts

    def _described(self, one: Labelled, language: Language) -> str:
        knowledge = self._present.knowledge
        if one.situation in knowledge.situations:
            leads_to = knowledge.situations[one.situation].title[language]
        elif one.section in knowledge.sections:
            section = knowledge.sections[one.section]
            leads_to = f"{section.name[language]}: {section.title[language]}"
        else:
            leads_to = self.named("route", one.route, language) if one.route != "chitchat" else "–"
        return f"{one.text} → {leads_to}"

    def listing(self, proposals: Sequence[Proposal], language: Language) -> Reply:
        """Return the proposals to choose from: those that wait first."""
        if not proposals:
            return Reply((Heading(self.say(language, "proposals-none")),), language, Audience.PERSON)
        ordered = sorted(proposals, key=lambda one: (one.state != State.WAITING, -one.number))
        waiting = sum(one.state == State.WAITING for one in proposals)
        buttons = tuple(
            Button(self._title(one, language, short=True), Action.PROPOSAL, f"show {one.number}")
            for one in ordered[:_LISTED]
        )
        heading = self.say(language, "proposals", count=waiting)
        return Reply((Heading(heading), Buttons(buttons, stacked=True)), language, Audience.PERSON)

    def _title(self, proposal: Proposal, language: Language, *, short: bool = False) -> str:
        number = self.say(language, "proposal", number=proposal.number)
        state = self.say(language, f"proposal-{proposal.state}")
        said = (_cut(proposal.addition.question.nl, _SHOWN_IN_LIST),) if short else ()
        return " · ".join((number, state, *said))

    def proposal(self, proposal: Proposal, effect: Sequence[Part], language: Language) -> Reply:
        """Return one proposal with what it would do, and what can be decided."""
        parts: list[Part] = [
            Heading(self._title(proposal, language)),
            Listing(tuple(self._facts(proposal, language))),
            *effect,
        ]
        if proposal.exported and proposal.state == State.APPROVED:
            parts.append(Paragraph(self.say(language, "proposal-exported")))
        possible = NEXT.get(proposal.state, ())
        buttons = tuple(
            Button(
                self.say(language, f"proposal-do-{_DECISIONS[state]}"),
                Action.PROPOSAL,
                f"{_DECISIONS[state]} {proposal.number}",
                primary=not place,
            )
            for place, state in enumerate(possible)
        )
        if buttons:
            parts.append(Buttons(buttons))
        return Reply(tuple(parts), language, Audience.PERSON)

    def _facts(self, proposal: Proposal, language: Language) -> list[str]:
        addition, sections = proposal.addition, self._present.knowledge.sections
        named = [sections[one].name[language] if one in sections else one for one in addition.sections]
        facts = [
            self.named("kind", addition.kind, language),
            *([addition.title[language]] if addition.kind == "situation" else []),
            self.named("route", addition.route, language),
            *([", ".join(named)] if named else []),
            self.named("contact", addition.contact, language),
            self.say(language, "proposal-by", name=self._name(proposal.by, language)),
            *([self.say(language, "case", number=proposal.case)] if proposal.case else []),
        ]
        if proposal.decided_by:
            facts.append(self.say(language, "proposal-decided", name=self._name(proposal.decided_by, language)))
        if not (addition.question.has_english and addition.gist.has_english):
            facts.append(self.say(language, "proposal-untranslated"))
        return facts


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
