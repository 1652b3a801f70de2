"""What a question looks like to the model: character n-grams inside words, words, and pairs of words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

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
