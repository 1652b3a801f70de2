"""Working time: when a term of so many working hours ends, over weekends, holidays and the change of clocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypedDict
from zoneinfo import ZoneInfo

import holidays

from bot.knowledge.values import OfficeHours

REMIND_AFTER, ESCALATE_AFTER = timedelta(hours=4), timedelta(hours=8)  # of working time
REMIND_URGENT, ESCALATE_URGENT = timedelta(minutes=10), timedelta(minutes=30)  # day and night
_LONGEST_SEARCH = 400  # days without one at work: then the terms run on as if there were no free days
_LIBERATED, _LUSTRUM, _GOOD_FRIDAY = (5, 5), 5, "goede vrijdag"


class TermsOf(TypedDict):
    """When to remind, and when to go further."""

    remind_at: datetime
    escalate_at: datetime


REMIND_AGAIN = timedelta(hours=8)  # of working time: about a day


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of cases by an organisation's hours."""

    hours: OfficeHours

    def of(self, at: datetime, *, urgent: bool) -> TermsOf:
        """Return the terms of a case that comes to somebody at this moment, in UTC."""
        if urgent:
            return {"remind_at": at + REMIND_URGENT, "escalate_at": at + ESCALATE_URGENT}
        return {
            "remind_at": after(self.hours, at, REMIND_AFTER),
            "escalate_at": after(self.hours, at, ESCALATE_AFTER),
        }

    def again(self, at: datetime) -> datetime:
        """Return when to remind once more of what still waits, in UTC."""
        return after(self.hours, at, REMIND_AGAIN)


def after(hours: OfficeHours, start: datetime, working: timedelta) -> datetime:
    """Return the moment, in UTC, at which so much working time has passed since `start`."""
    left = working
    for opens, closes in _days(hours, start):
        begins = max(opens, start.astimezone(UTC))
        if begins >= closes:
            continue
        if left <= closes - begins:
            return begins + left
        left -= closes - begins
    return start.astimezone(UTC) + working


def is_free(hours: OfficeHours, day: date) -> bool:
    """Say whether nobody is at work on this day."""
    return (
        day.weekday() not in hours.weekdays
        or _is_public_holiday(hours, day)
        or (bool(hours.region) and day in _school_holidays(hours.region, day.year))
        or any(first <= day <= last for first, last in hours.closed)
    )


def school_holidays_known(hours: OfficeHours, year: int) -> bool:
    """Say whether the school holidays of this year are known: the library's list ends some day, silently."""
    return not hours.region or bool(_school_holidays(hours.region, year))


def _days(hours: OfficeHours, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield when each working day opens and closes, in UTC, so that a day of 23 or 25 hours counts right."""
    zone = ZoneInfo(hours.zone)
    first = start.astimezone(zone).date()
    for number in range(_LONGEST_SEARCH):
        day = first + timedelta(days=number)
        if not is_free(hours, day):
            opens = datetime.combine(day, hours.opens, zone)
            yield opens.astimezone(UTC), datetime.combine(day, hours.closes, zone).astimezone(UTC)


def _is_public_holiday(hours: OfficeHours, day: date) -> bool:
    if (day.month, day.day) == _LIBERATED:
        return hours.liberation_day == "every-year" or (
            hours.liberation_day == "every-five-years" and day.year % _LUSTRUM == 0
        )
    named = _public_holidays(day.year).get(day, "")
    return bool(named) and (hours.good_friday or _GOOD_FRIDAY not in named.lower())


@lru_cache(maxsize=16)
def _public_holidays(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("NL", years=year, language="nl")


@lru_cache(maxsize=64)
def _school_holidays(region: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("NL", subdiv=region, years=year, categories=("school",)))
