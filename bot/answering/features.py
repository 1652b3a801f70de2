"""What a question looks like to the model: character n-grams inside words, words, and pairs of words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from bot.answering.text import fold, words

_SHORTEST, _LONGEST = 2, 5  # character n-grams; found best together with words in leave-one-author-out runs


def terms(text: str) -> Iterator[str]:
    """Yield the features of `text` as it was typed, repeats included.

    Character n-grams stay within a word and see its borders as spaces; words are marked "w:", pairs "p:".
    """
    said = words(fold(text))
    for word in said:
        yield "w:" + word
        padded = f" {word} "
        for length in range(_SHORTEST, min(_LONGEST, len(padded)) + 1):
            for start in range(len(padded) - length + 1):
                yield padded[start : start + length]
    for first, second in pairwise(said):
        yield f"p:{first} {second}"
