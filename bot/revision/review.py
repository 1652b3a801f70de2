"""The list of what to look at before a new version goes live: a person ticks each point."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.knowledge import Problem
from bot.revision.dependants import Dependants

FILE = "review.md"
_OPEN = re.compile(r"\s*[-*]\s*\[\s*\]\s*(.*)")
_SHOWN = 60  # characters of a point


def written(before: str, after: str, found: Sequence[Dependants]) -> str:
    """Return the list as Markdown; `before` and `after` are the fingerprints of the two versions."""
    how = "Zet een x tussen de haken van elk punt dat je hebt bekeken. Is alles aangekruist, dan kan deze versie live:"
    lines = [
        "# Nakijken voordat de nieuwe versie live gaat",
        "",
        f"Van versie {before} naar versie {after}.",
        how,
        "",
        "    protocolwijzer knowledge check MAP",
        "    protocolwijzer knowledge activate MAP",
    ]
    for one in found:
        lines += ["", f"## {one.heading}", "", *(f"- [ ] {point}" for point in one.points)]
    return "\n".join([*lines, ""])


def open_points(source: str, file: str) -> list[Problem]:
    """Return each point that nobody has ticked."""
    remedy = "Look at it and put an x between the brackets."
    return [
        Problem(file, f"line {number}", f"'{_short(found[1])}' is not ticked.", remedy)
        for number, line in enumerate(source.splitlines(), 1)
        if (found := _OPEN.fullmatch(line))
    ]


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
