"""From an answer to a reply, in the asker's language: the order of things, and every sentence from texts/."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.actions import Action
from bot.answering import routing
from bot.answering.answer import Answer
from bot.answering.engine import LONGEST_QUESTION
from bot.events import Language
from bot.knowledge import Contact, Knowledge, Route, Section, Situation
from bot.knowledge.values import first_sentence
from bot.replies import Button, Buttons, Feedback, Footer, Heading, Paragraph, Part, Quotation, Reply

_FURTHER_SECTIONS = 2
_LONGEST_LABEL = 75  # what the narrowest platform takes
_FURTHER_CHANCE = 0.05  # a section less likely than this is no help


@dataclass(frozen=True, slots=True)
class _Shown:
    """What an answer shows, however it was come by: asked for, found, or chosen from readings."""

    language: Language
    route: Route
    sections: tuple[str, ...]  # best first, at least one
    situation: str  # its id, or empty
    contact: Contact
    certain: bool


class Presenter:
    """Composes replies from the knowledge; pure."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def answer(self, answer: Answer) -> Reply:
        """Return the reply to an answer of any kind."""
        if answer.notice:
            return self._notice(answer)
        if answer.route == "chitchat":
            return self._small_talk(answer)
        if not answer.certain:
            return self._did_you_mean(answer)
        if answer.route == "out_of_scope":
            return self.plain(answer.language, "out-of-scope-heading", "out-of-scope")
        likely = [passage.section for passage in answer.passages[:1]]
        likely += [passage.section for passage in answer.passages[1:] if passage.score >= _FURTHER_CHANCE]
        shown = _Shown(
            answer.language, answer.route, tuple(likely), answer.situation, answer.contact, certain=answer.certain
        )
        return self._silent(shown) if answer.route == "handoff" else self._sections(shown)

    def greeting(self, language: Language) -> Reply:
        """Return the first thing that somebody sees, with questions to start from."""
        starters = [self.say(language, f"starter-{name}") for name in ("photo", "friend", "wrong", "derail")]
        return Reply(
            (
                Heading(self.say(language, "greeting")),
                Paragraph(self.say(language, "greeting-explained")),
                Buttons(
                    (
                        *(Button(text, Action.SAY, text) for text in starters),
                        Button(self.say(language, "check-button"), Action.CHECK_FORM),
                    ),
                    stacked=True,
                ),
            ),
            language,
        )

    def plain(self, language: Language, heading: str, advice: str, **values: str | int) -> Reply:
        """Return a reply of two sentences from texts/, without a section."""
        parts = (Heading(self.say(language, heading, **values)), Paragraph(self.say(language, advice)))
        return Reply(parts, language)

    def overview(self, language: Language, heading: str = "", advice: str = "", only: str = "") -> Reply:
        """Return all sections to choose from, or those whose id begins with `only`."""
        chosen = [section for section in self.knowledge.sections.values() if section.id.startswith(only)]
        return Reply(
            (
                Heading(heading or self.say(language, "overview-heading")),
                Paragraph(advice or self.say(language, "overview-advice")),
                Buttons(tuple(self.section_button(section, language) for section in chosen), stacked=True),
                self.footer(language),
            ),
            language,
        )

    def section(self, language: Language, section_id: str) -> Reply:
        """Return one section: what it means, its words, and whom it points to."""
        section = self.knowledge.sections[section_id]
        return self._sections(_Shown(language, "answer", (section_id,), "", section.contact, certain=True))

    def situation(self, language: Language, situation_id: str) -> Reply:
        """Return one situation: the direct answer and the sections it rests on."""
        situation = self.knowledge.situations[situation_id]
        contact = routing.contact_for(situation.route, situation, None)
        shown = _Shown(language, situation.route, situation.sections, situation_id, contact, certain=True)
        return self._silent(shown) if situation.route == "handoff" else self._sections(shown)

    def original(self, language: Language, section_id: str) -> Reply:
        """Return the Dutch words of a section to somebody who read the translation."""
        section = self.knowledge.sections[section_id]
        heading = self.say(language, "original-heading", name=section.name[language])
        return Reply((Heading(heading), self._words(section, "nl"), self.footer(language)), language)

    def none_of_these(self, language: Language) -> Reply:
        """Return the honest end of a "Bedoel je" that missed."""
        parts: list[Part] = [
            Heading(self.say(language, "none-of-these-heading")),
            Paragraph(self.say(language, "none-of-these-advice")),
            *self.contact_buttons("either", language, [self.knowledge.organisation.advice_section]),
        ]
        return Reply(tuple(parts), language)

    def whom_to_ask(self, language: Language, contact: Contact, sections: Sequence[str]) -> Reply:
        """Return whom to contact and what to bring; `sections` are those that the answer showed."""
        communications = self.knowledge.organisation.communications[language]
        who = "communications" if contact == "communications" else "manager"
        parts: list[Part] = [
            Heading(self.say(language, f"{who}-heading", name=communications)),
            Paragraph(self.say(language, f"{who}-explained")),
        ]
        shown = [self.knowledge.sections[name] for name in sections if name in self.knowledge.sections]
        if shown:
            parts.append(Buttons(tuple(self.section_button(section, language) for section in shown), stacked=True))
        if who == "communications":
            address = self.knowledge.organisation.communications_address
            said = self.say(language, "communications-address" if address else "no-address", address=address)
            parts.append(Paragraph(said))
        return Reply((*parts, self.footer(language)), language)

    def rated(self, language: Language, helped: bool, missed: str = "") -> Reply:
        """Return the thanks for a rating, and for a bad one the way on; `missed` is the value to say more with."""
        if helped:
            return Reply((Heading(self.say(language, "rated-yes")),), language)
        parts = [Heading(self.say(language, "rated-no")), *self.contact_buttons("either", language, [])]
        if missed:
            parts.append(Buttons((Button(self.say(language, "missed"), Action.MISSED, missed),)))
        return Reply(tuple(parts), language)

    # Replies to a question

    def _notice(self, answer: Answer) -> Reply:
        language = answer.language
        match answer.notice:
            case "too-long":
                return self._too_long(answer)
            case "overview":
                return self.overview(language)
            case "section":
                return self.section(language, answer.passages[0].section)
            case "situation":
                return self.situation(language, answer.situation)
            case "missing-section":
                return self._missing_section(answer)
            case notice:
                return self.plain(language, notice, f"{notice}-advice")

    def _too_long(self, answer: Answer) -> Reply:
        length = len(answer.question)
        return self.plain(answer.language, "too-long", "too-long-advice", length=length, limit=LONGEST_QUESTION)

    def _missing_section(self, answer: Answer) -> Reply:
        """Return what there is when somebody asks for "richtlijn 9"."""
        language = answer.language
        kind, _, number = answer.asked_for.rpartition("-")
        alike = [section for section in self.knowledge.sections.values() if section.id.startswith(f"{kind}-")]
        name = " ".join([*alike[0].name[language].split()[:-1], number])
        heading = self.say(language, "not-a-section", name=name)
        return self.overview(language, heading, self.say(language, "not-a-section-range", count=len(alike)), f"{kind}-")

    def _small_talk(self, answer: Answer) -> Reply:
        talk = self.knowledge.small_talk.get(answer.small_talk)
        if talk is None:
            return self.greeting(answer.language)
        return Reply(tuple(self._gist(talk.reply[answer.language])), answer.language)

    def _did_you_mean(self, answer: Answer) -> Reply:
        language = answer.language
        buttons = []
        for kind, name in answer.readings:
            if kind == "situation":
                title = self.knowledge.situations[name].title[language]
                buttons.append(Button(title, Action.SITUATION, name))
            else:
                buttons.append(Button(self.knowledge.sections[name].title[language], Action.SECTION, name))
        buttons.append(Button(self.say(language, "none-of-these"), Action.NONE_OF_THESE))
        unsure = "unsure-scope" if answer.route == "out_of_scope" else "unsure"
        parts: list[Part] = [
            Heading(self.say(language, unsure)),
            Paragraph(self.say(language, "did-you-mean")),
            Buttons(tuple(buttons), stacked=True),
        ]
        if answer.route == "urgent":
            parts += self.contact_buttons(
                "communications", language, [self.knowledge.organisation.urgent_section], urgent=True
            )
        return Reply(tuple(parts), language)

    def _sections(self, shown: _Shown) -> Reply:
        """Return an answer: first sentence, best section, further ones, and whom to ask where the document says so."""
        language, sections = shown.language, self.knowledge.sections
        situation = self.knowledge.situations.get(shown.situation)
        urgent, advice = self.knowledge.organisation.urgent_section, self.knowledge.organisation.advice_section
        order = [urgent, *shown.sections] if shown.route == "urgent" else list(shown.sections)
        first, *further = [sections[section_id] for section_id in dict.fromkeys(order)]
        advised = shown.route == "doubt" and first.id != advice
        if advised:  # it is quoted below, so it needs no button
            further = [section for section in further if section.id != advice]
        parts = self._explained(situation or first, language)
        parts += self.quotation(first, language)
        parts += self._further(further, language)
        if advised:
            parts.append(Paragraph(self.say(language, "doubt-advice")))
            parts += self.quotation(sections[advice], language)
        named = [first.id, *(section.id for section in further[:_FURTHER_SECTIONS])]
        parts += self.contact_buttons(_offered(shown), language, named, urgent=shown.route == "urgent")
        return self._finish(parts, shown, first.id)

    def _silent(self, shown: _Shown) -> Reply:
        """Return that the document does not decide this: what it has nearest, and both ways to a person."""
        language = shown.language
        situation = self.knowledge.situations.get(shown.situation)
        closest = self.knowledge.sections[shown.sections[0]]
        parts: list[Part] = [Heading(self.say(language, "handoff-heading"))]
        if situation:  # its own first sentence says what the document lacks
            parts = self._explained(situation, language)
        parts.append(Paragraph(self.say(language, "handoff-closest", name=closest.name[language])))
        parts += self.quotation(closest, language)
        parts.append(Paragraph(self.say(language, "handoff-advice")))
        parts += self.contact_buttons(_offered(shown), language, [closest.id])
        return self._finish(parts, shown, closest.id)

    # Pieces of a reply, for other presenters too

    def say(self, language: Language, sentence: str, **values: str | int) -> str:
        """Return a sentence from texts/."""
        return self.knowledge.texts.say(language, sentence, **values)

    def _gist(self, text: str) -> list[Part]:
        first, rest = first_sentence(text)
        return [Heading(first), Paragraph(rest)] if rest else [Heading(first)]

    def _explained(self, meant: Situation | Section, language: Language) -> list[Part]:
        """Return what it comes down to, and where that has still to be translated, that it has."""
        untranslated = language == "en" and not meant.gist.has_english
        note = [Paragraph(self.say(language, "not-translated"))] if untranslated else []
        return [*self._gist(meant.gist[language]), *note]

    def quotation(self, section: Section, language: Language) -> list[Part]:
        """Return a section's words, and beside a translation the way to the original."""
        note = self.say(language, "unofficial") if language == "en" else ""
        quoted: list[Part] = [self._words(section, language, note)]
        if language == "en":
            quoted.append(Buttons((Button(self.say(language, "original"), Action.ORIGINAL, section.id),)))
        return quoted

    def _words(self, section: Section, language: Language, note: str = "") -> Quotation:
        """Return a section's words; some go on from a heading line ("Bedenk dat…"), which then stands with its name."""
        name = " · ".join(filter(None, (section.name[language], section.opening[language])))
        return Quotation(section.id, name, section.text[language], language, note)

    def _further(self, sections: Iterable[Section], language: Language) -> list[Part]:
        buttons = tuple(self.section_button(section, language) for section in sections)[:_FURTHER_SECTIONS]
        return [Buttons(buttons, stacked=True)] if buttons else []

    def section_button(self, section: Section, language: Language) -> Button:
        """Return the button that shows a section."""
        title = section.title[language]
        label = f"{section.name[language]}: {title}"
        return Button(label if len(label) <= _LONGEST_LABEL else title, Action.SECTION, section.id)

    def contact_buttons(
        self, contact: Contact, language: Language, sections: Iterable[str], *, urgent: bool = False
    ) -> list[Part]:
        """Return the buttons that lead to a person; the manager comes first, as in the protocol.

        What is urgent goes to communications at once, as the document says of a discussion that derails.
        """
        value = ",".join(sections) + (" urgent" if urgent else "")
        manager = Button(self.say(language, "ask-manager"), Action.ASK_MANAGER, value)
        communications = Button(self.say(language, "ask-communications"), Action.ASK_COMMUNICATIONS, value)
        offered = {
            "none": (),
            "communications": (communications,),
            "manager": (manager, communications),
            "either": (manager, communications),
        }[contact]
        return [Buttons(offered)] if offered else []

    def footer(self, language: Language) -> Footer:
        """Return which document, in which version, and who decides."""
        organisation = self.knowledge.organisation
        dated = {"date": organisation.document_date} if organisation.document_date else {}
        version = self.say(
            language, "version-dated" if dated else "version", fingerprint=self.knowledge.fingerprint, **dated
        )
        return Footer(self.say(language, "footer", document=organisation.document[language], version=version))

    def _finish(self, parts: list[Part], shown: _Shown, section: str) -> Reply:
        language = shown.language
        question, yes, no = (self.say(language, sentence) for sentence in ("helped", "yes", "no"))
        # which answer it was, for counting: no word of the question
        certainty = "certain" if shown.certain else "unsure"
        which = f"{shown.route}|{section}|{shown.situation}|{certainty}|{self.knowledge.fingerprint}"
        return Reply((*parts, Feedback(question, yes, no, which), self.footer(language)), language)


def _offered(shown: _Shown) -> Contact:
    """Return whom to offer: the document leaves the choice in doubt, and where it is silent."""
    return "either" if shown.route in ("doubt", "handoff") else shown.contact
