"""The list of what to look at before a new version goes live: a person ticks each point."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.knowledge import Problem
from bot.revision.dependants import ADDITIONS, Dependants

FILE = "review.md"
_OPEN = re.compile(r"\s*[-*]\s*\[\s*\]\s*(.*)")
_TICKED = re.compile(r"\s*[-*]\s*\[[xX]\]\s*(.*)")
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
    if any(point.what == ADDITIONS for one in found for point in one.points):
        lines += ["", "Een aanvulling die niet meer klopt, trek je in bij de voorstellen van communicatie."]
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


def ticked(source: str) -> list[str]:
    """Return each point that somebody ticked, as it stands there."""
    return [found[1].strip() for line in source.splitlines() if (found := _TICKED.fullmatch(line))]


def unlisted(source: str, file: str, resting: Mapping[int, Sequence[str]]) -> list[Problem]:
    """Return the additions, by number with the sections that change under them, that the list does not have."""
    problems = []
    for number, sections in resting.items():
        if not re.search(rf"\bvoorstel {number}\b", "\n".join(ticked(source))):
            what = f"voorstel {number} rests on {', '.join(sections)}, which changes, and is not in the list."
            remedy = f"Look at it; withdraw it when it is right no more; and add the line '- [x] voorstel {number}'."
            problems.append(Problem(file, "", what, remedy))
    return problems


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
