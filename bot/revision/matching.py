"""Which block of a new document is which piece of the old one, however much the numbers shifted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

from bot.knowledge.document import DocumentSection
from bot.revision.lines import Block

# Percent of the words alike: two different pieces of a real protocol reach 32, thoroughly reworded ones 33 to 61
_ALIKE = 40
_ALIKE_IN_PLACE = 26  # enough for a block that stands where the piece stood, between the same neighbours
_LONGEST_NAMED = 120  # characters of a section that is a heading alone
_LONG_WORD = 3  # letters: shorter words tell nothing


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph of an old section."""

    section: str
    text: str
    is_heading: bool


def pieces_of(sections: Sequence[DocumentSection]) -> list[Piece]:
    """Return the paragraphs of the old sections, in order."""
    return [
        Piece(section.id, text, len(section.text) < _LONGEST_NAMED and not section.text.endswith("."))
        for section in sections
        for text in section.text.split("\n\n")
    ]


def likeness(one: str, other: str) -> float:
    """Return how many of the words two texts share, in percent: in the same order, or of the longer ones in any."""
    these, those = _words(one), _words(other)
    if not these or not those:
        return 0.0
    in_order = 100 * Indel.normalized_similarity(these, those)
    long, longs = (Counter(word for word in words if len(word) > _LONG_WORD) for words in (these, those))
    all_long = long.total() + longs.total()
    in_any = 200 * (long & longs).total() / all_long if all_long else 0.0
    return float(max(in_order, in_any))


def match(blocks: Sequence[Block], pieces: Sequence[Piece]) -> dict[int, int]:
    """Return the piece of each block that has one, both by their place in the order; each piece is used once."""
    alike = {
        (b, p): likeness(block.text, piece.text)
        for b, block in enumerate(blocks)
        for p, piece in enumerate(pieces)
        if block.kind != "title" and (block.kind == "heading") <= piece.is_heading
    }
    found: dict[int, int] = {}
    for b, p in sorted(alike, key=lambda pair: (-alike[pair], abs(pair[0] - pair[1]))):
        if alike[b, p] >= _ALIKE and b not in found and p not in found.values():
            found[b] = p
    for b, block in enumerate(blocks):
        p = _in_place(b, found)
        if block.kind in ("item", "text") and b not in found and 0 <= p < len(pieces) and p not in found.values():
            between = found.get(_next(b, blocks), p + 1) == p + 1
            if between and alike.get((b, p), 0) >= _ALIKE_IN_PLACE:
                found[b] = p
    return found


def _in_place(block: int, found: Mapping[int, int]) -> int:
    """Return the piece after that of the block before; -1 when that has none."""
    return found.get(block - 1, -2) + 1


def _next(block: int, blocks: Sequence[Block]) -> int:
    return next((b for b in range(block + 1, len(blocks)) if blocks[b].kind in ("item", "text")), -1)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
