"""Pure functions on text: clean what people paste, fold what does not matter for meaning."""

from __future__ import annotations

import re
import unicodedata

# Unicode categories that carry no meaning in a question: control, format (bidirectional marks, zero width),
# private use, surrogates, unassigned. Line breaks and tabs become spaces.
_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Cn"}
_QUOTES = str.maketrans("‘’‛`´“”„«»–—−…", "'''''\"\"\"\"\"---.")
_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
_REPEATED = re.compile(r"(.)\1{2,}")
_READABLE = re.compile(r"[^\W\d_]{2,}")
_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """Return `text` in composed form (NFC) without invisible characters and with single spaces."""
    composed = unicodedata.normalize("NFC", text)
    seen = (" " if c.isspace() else c for c in composed if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return _SPACE.sub(" ", "".join(seen)).strip()


def fold(text: str) -> str:
    """Return `text` in lower case, without accents, with plain quotes, and "heeeel" as "heel"."""
    if text.isascii():  # four times as fast, and most of what people type
        return _SPACE.sub(" ", _REPEATED.sub(r"\1\1", text.translate(_QUOTES).lower())).strip()
    # twice: a sign such as ℠ comes apart into capitals, and a capital such as İ into a letter and a dot
    lower = unicodedata.normalize("NFKD", text.translate(_QUOTES)).lower()
    letters = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    return _SPACE.sub(" ", _REPEATED.sub(r"\1\1", letters)).strip()


def words(folded: str) -> list[str]:
    """Return the words of a folded text; inner apostrophes and hyphens belong to the word ("foto's", "e-mail")."""
    return _WORD.findall(folded)


def has_words(text: str) -> bool:
    """Say whether there is anything to read: at least one word of two letters or more."""
    return _READABLE.search(text) is not None
