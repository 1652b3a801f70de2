"""What a question looks like to the model: character n-grams inside words, words and pairs of them, concepts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

_MOST_PAIRED = 40  # concepts
_SHORTEST, _LONGEST = 2, 5  # character n-grams; found best together with words in leave-one-author-out runs


def inside(word: str) -> list[str]:
    """Return the character n-grams of a folded word, which sees its borders as spaces."""
    padded = f" {word} "
    return [
        padded[start : start + length]
        for length in range(_SHORTEST, min(_LONGEST, len(padded)) + 1)
        for start in range(len(padded) - length + 1)
    ]


def among(said: Sequence[str]) -> list[str]:
    """Return the words as "w:…" and their neighbouring pairs as "p:…"."""
    return [*(f"w:{word}" for word in said), *(f"p:{first} {second}" for first, second in pairwise(said))]


def meant(concepts: Sequence[str]) -> list[str]:
    """Return concepts as "c:…" and all pairs of different ones as "d:…": a parent and a photo say more than each.

    A text with very many concepts (a long one) has so many pairs that they say nothing; it gets none.
    """
    different = sorted(set(concepts))
    pairs = combinations(different, 2) if len(different) <= _MOST_PAIRED else ()
    return [*(f"c:{concept}" for concept in concepts), *(f"d:{first} {second}" for first, second in pairs)]
