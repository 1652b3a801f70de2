"""Answers questions: pure, in memory, no clock and no world."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from rapidfuzz import fuzz, process

from bot.answering import language as languages
from bot.answering import routing
from bot.answering.added import AddedQuestions, known_from
from bot.answering.answer import Answer, Passage
from bot.answering.encoding import Encoded
from bot.answering.known import Known, KnownQuestions
from bot.answering.model import Model
from bot.answering.requests import Request, Requests, ToOverview, ToSection, ToSituation
from bot.answering.text import clean, fold, has_words
from bot.events import Language
from bot.knowledge import Addition, Contact, Knowledge, Route, extended
from bot.knowledge.additions import missing_from
from bot.knowledge.document import kind_and_number

LONGEST_QUESTION = 4_000  # characters; said kindly above it
_PASSAGES = 5
_READINGS = 3
_SMALL_TALK_ALIKE = 55  # of 100; below it the bot greets and says what it is for
_READING_CHANCE = 0.1  # a situation less likely is no reading worth showing


class Engine:
    """Knowledge and the model learnt from it; safe to share between threads."""

    def __init__(self, knowledge: Knowledge, model: Model, added: Sequence[Addition] = ()) -> None:
        """Take `added`, which the model need not have learnt from, as known questions on top of the knowledge's own."""
        self.files = knowledge  # what stands in files, without what was added
        self.knowledge = extended(knowledge, added)
        self.model = model
        self.requests = Requests.of(knowledge.requests)
        more = known_from(missing_from(knowledge, added))
        self._known = KnownQuestions(self.knowledge, more)
        self._added = AddedQuestions(more, model)
        # the model may have learnt from an addition that was withdrawn since
        self._gone = frozenset(model.heads["situation"].labels) - {"", *self.knowledge.situations}

    def follows_up(self, message: str) -> bool:
        """Say whether the message makes sense only after the one before."""
        return self.requests.follows_up(message) and self.requests.read(message) is None

    def language_of(self, text: str, usual: Language | None = None) -> Language:
        """Return the likelier of Dutch and English; `usual`, if known, where the words tell little."""
        return self._language_of(self.model.encode(text[:LONGEST_QUESTION]), usual)

    def _language_of(self, encoded: Encoded, usual: Language | None) -> Language:
        head = self.model.heads["language"]
        scores = head.scores(encoded)
        return languages.dutch_or_english(dict(zip(head.labels, map(float, scores), strict=True)), usual)

    def answer(self, question: str, language: Language | None = None, usual: Language | None = None) -> Answer:
        """Return the answer to one message, whatever it holds.

        `language` is the one to answer in, if it is fixed; `usual` the asker's, for a message without words of either.
        """
        question = clean(question)
        if len(question) > LONGEST_QUESTION:
            spoken = language or usual or self.language_of(question)
            return Answer(question, spoken, "chitchat", notice="too-long")
        if request := self.requests.read(question):
            return self._requested(question, request, language or self._request_language(question, usual))
        if not has_words(question):
            return Answer(question, language or usual or "nl", "chitchat", notice="nothing-said")
        encoded = self.model.encode(question)
        spoken = language or self._language_of(encoded, usual)
        if language is None and languages.is_other_language(question, self._known_words):
            return Answer(question, spoken, "chitchat", certain=False, confidence=0.0, notice="other-language")
        return self._searched(question, encoded, spoken)

    def _request_language(self, question: str, usual: Language | None) -> Language:
        # "richtlijn 7" is Dutch, "disclaimer" alone is either
        return self.requests.language(question) or usual or self.language_of(question)

    def _requested(self, question: str, request: Request, language: Language) -> Answer:
        match request:
            case ToSection(named) if named in self._numbered:
                section = self._numbered[named]
                passages = self._filled_up((section,), question)
                contact = self.knowledge.sections[section].contact
                return Answer(question, language, "answer", passages, contact=contact, notice="section")
            case ToSection(named):
                missing = Answer(question, language, "answer", certain=False, confidence=0.0)
                return replace(missing, notice="missing-section", asked_for=named)
            case ToSituation(name):
                known = self.knowledge.situations[name]
                found = self._filled_up(known.sections, question)
                return Answer(question, language, known.route, found, name, contact=known.contact, notice="situation")
            case ToOverview():
                return Answer(question, language, "answer", notice="overview")

    def _filled_up(self, first: tuple[str, ...], question: str) -> tuple[Passage, ...]:
        """Return these sections, and after them what a search finds."""
        passages, _ = self._search(self.model.encode(question))
        further = [passage for passage in passages if passage.section not in first]
        return tuple([*(Passage(section, 1.0) for section in first), *further][:_PASSAGES])

    def _search(self, encoded: Encoded) -> tuple[list[Passage], float]:
        """Return the sections, likeliest first and then the most relevant, and the chance by which the first leads."""
        labels, sharpness = self.model.heads["section"].labels, routing.SHARPNESS["section"]
        first, relevant = (routing.chances(labels, s, sharpness) for s in self.model.sections(encoded))
        (best, chance), (_, second) = list(first.items())[:2]
        further = [Passage(section, score) for section, score in relevant.items() if section != best]
        return [Passage(best, chance), *further][:_PASSAGES], chance - second

    def _searched(self, question: str, encoded: Encoded, spoken: Language) -> Answer:
        chance = {
            name: routing.chances(head.labels, head.scores(encoded), routing.SHARPNESS[name])
            for name, head in self.model.heads.items()
            if name in ("route", "situation")
        }
        for gone in self._gone:
            del chance["situation"][gone]
        ranked, lead = self._search(encoded)
        if known := self._known.find(question) or self._added.find(question, encoded):
            return self._repeated(question, spoken, known, ranked)
        route, route_chance = routing.choose_route(chance["route"])
        if route == "chitchat":
            talk = self._nearest_small_talk(question) if route_chance >= routing.SURE_OUTSIDE else ""
            return Answer(question, spoken, route, small_talk=talk, confidence=route_chance)
        readings = self._readings(chance["situation"], ranked)
        if route == "out_of_scope":
            certain = route_chance >= routing.SURE_OUTSIDE
            return Answer(
                question, spoken, route, confidence=route_chance, certain=certain, readings=() if certain else readings
            )
        sure = self._confidence(chance, ranked[0], lead, route)
        certain = sure >= (routing.SURE_SILENT if route == "handoff" else routing.SURE)
        situation = self._situation(chance["situation"], ranked) if certain else ""
        return Answer(
            question=question,
            language=spoken,
            route=route,
            passages=tuple(ranked),
            situation=situation,
            contact=self._contact(route, situation, ranked),
            confidence=sure,
            certain=certain,
            readings=() if certain else readings,
        )

    def _repeated(self, question: str, spoken: Language, known: Known, ranked: list[Passage]) -> Answer:
        """Return the answer to a question that repeats a known one: its sections first, then those that were found."""
        if known.route == "chitchat":
            return Answer(question, spoken, known.route, small_talk=self._nearest_small_talk(question))
        if known.route == "out_of_scope":
            return Answer(question, spoken, known.route)
        first = [Passage(section, 1.0) for section in known.sections]
        passages = [*first, *(p for p in ranked if p.section not in known.sections)][:_PASSAGES]
        contact = self._contact(known.route, known.situation, passages)
        return Answer(question, spoken, known.route, tuple(passages), known.situation, contact=contact)

    def _confidence(self, chance: dict[str, dict[str, float]], first: Passage, lead: float, route: Route) -> float:
        if route == "handoff":
            return chance["route"]["handoff"]
        showing = sum(chance["route"][shown] for shown in ("answer", "doubt", "urgent"))
        situation, likely = next(iter(chance["situation"].items()))
        rests_on = self.knowledge.situations[situation].sections if situation else ()
        agreed = likely if first.section in rests_on[:2] else 0.0
        disagreed = likely if situation and first.section not in rests_on else 0.0
        return routing.confidence(first.score, lead, showing, agreed, disagreed)

    def _contact(self, route: Route, situation: str, passages: list[Passage]) -> Contact:
        first = self.knowledge.sections[passages[0].section] if passages else None
        return routing.contact_for(route, self.knowledge.situations.get(situation), first)

    def _situation(self, situations: dict[str, float], ranked: list[Passage]) -> str:
        """Return the situation when it is likely and rests on the section found; a wrong one is worse than none."""
        best, chance = next(iter(situations.items()))
        if not best or chance < routing.SURE_SITUATION:
            return ""
        return best if ranked[0].section in self.knowledge.situations[best].sections else ""

    def _readings(self, situations: dict[str, float], ranked: list[Passage]) -> tuple[tuple[str, str], ...]:
        """Return up to three different readings: situations first, then sections that none of them opens with."""
        likely = [name for name, chance in list(situations.items())[:_READINGS] if name and chance >= _READING_CHANCE]
        readings = [("situation", name) for name in likely[: _READINGS - 1]]
        shown = {section for _, name in readings for section in self.knowledge.situations[name].sections[:1]}
        readings += [("section", p.section) for p in ranked if p.section not in shown]
        return tuple(readings[:_READINGS])

    def _nearest_small_talk(self, question: str) -> str:
        found = process.extractOne(
            fold(question), list(self._small_talk), scorer=fuzz.token_sort_ratio, score_cutoff=_SMALL_TALK_ALIKE
        )
        return self._small_talk[found[0]] if found else ""

    @cached_property
    def _numbered(self) -> dict[str, str]:
        """Return the section that goes by each kind and number: those in its name, which shift while its id stays."""
        numbered = {}
        for section in self.knowledge.sections.values():
            kind, number = kind_and_number(section.id)
            shown = re.search(r"\d+$", section.name.nl)
            numbered[f"{kind}-{shown[0] if shown else number}"] = section.id
        return numbered

    @cached_property
    def _small_talk(self) -> dict[str, str]:
        return {fold(text): talk.id for talk in self.knowledge.small_talk.values() for _, text in talk.examples}

    @cached_property
    def _known_words(self) -> frozenset[str]:
        return frozenset(term[2:] for term in self.model.encoder.vocabulary if term.startswith("w:"))
