"""From a month's history to a report: figures, never a person; wording only of what was sent or rated with words."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.knowledge import ROUTES
from bot.report.history import Handled, History, Month, Rated, Tallied
from bot.report.wordings import Group, Wording, grouped

_LONGEST_WORDING = 300  # characters shown of one
_BY_NAME = ("section", "situation", "overview", "missing-section")  # notices: somebody asked for a part by its name


@dataclass(frozen=True, slots=True)
class Line:
    """How often something was asked, shown as uncertain, rated badly, and sent to a person.

    `handed_off` is None where that is not counted apart.
    """

    name: str
    asked: int
    uncertain: int
    badly: int
    handed_off: int | None


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took: median and the time within which nine of ten came; None when there was nothing."""

    count: int
    median: timedelta | None
    p90: timedelta | None


@dataclass(frozen=True, slots=True)
class Weak:
    """What ratings say of one answer: a weak label, never learnt from without approval."""

    section: str
    situation: str
    certain: bool
    fingerprint: str
    helped: int
    not_helped: int


@dataclass(frozen=True, slots=True)
class Report:
    """A month in figures. `sections` leaves out questions without one; `open_cases` are those of now.

    `unshown` counts the wordings that are in none of `groups`: words would still show somebody.
    """

    month: Month
    total: Line
    routes: tuple[Line, ...]
    sections: tuple[Line, ...]
    languages: tuple[Line, ...]
    weeks: tuple[Line, ...]
    drafts: int
    to_claim: Spread
    to_advise: Spread
    open_cases: int
    ratings: tuple[Weak, ...]
    groups: tuple[Group, ...]
    unshown: int


async def made(month: Month, history: History, zone: str, without_names: Callable[[str], str]) -> Report:
    """Return the report of a month; `without_names` takes them out of a text, or returns nothing of it."""
    counts = await history.counts(month.first, month.after.first)
    begin, end = month.bounds(zone)
    open_cases = await history.open_cases()
    handled, rated = await history.handled(begin, end), await history.rated(begin, end)
    # taking names out takes milliseconds a text: not for the event loop
    return await asyncio.to_thread(
        summed, month, counts, handled, rated, open_cases=open_cases, without_names=without_names
    )


def summed(
    month: Month,
    counts: Sequence[Tallied],
    handled: Sequence[Handled],
    rated: Sequence[Rated],
    *,
    open_cases: int,
    without_names: Callable[[str], str],
) -> Report:
    """Return the report of what happened."""
    total = _lines(counts, lambda _: "all")
    wordings = list(_wordings(handled, rated, without_names))
    shown = [wording for wording in wordings if wording.text]
    return Report(
        month,
        total[0] if total else Line("all", 0, 0, 0, 0),
        tuple(_lines(counts, lambda one: route_of(one.route), steps=False)),
        tuple(line for line in _lines(counts, lambda one: one.section) if line.name),
        tuple(line for line in _lines(counts, lambda one: one.language) if line.name),
        tuple(sorted(_lines(counts, lambda one: week_of(one.day)), key=lambda line: line.name)),
        sum(one.times for one in counts if one.kind == "review"),
        spread([one.claimed - one.created for one in handled if one.claimed]),
        spread([one.advised - one.created for one in handled if one.advised]),
        open_cases,
        weak_labels(rated),
        grouped(shown),
        len(wordings) - len(shown),
    )


def _lines(counts: Sequence[Tallied], name: Callable[[Tallied], str], *, steps: bool = True) -> list[Line]:
    """Return a line for each name, most asked first."""
    asked, uncertain, badly, handed_off = (Counter[str]() for _ in range(4))
    for one in counts:
        match one.kind:
            case "question":
                asked[name(one)] += one.times
                uncertain[name(one)] += 0 if one.certain or one.route not in ROUTES else one.times
            case "not-helped":
                badly[name(one)] += one.times
            case "step" if one.route == "hand-off" and steps:
                handed_off[name(one)] += one.times
    names = {**asked, **badly, **handed_off}
    found = [Line(n, asked[n], uncertain[n], badly[n], handed_off[n] if steps else None) for n in names]
    return sorted(found, key=lambda line: (-line.asked, line.name))


def route_of(counted: str) -> str:
    """Return what a counted route is called in a report: what was asked by name and what said nothing are one each."""
    if counted in ROUTES:
        return counted
    return "by-name" if counted in _BY_NAME else "unread"


def week_of(day: date) -> str:
    """Return a week as 2026-W48, by ISO 8601."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def spread(times: Iterable[timedelta]) -> Spread:
    """Return median and 90th percentile (nearest rank)."""
    ordered = sorted(times)
    if not ordered:
        return Spread(0, None, None)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return Spread(len(ordered), median, ordered[math.ceil(0.9 * len(ordered)) - 1])


def weak_labels(rated: Sequence[Rated]) -> tuple[Weak, ...]:
    """Return the ratings by answer, those that helped least first."""
    by_answer: Mapping[tuple[str, str, bool, str], list[bool]] = defaultdict(list)
    for one in rated:
        by_answer[one.section, one.situation, one.certain, one.fingerprint].append(one.helped)
    found = [Weak(*answer, sum(said), len(said) - sum(said)) for answer, said in by_answer.items()]
    return tuple(sorted(found, key=lambda weak: (weak.helped - weak.not_helped, weak.section, weak.situation)))


def _wordings(
    handled: Sequence[Handled], rated: Sequence[Rated], without_names: Callable[[str], str]
) -> Iterable[Wording]:
    for case in handled:
        if case.is_question and case.text:  # a draft is somebody's post, and who was forgotten left no words
            yield Wording(_short(without_names(case.text)), f"case {case.number}")
    for one in rated:
        if one.text and not one.helped:
            yield Wording(_short(without_names(one.text)), f"rated {one.id}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_WORDING else f"{line[: _LONGEST_WORDING - 1].rstrip()}…"
