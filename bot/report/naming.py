"""What the lines of a report are called, in the reader's language."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from bot.events import Language
from bot.knowledge import Knowledge
from bot.report.report import Report, Spread

_HOUR, _DAY = 3_600, 86_400  # seconds


def section_name(section: str, knowledge: Knowledge, language: Language) -> str:
    """Return a section by its name and title; one that no longer exists by its id."""
    known = knowledge.sections.get(section)
    return f"{known.name[language]}: {known.title[language]}" if known else section


def route_name(route: str, knowledge: Knowledge, language: Language) -> str:
    return knowledge.texts.say(language, f"report-route-{route.replace('_', '-')}")


def language_name(code: str, knowledge: Knowledge, language: Language) -> str:
    return knowledge.texts.say(language, f"report-language-{code}")


def duration(time: timedelta | None, knowledge: Knowledge, language: Language) -> str:
    """Return how long something took, in minutes, hours or days of the clock."""
    if time is None:
        return "–"
    seconds = time.total_seconds()
    if seconds < _HOUR:
        return knowledge.texts.say(language, "report-minutes", count=round(seconds / 60))
    if seconds < 2 * _DAY:
        return knowledge.texts.say(language, "report-hours", count=round(seconds / _HOUR))
    return knowledge.texts.say(language, "report-days", count=round(seconds / _DAY))


def as_row(report: Report) -> dict[str, object]:
    """Return a report as JSON can hold it; times in seconds."""
    row = asdict(report)
    row["month"] = str(report.month)
    row["to_claim"], row["to_advise"] = _seconds(report.to_claim), _seconds(report.to_advise)
    row["groups"] = [
        {"count": len(group.wordings), "source": group.source, "wordings": [one.text for one in group.wordings]}
        for group in report.groups
    ]
    return row


def _seconds(spread: Spread) -> dict[str, float | int | None]:
    median, p90 = (None if time is None else time.total_seconds() for time in (spread.median, spread.p90))
    return {"count": spread.count, "median": median, "p90": p90}
