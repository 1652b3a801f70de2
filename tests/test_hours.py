"""Terms in working hours: over nights, weekends, holidays and the change of clocks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.handoff.hours import Terms, after, is_free, school_holidays_known
from bot.knowledge.files import HoursRow

HERE = ZoneInfo("Europe/Amsterdam")
HOURS = HoursRow(school_holidays="Midden").value()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


@pytest.mark.parametrize(
    ("start", "hours", "ends"),
    [
        ("2026-11-24 09:00", 4, "2026-11-24 13:00"),
        ("2026-11-24 16:00", 4, "2026-11-25 11:30"),
        ("2026-11-24 03:00", 4, "2026-11-24 12:30"),
        ("2026-11-27 16:30", 4, "2026-11-30 12:00"),  # over a weekend
        ("2026-11-28 12:00", 4, "2026-11-30 12:30"),  # begun in one
        ("2026-12-18 16:30", 4, "2027-01-04 12:00"),  # over the Christmas holidays
        ("2026-04-03 16:00", 4, "2026-04-07 11:30"),  # Good Friday is worked here, Easter Monday is free
        ("2026-03-27 16:00", 4, "2026-03-30 11:30"),  # the clocks go forward in that weekend
        ("2026-10-23 16:00", 4, "2026-10-26 11:30"),  # and back in this one
        ("2026-11-24 09:00", 8, "2026-11-24 17:00"),
    ],
)
def test_a_term_ends(start: str, hours: int, ends: str) -> None:
    worked = HoursRow(school_holidays="" if start.startswith("2026-10") else "Midden").value()
    found = after(worked, at(start), timedelta(hours=hours)).astimezone(HERE)
    assert found == at(ends)


def test_urgent_terms_run_day_and_night() -> None:
    saturday = at("2026-11-28 23:55")
    assert Terms(HOURS).of(saturday, urgent=True)["escalate_at"] == saturday + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("day", "free"),
    [
        (date(2026, 4, 3), False),
        (date(2026, 4, 27), True),
        (date(2026, 5, 5), False),
        (date(2030, 5, 5), True),
        (date(2026, 12, 25), True),
        (date(2026, 11, 24), False),
        (date(2026, 11, 28), True),
    ],
)
def test_free_days(day: date, free: bool) -> None:
    assert is_free(HoursRow().value(), day) is free


def test_good_friday_and_liberation_day_are_the_organisations_choice() -> None:
    chosen = HoursRow(good_friday=True, liberation_day="every-year").value()
    assert is_free(chosen, date(2026, 4, 3)) and is_free(chosen, date(2026, 5, 5))
    assert not is_free(HoursRow(liberation_day="never").value(), date(2025, 5, 5))


def test_days_of_our_own_are_free() -> None:
    closed = HoursRow.model_validate({"closed": [{"first": "2026-11-24", "last": "2026-11-25"}]}).value()
    assert is_free(closed, date(2026, 11, 25)) and not is_free(closed, date(2026, 11, 26))


def test_school_holidays_end_some_day() -> None:
    assert school_holidays_known(HOURS, 2027)
    assert not school_holidays_known(HOURS, 2040)


def test_an_organisation_that_is_never_open_does_not_hang() -> None:
    never = HoursRow.model_validate({"closed": [{"first": "2020-01-01", "last": "2090-01-01"}]}).value()
    assert after(never, at("2026-11-24 09:00"), timedelta(hours=4)) == at("2026-11-24 13:00")
