"""Which words of a sentence to underline: the part that says most for the rule."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from bot.answering.text import fold, words
from bot.drafts.model import DraftModel, SentenceScores
from bot.drafts.segments import Span

# Parts of a sentence: between commas and the like, and before "en", "maar", "because"
_BORDER = re.compile(r"[,;:()–—]+\s?|\s(?=(?:en|maar|want|omdat|dus|die|dat|and|but|because|so|who|that)\s)")
_FEW_WORDS = 9  # a sentence of fewer is underlined whole
_EDGES = " \t\n,;:.!?()–—-"


def strongest(text: str, span: Span, rule: str, model: DraftModel, scored: SentenceScores) -> Span:
    """Return the part of the sentence at `span` that speaks most for the rule, without the punctuation around it."""
    said = text[slice(*span)]
    if len(said.split()) < _FEW_WORDS:
        return trimmed(text, span)
    pull = _pull(scored, rule, model)
    borders = [span[0], *(span[0] + border.end() for border in _BORDER.finditer(said)), span[1]]
    parts = [(start, end) for start, end in pairwise(borders) if text[start:end].strip(_EDGES)]

    def speaks(part: Span) -> float:
        return sum(pull.get(word, 0.0) for word in words(fold(text[slice(*part)])))

    return trimmed(text, max(parts, key=speaks, default=span))


def _pull(scored: SentenceScores, rule: str, model: DraftModel) -> dict[str, float]:
    """Return what each word adds to the rule's margin; words that share a feature share what it adds."""
    encoded = model.encoder.weigh(scored.found)
    column = model.head.labels.index(rule)
    added = dict(
        zip(
            encoded.positions.tolist(),
            (encoded.values * model.head.weights[encoded.positions, column]).tolist(),
            strict=True,
        )
    )
    places = {word: model.encoder.positions_of(word) for word in set(scored.words)}
    shared = Counter(place for some in places.values() for place in some)
    return {word: sum(added.get(place, 0.0) / shared[place] for place in some) for word, some in places.items()}


def trimmed(text: str, span: Span) -> Span:
    """Return the span without space and punctuation at its ends."""
    start, end = span
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    return start, end
