"""Reads a draft once: what is visible, its sentences, the model's scores, and who and what is named."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.drafts import weighing
from bot.drafts.identifiers import Identifier, Surroundings, identifiers
from bot.drafts.mention import Mention, NameWords, chances
from bot.drafts.model import DraftModel, Scores, SentenceScores
from bot.drafts.names import consents, mentions
from bot.drafts.segments import Span, sentences
from bot.drafts.visible import Visible, fold_each, visible
from bot.knowledge.draft_values import DraftKnowledge, Lexicon

PERSONAL = "personal-data"

_AS_STRONG = 0.45  # margin below the strongest sentence's at which another sentence counts too
_WEAKEST = -0.55  # margin below which no sentence counts but the strongest
_WEAKEST_ABOUT = -0.75  # the same for a sentence about somebody, in a draft with personal data
_MOST_PLACES = 4  # of one rule
_GOES_ON = re.compile(r"\b(?:hij|zij|ze|zijn|haar|hem|he|she|his|her|him|they|their)\b")


@dataclass(frozen=True, slots=True)
class Read:
    """One draft; `about` says for each sentence whether it is about a person: named in it, or gone on about."""

    draft: str
    seen: Visible
    spans: tuple[Span, ...]
    scores: Scores
    named: tuple[Mention, ...]
    likely: tuple[float, ...]  # for each of them: the chance (0 to 1) that the draft should not hold the name
    numbers: tuple[Identifier, ...]
    private: tuple[bool, ...]  # for each sentence: it speaks of health, care, behaviour, marks or family
    about: tuple[bool, ...]

    def sentence_of(self, place: int) -> int:
        """Return which sentence a character stands in."""
        return _sentence_of(self.spans, place)

    def found(self, rule: str) -> bool:
        """Say whether the model finds that the draft breaks a rule."""
        return self.scores.chances[rule] >= weighing.found(rule)

    def strong(self, rule: str) -> list[int]:
        """Return the sentences that speak for a rule: the strongest, and those that are nearly as strong; in order."""
        margins = self.scores.of(rule)
        least = max(_WEAKEST, float(margins.max()) - _AS_STRONG)
        ranked = sorted(range(len(margins)), key=lambda n: -margins[n])
        return sorted(n for n in ranked[:_MOST_PLACES] if n == ranked[0] or margins[n] >= least)

    def facts(self) -> list[int]:
        """Return the sentences that tell what nobody may read about a person; in order."""
        margins = self.scores.of(PERSONAL)
        told = [
            n
            for n in range(len(self.spans))
            if (self.private[n] and (self.about[n] or margins[n] >= _WEAKEST))
            or (self.about[n] and margins[n] >= _WEAKEST_ABOUT)
        ]
        return sorted({*told, *self.strong(PERSONAL)})


class Reader:
    """The lexicons and the model; safe to share between threads."""

    def __init__(self, knowledge: DraftKnowledge, model: DraftModel, own: Collection[str]) -> None:
        self.model = model
        self.names = _name_words(knowledge)
        self._around = Surroundings(_folded(knowledge.identifiers), frozenset(map(fold_each, own)))
        self._own_people = frozenset(map(fold_each, own))

    def read_again(self, proposal: str, known: dict[str, SentenceScores]) -> Read:
        """Return a proposal as read, in which nobody is named any more."""
        seen = visible(proposal)
        spans = tuple(sentences(seen.text))
        scores = self.model.score(seen.text, [seen.text[slice(*span)] for span in spans], known)
        nothing = (False,) * len(spans)
        return Read(proposal, seen, spans, scores, (), (), (), nothing, nothing)

    def read(self, draft: str, known: dict[str, SentenceScores]) -> Read:
        """Return a draft as read; it must hold at least one sentence. `known` as in `DraftModel.score`."""
        seen = visible(draft)
        spans = tuple(sentences(seen.text))
        consent = consents(seen.folded, self.names)
        private = tuple(self.names.sensitive.search(seen.folded, *span) is not None for span in spans)
        named = tuple(
            mention
            for mention in mentions(seen.text, seen.folded, spans, private, self.names, consent=consent)
            if seen.folded[mention.start : mention.end] not in self._own_people
        )
        numbers = tuple(identifiers(seen.text, seen.folded, self._around))
        scores = self.model.score(seen.text, [seen.text[slice(*span)] for span in spans], known)
        likely = _likely(named, spans, scores)
        others = (chance for mention, chance in zip(named, likely, strict=True) if mention.is_of_another)
        signs = weighing.Signs(max(others, default=None), bool(numbers), any(private), consent)
        about = tuple(_about(seen.folded, spans, named))
        return Read(draft, seen, spans, _with(scores, signs), named, likely, numbers, private, about)


def _with(scores: Scores, signs: weighing.Signs) -> Scores:
    chances = {**scores.chances, PERSONAL: weighing.personal(scores.chances[PERSONAL], signs)}
    return replace(scores, chances=chances)


def _sentence_of(spans: Sequence[Span], place: int) -> int:
    return next((n for n, (_, end) in enumerate(spans) if place < end), len(spans) - 1)


def _likely(named: Sequence[Mention], spans: Sequence[Span], scores: Scores) -> tuple[float, ...]:
    margins, post = scores.of(PERSONAL), scores.of_post(PERSONAL)
    return chances(named, [one.odds(float(margins[_sentence_of(spans, one.start)]), post) for one in named])


def _about(folded: str, spans: tuple[Span, ...], named: tuple[Mention, ...]) -> Iterator[bool]:
    """Yield for each sentence whether somebody is named in it, or the one before goes on ("Hij …", "His …")."""
    before = False
    for start, end in spans:
        own = any(start <= mention.start < end and not mention.is_author for mention in named)
        before = own or (before and _GOES_ON.search(folded, start, end) is not None)
        yield before


def _folded(lexicon: Lexicon) -> dict[str, tuple[str, ...]]:
    return {name: tuple(fold_each(word) for word in words) for name, words in lexicon.items()}


def _name_words(knowledge: DraftKnowledge) -> NameWords:
    names, sensitive = _folded(knowledge.names), _folded(knowledge.sensitive)
    private = [word for kind, words in sensitive.items() if kind != "consent" for word in words]
    return NameWords(
        first=frozenset(names["first"]),
        ordinary=frozenset(names["ordinary"]),
        never=frozenset(names["never"]),
        roles={role: frozenset(map(fold_each, one.words)) for role, one in knowledge.persons.items()},
        titles=frozenset(names["titles"]),
        public=frozenset(names["public"]),
        famous=frozenset(names.get("famous", ())),
        sensitive=_beginnings(private),
        consent=_beginnings(sensitive["consent"]),
    )


def _beginnings(words: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern for words and phrases that begin like one of these; by first letter, so that few are tried."""
    by_letter: dict[str, list[str]] = {}
    for word in sorted(set(words), key=lambda word: (-len(word), word)):
        by_letter.setdefault(word[0], []).append(re.escape(word[1:]))
    tried = "|".join(f"{re.escape(letter)}(?:{'|'.join(rest)})" for letter, rest in by_letter.items())
    return re.compile(rf"(?<!\w)(?:{tried})")
