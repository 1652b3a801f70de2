"""Questions chosen by what the engine makes of them today: a better model must not break a test of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.answering.answer import Answer
from bot.answering.engine import Engine
from bot.events import Language

_VAGUE = ("vrienden", "wat mag wel en niet", "iets over mijn werk", "hoe zit het met school", "dat ding van laatst")
FOLLOW_UP = "en van ouders?"


class Questions:
    """The first question of a kind."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def certain(self, language: Language) -> Answer:
        """Return a question with one clear section as its answer."""
        return self._first(language, lambda answer: answer.certain and answer.route in ("answer", "doubt"))

    def doubt(self) -> Answer:
        """Return a question answered with two quotations: the section, and the advice to ask somebody."""
        advice = self.engine.knowledge.organisation.advice_section
        return self._first("nl", lambda a: a.certain and a.route == "doubt" and a.passages[0].section != advice)

    def unsure(self) -> Answer:
        """Return a question that the engine answers with "Bedoel je"."""
        return self._first("nl", lambda answer: not answer.certain and bool(answer.readings), *_VAGUE)

    def followed_up(self) -> tuple[Answer, Answer, Answer]:
        """Return a question, its answer with `FOLLOW_UP` behind it, and that of `FOLLOW_UP` alone: all different."""
        assert self.engine.follows_up(FOLLOW_UP)
        alone = self.engine.answer(FOLLOW_UP, usual="nl")

        def differs(answer: Answer) -> bool:
            both = self.engine.answer(f"{answer.question} {FOLLOW_UP}", usual="nl")
            return answer.certain and both.certain and both.passages[:1] != alone.passages[:1]

        first = self._first("nl", differs)
        return first, self.engine.answer(f"{first.question} {FOLLOW_UP}", usual="nl"), alone

    def _first(self, language: Language, wanted: Callable[[Answer], bool], *candidates: str) -> Answer:
        for question in (*candidates, *self._candidates(language)):
            answer = self.engine.answer(question, usual=language)
            if answer.language == language and not answer.notice and answer.passages and wanted(answer):
                return answer
        raise AssertionError("no question of this kind: is the model learnt?")

    def _candidates(self, language: Language) -> Iterator[str]:
        knowledge = self.engine.knowledge
        yield from (knowledge.texts.say(language, f"starter-{name}") for name in ("photo", "friend", "wrong", "derail"))
        yield from (example.text for example in knowledge.examples if example.language == language)
