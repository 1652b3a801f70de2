"""Why a section was found: the words and concepts that spoke for it, and the known question that is nearest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.answering.features import among, inside, meant
from bot.answering.model import Model
from bot.answering.text import fold, words
from bot.knowledge import Example

_NAMED = 4  # words and concepts shown


@dataclass(frozen=True, slots=True)
class Why:
    """What spoke for a section, strongest first. `nearest` is a known question with this section first, if any."""

    section: str
    words: tuple[str, ...]
    concepts: tuple[str, ...]
    nearest: str


def explain(model: Model, question: str, section: str, examples: Sequence[Example]) -> Why:
    """Return why `section` was found for `question`; takes some milliseconds, so only when asked."""
    head = model.heads["section"]
    encoded = model.encode(question)
    column = head.weights[:, head.labels.index(section)]
    pulls = (encoded.values * column[encoded.positions]).tolist()
    pull: dict[int, float] = dict(zip(encoded.positions.tolist(), pulls, strict=True))

    def pull_of(terms: Sequence[str]) -> float:
        places = {model.encoder.vocabulary[term] for term in terms if term in model.encoder.vocabulary}
        return sum(pull.get(place, 0.0) for place in places)

    said = words(fold(question))
    by_word = {word: pull_of([*inside(word), *among([word])]) for word in dict.fromkeys(said)}
    by_concept = {concept: pull_of(meant([concept])) for concept in dict.fromkeys(model.encoder.lexicon.find(said))}
    known = [example.text for example in examples if example.top[:1] == (section,)]
    nearest = process.extractOne(question, known, scorer=fuzz.token_set_ratio, processor=fold)
    return Why(section, _strongest(by_word), _strongest(by_concept), nearest[0] if nearest else "")


def _strongest(pulls: dict[str, float]) -> tuple[str, ...]:
    ranked = sorted((name for name, pull in pulls.items() if pull > 0), key=lambda name: -pulls[name])
    return tuple(ranked[:_NAMED])
