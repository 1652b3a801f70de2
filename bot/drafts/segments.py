"""Sentences of a post, by their place. People end them with a full stop, a line break or an emoji."""

from __future__ import annotations

import re

_END = re.compile(
    # each run is tried once, from its beginning: ten thousand dots take no longer than ten thousand letters
    r"""(?=[.!?…\n\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F])(?:  # nearly no character: tried before all else
      (?<![.!?…])(?<!\s[A-Z])[.!?…]++["'’”)\]]*+(?=\s|$)   # a stop (not of an initial), and what closes with it
      | \n+
      | (?<![\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F])[\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F]++(?=\s))""",
    re.VERBOSE,
)
_SHORTEST = 12  # characters; a shorter one goes with the one before ("Echt.", "No.")

_OPENING = ("?", ":")  # a short one that ends so goes with the one behind ("Vragen?")

Span = tuple[int, int]


def sentences(text: str) -> list[Span]:
    """Return the sentences as (start, end), in order, without the space around them."""
    ends = [end.end() for end in _END.finditer(text)]
    spans: list[Span] = []
    start = 0
    for end in [*ends, len(text)]:
        said = text[start:end]
        if said.strip():
            span = (start + len(said) - len(said.lstrip()), start + len(said.rstrip()))
            before = text[slice(*spans[-1])] if spans else ""
            short = span[1] - span[0] < _SHORTEST and not text[slice(*span)].endswith(_OPENING)
            if spans and (short or len(before) < _SHORTEST):
                spans[-1] = (spans[-1][0], span[1])
            else:
                spans.append(span)
        start = end
    return spans
