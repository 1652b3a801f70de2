"""The month's report: its figures against a known history, what is counted and kept, and that nobody is in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from adapters.knowledge_source import KnowledgeSource
from adapters.storage.counts import Counts, RatingStore
from adapters.storage.database import Database
from adapters.storage.history import History
from adapters.storage.tables import feedback
from adapters.terminal.main import main
from adapters.web.identity import COOKIE
from bot.actions import Action
from bot.conversation import Conversation
from bot.events import Address, Event, Person, Pressed, Submitted
from bot.ports import StoreError
from bot.rating import Rating, Ratings
from bot.replies import Buttons, Feedback, Form, Reply
from bot.report.history import Handled, Month, Rated, Tallied
from bot.report.naming import as_row
from bot.report.report import Line, Report, made, spread, summed, week_of
from bot.report.wordings import Wording, grouped
from tests.conftest import FakeClock, FakeTally, Server
from tests.offices import FATIMA, JOKE, KAREL, Talking, email, office, said

NOVEMBER = Month.named("2026-11")
# nothing bad is told about anybody in these: a post may well hold such names, a report may not
WRITTEN = "Mag het filmpje van Sanne de Vries op TikTok?"
NAMED = ("Mag ik schrijven dat Kees Pruim jarig is?", "mag mevrouw Jansen erop?", "meneer pietersen wil een podcast")


def day(number: int) -> date:
    return date(2026, 11, number)


HISTORY = [
    Tallied(day(2), "question", "answer", "richtlijn-2", "nl", True, 6),
    Tallied(day(2), "question", "doubt", "richtlijn-8", "nl", False, 3),
    Tallied(day(24), "question", "answer", "richtlijn-2", "en", False, 1),
    Tallied(day(24), "question", "other-language", "", "nl", False, 2),
    Tallied(day(24), "question", "section", "richtlijn-7", "nl", True, 1),
    Tallied(day(24), "not-helped", "answer", "richtlijn-2", "nl", True, 2),
    Tallied(day(24), "helped", "answer", "richtlijn-2", "nl", True, 5),
    Tallied(day(24), "step", "hand-off", "richtlijn-8", "nl", True, 4),
    Tallied(day(24), "step", "claim", "richtlijn-8", "nl", True, 4),
    Tallied(day(24), "review", "adjust", "", "nl", True, 7),
]


def report(*, handled: list[Handled] = [], rated: list[Rated] = []) -> Report:  # noqa: B006 (never changed)
    return summed(NOVEMBER, HISTORY, handled, rated, open_cases=3, without_names=lambda text: text)


# Figures


def test_questions_are_counted_by_route_section_language_and_week() -> None:
    found = report()
    assert found.total == Line("all", 13, 4, 2, 4)
    assert {line.name: (line.asked, line.uncertain, line.badly) for line in found.routes} == {
        "answer": (7, 1, 2),
        "doubt": (3, 3, 0),
        "unread": (2, 0, 0),
        "by-name": (1, 0, 0),
    }
    assert found.sections == (
        Line("richtlijn-2", 7, 1, 2, 0),
        Line("richtlijn-8", 3, 3, 0, 4),
        Line("richtlijn-7", 1, 0, 0, 0),
    )
    assert [(line.name, line.asked) for line in found.languages] == [("nl", 12), ("en", 1)]
    assert [(line.name, line.asked, line.handed_off) for line in found.weeks] == [
        ("2026-W45", 9, 0),
        ("2026-W48", 4, 4),
    ]
    assert (found.drafts, found.open_cases) == (7, 3)


def test_times_have_a_median_and_a_ninetieth_percentile() -> None:
    came = datetime(2026, 11, 3, 9, tzinfo=UTC)
    handled = [
        Handled(n, True, f"vraag {n}", came, came + timedelta(minutes=n), came + timedelta(hours=n) if n < 10 else None)
        for n in range(1, 11)
    ]
    found = report(handled=handled)
    assert found.to_claim.median == timedelta(minutes=5.5) and found.to_claim.p90 == timedelta(minutes=9)
    assert found.to_advise.count == 9 and found.to_advise.median == timedelta(hours=5)
    assert spread([]).median is None


def test_like_wordings_are_one_group_and_the_largest_comes_first() -> None:
    texts = [
        "Mag ik een podcast opnemen met mijn klas?",
        "hoe lang duurt de pauze",
        "mag ik met mijn klas een podcast opnemen",
        "mag ik een podcast met m'n klas opnemen?",
    ]
    groups = grouped([Wording(text, f"rated {n}") for n, text in enumerate(texts)] + [Wording(texts[1], "case 9")])
    assert [len(group.wordings) for group in groups] == [3, 2]
    assert groups[1].source == "case 9"  # a case may have an advice


def test_a_month_is_the_organisations_own() -> None:
    begin, end = NOVEMBER.bounds("Europe/Amsterdam")
    assert begin == datetime(2026, 10, 31, 23, tzinfo=UTC) and end == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert str(Month.named("2026-12").after) == "2027-01" and str(Month.named("2027-01").before) == "2026-12"
    assert week_of(date(2027, 1, 1)) == "2026-W53"
    for wrong in ("2026-13", "november", "2026-1", "1999-01", "9999-12", "2100-01"):
        with pytest.raises(ValueError, match="Write it as 2026-11"):
            Month.named(wrong)
    for last in ("2000-01", "2099-12"):
        assert Month.named(last).before.bounds("Europe/Amsterdam") < Month.named(last).after.bounds("Europe/Amsterdam")


# Counted and kept


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    await opened.upgrade()
    yield opened
    await opened.close()


def event(key: str, deed: Pressed | Submitted) -> Event:
    return Event(key, Person("u1", "nl"), Address("fake", "D-u1"), deed, forms=True)


async def kept(database: Database) -> list[dict[str, object]]:
    async with database.reading() as connection:
        return [dict(row._mapping) for row in await connection.execute(select(feedback))]


async def test_counts_of_several_servers_add_up(database: Database, clock: FakeClock) -> None:
    servers = [Counts(database, clock, "Europe/Amsterdam", FakeTally()) for _ in range(2)]
    for server in servers:
        server.answered("answer", "nl", True, 0.01, "richtlijn-2")
        server.answered("doubt", "nl", False, 0.01, "richtlijn-8")
    await asyncio.gather(*(server.store() for server in servers))
    servers[0].answered("answer", "nl", True, 0.01, "richtlijn-2")
    await servers[0].store()
    await servers[0].store()  # nothing new
    found = await History(database).counts(day(1), day(30))
    assert [(one.route, one.section, one.certain, one.times) for one in found] == [
        ("answer", "richtlijn-2", True, 3),
        ("doubt", "richtlijn-8", False, 2),
    ]
    assert await History(database).counts(day(1), day(24)) == []


async def test_a_day_ends_at_midnight_of_the_organisation(database: Database, clock: FakeClock) -> None:
    counts = Counts(database, clock, "Europe/Amsterdam", FakeTally())
    clock.time = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    counts.answered("answer", "nl", True, 0.01)
    await counts.store()
    assert [one.day for one in await History(database).counts(day(1), day(30))] == [day(25)]


async def test_an_unreachable_database_gets_the_counts_later(tmp_path: Path, clock: FakeClock) -> None:
    database = Database(f"sqlite:///{tmp_path / 'later' / 'a.sqlite3'}")
    counts = Counts(database, clock, "Europe/Amsterdam", FakeTally())
    counts.answered("answer", "nl", True, 0.01)
    with pytest.raises(StoreError):
        await counts.store()
    counts.answered("answer", "nl", True, 0.01)
    await database.upgrade()
    await counts.store()
    assert [one.times for one in await History(database).counts(day(1), day(30))] == [2]
    await database.close()


async def test_what_is_passed_on_stays_as_it_was(database: Database, clock: FakeClock) -> None:
    tally = FakeTally()
    counts = Counts(database, clock, "Europe/Amsterdam", tally)
    counts.answered("answer", "nl", True, 0.01, "richtlijn-2")
    counts.reviewed("ok", "nl", ["insult"], 0.01)
    counts.stepped("claim", "manager", "richtlijn-2", "nl")
    counts.rated(True, "answer", "richtlijn-2")
    assert tally.answers == [("answer", "nl", True)] and tally.reviews == [("ok", ("insult",))]
    assert tally.steps == [("claim", "manager")] and tally.ratings == [(True, "answer", "richtlijn-2")]


# "Hielp dit?"


@pytest.fixture
async def talking(source: KnowledgeSource, database_url: str) -> AsyncIterator[Talking]:
    async with office(
        database_url, source.engine, source.reviewer, {email(FATIMA): (email(KAREL), "De Ark")}
    ) as opened:
        yield opened


async def test_a_rating_is_kept_without_a_person_and_words_only_when_added(
    talking: Talking, source: KnowledgeSource, database: Database, clock: FakeClock
) -> None:
    counts = Counts(database, clock, "Europe/Amsterdam", FakeTally())
    ratings = Ratings(source.engine, source.reviewer, RatingStore(database, clock, counts))
    conversation = Conversation(source.engine, source.reviewer, clock, counts, talking.hand_off, ratings=ratings)

    async def does(deed: Pressed | Submitted) -> Reply | Form | None:
        return (await conversation.handle(talking.event(FATIMA, deed))).reply

    answer = await does(Pressed(Action.SITUATION, "pupil-photo", "nl"))
    assert isinstance(answer, Reply)
    which = next(part.value for part in answer.parts if isinstance(part, Feedback))
    await does(Pressed(Action.HELPED, f"yes {which}", "nl"))
    asked = await does(Pressed(Action.HELPED, f"no {which}", "nl"))
    assert isinstance(asked, Reply)
    more = next(b for part in asked.parts if isinstance(part, Buttons) for b in part.buttons if b.action == "missed")
    form = await does(Pressed(more.action, more.value, "nl"))
    assert isinstance(form, Form) and form.title == "Wat miste je?"
    filled = {field.name: field.value for field in form.fields}
    assert "Dank je wel" in said(await does(Submitted(form.name, filled)))  # empty: it may be
    await counts.store()
    assert sorted((row["helped"], row["text"]) for row in await kept(database)) == [(False, ""), (True, "")]
    assert "Dank je wel" in said(await does(Submitted(form.name, filled | {"text": WRITTEN})))
    rows = await kept(database)
    assert len(rows) == 2
    [bad] = [row for row in rows if not row["helped"]]
    assert bad["situation"] == "pupil-photo" and bad["section"] and bad["certain"] is True
    assert bad["fingerprint"] == source.engine().knowledge.fingerprint
    assert "filmpje van iemand op TikTok" in str(bad["text"])
    assert FATIMA not in json.dumps(rows, default=str)

    forged = await does(Pressed(Action.HELPED, "no answer|Jan Jansen||certain|x", "nl"))
    assert isinstance(forged, Reply) and "missed" not in str(forged)
    assert len(await kept(database)) == 2


async def test_words_that_come_before_the_batch_are_not_lost(
    source: KnowledgeSource, database: Database, clock: FakeClock
) -> None:
    counts = Counts(database, clock, "Europe/Amsterdam", FakeTally())
    store = RatingStore(database, clock, counts)
    ratings = Ratings(source.engine, source.reviewer, store)
    key = ratings.rated(event("e1", Pressed(Action.HELPED)), "nl", "no answer|richtlijn-2||certain|96bea7a0")
    await ratings.take(event("e2", Submitted("missed", {"which": key, "text": "een voorbeeld"})))
    await counts.store()
    assert [row["text"] for row in await kept(database)] == ["een voorbeeld"]


# The whole


async def test_the_report_of_a_month_of_work_names_nobody(
    talking: Talking, source: KnowledgeSource, database: Database
) -> None:
    await talking.hand_off_to(Action.ASK_COMMUNICATIONS, WRITTEN, version="original")
    talking.clock.advance(minutes=30)
    await talking.step(JOKE, "claim")
    talking.clock.advance(minutes=90)
    await talking.advise(JOKE, "Alleen met toestemming.")
    for text in ("mag een drone boven het plein?", *NAMED):
        await talking.hand_off_to(Action.ASK_COMMUNICATIONS, text, version="original")
    store = RatingStore(database, talking.clock, Counts(database, talking.clock, "UTC", FakeTally()))
    bad = Rating("k1", False, "nl", "answer", "richtlijn-2", "", True, "96bea7a0")
    await store.missed(bad, "dit vroeg juf anja ook al, zie @sannedv")  # as one was kept before names were taken out
    found = await made(NOVEMBER, History(database), "Europe/Amsterdam", source.reviewer().nameless)
    assert (found.to_claim.median, found.to_advise.median) == (timedelta(minutes=30), timedelta(hours=2))
    assert found.open_cases == 4 and found.unshown == 0
    wordings = {wording.source: wording.text for group in found.groups for wording in group.wordings}
    assert wordings["case 1"] == "Mag het filmpje van iemand op TikTok?" and len(wordings) == 6
    for name in (
        "Sanne",
        "Vries",
        "Kees",
        "Pruim",
        "Jansen",
        "pietersen",
        "anja",
        "sannedv",
        "Fatima",
        "Joke",
        "De Ark",
    ):
        assert name not in repr(found) and name not in json.dumps(as_row(found))
    assert (await made(NOVEMBER.after, History(database), "Europe/Amsterdam", str)).groups == ()


def test_a_wording_that_words_cannot_mend_is_counted_and_not_shown() -> None:
    came = datetime(2026, 11, 3, 9, tzinfo=UTC)
    handled = [Handled(n, True, text, came, None, None) for n, text in enumerate(("een podcast?", "wie is dit?"), 1)]
    found = summed(
        NOVEMBER, HISTORY, handled, [], open_cases=0, without_names=lambda text: "" if "wie" in text else text
    )
    assert [group.source for group in found.groups] == ["case 1"] and found.unshown == 1


async def test_the_page_shows_wordings_without_names(
    start: Callable[..., Awaitable[Server]], source: KnowledgeSource, database_url: str
) -> None:
    server = await start(demonstration=True, database=database_url)
    async with office(database_url, source.engine, source.reviewer) as talking:
        for text in (WRITTEN, *NAMED):
            await talking.hand_off_to(Action.ASK_COMMUNICATIONS, text, version="original")
    cookie = {"Cookie": f"{COOKIE}=communicatie@demo.unicoz.nl"}
    async with server.client.get("/desk/report?month=2026-11", headers=cookie) as response:
        page = await response.text()
    assert "Mag het filmpje van iemand op TikTok?" in page and "iemand wil een podcast" in page.lower()
    for name in ("Sanne", "Vries", "Kees", "Pruim", "Jansen", "pietersen"):
        assert name not in page


def test_the_command_prints_text_and_json(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def prepare() -> None:
        database = Database(database_url)
        await database.upgrade()
        counts = Counts(database, FakeClock(), "Europe/Amsterdam", FakeTally())
        counts.answered("doubt", "nl", False, 0.01, "richtlijn-8")
        await counts.store()
        await database.close()

    asyncio.run(prepare())
    monkeypatch.setenv("PROTOCOLWIJZER_DATABASE", database_url)
    text = CliRunner().invoke(main, ["report", "--month", "2026-11"])
    assert text.exit_code == 0 and "Rapport over 2026-11" in text.output and "Richtlijn 8" in text.output
    row = json.loads(CliRunner().invoke(main, ["report", "--month", "2026-11", "--json"]).stdout)
    assert row["total"] == {"name": "all", "asked": 1, "uncertain": 1, "badly": 0, "handed_off": 0}
    wrong = CliRunner().invoke(main, ["report", "--month", "november"])
    assert wrong.exit_code == 2 and "Write it as 2026-11" in wrong.output
    late = CliRunner().invoke(main, ["report", "--month", "9999-12"])
    assert late.exit_code == 2 and "no month between 2000-01 and 2099-12" in late.output


@pytest.mark.parametrize(
    ("who", "status"),
    [("leerkracht@demo.unicoz.nl", 404), ("leidinggevende@demo.unicoz.nl", 404), ("communicatie@demo.unicoz.nl", 200)],
)
async def test_the_page_is_for_the_desk_alone(start: Callable[..., Awaitable[Server]], who: str, status: int) -> None:
    server = await start(demonstration=True)
    cookie = {"Cookie": f"{COOKIE}={who}"}
    async with server.client.get("/desk/report?month=2026-11", headers=cookie) as response:
        assert response.status == status
    async with server.client.get("/desk", headers=cookie) as response:
        assert ("/desk/report" in await response.text()) == (status == 200)


async def test_what_was_asked_here_is_on_the_page(start: Callable[..., Awaitable[Server]]) -> None:
    server = await start(demonstration=True)
    asked = {"id": "1", "session": "s", "language": "nl", "text": "mag ik een klassenfoto plaatsen?"}
    async with server.client.post("/api/events", json=asked) as response:
        assert response.status == 200
    cookie = {"Cookie": f"{COOKIE}=communicatie@demo.unicoz.nl"}
    async with server.client.get("/desk/report", headers=cookie) as response:
        page = await response.text()
    assert '<svg viewBox="0 0 300 24"' in page and "klassenfoto" not in page
    for wrong in ("2026-13", "9999-12"):
        async with server.client.get(f"/desk/report?month={wrong}", headers=cookie) as response:
            assert response.status == 404 and "Deze bladzijde bestaat niet" in await response.text()


def test_quality_lists_ratings_as_weak_labels_apart(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.quality import weak_labels

    async def prepare() -> None:
        database = Database(database_url)
        await database.upgrade()
        store = RatingStore(database, FakeClock(), Counts(database, FakeClock(), "UTC", FakeTally()))
        for n, helped in enumerate((True, False, False)):
            rating = Rating(f"k{n}", helped, "nl", "answer", "richtlijn-2", "pupil-photo", True, "96bea7a0")
            await store.missed(rating, "")
        await database.close()

    asyncio.run(prepare())
    monkeypatch.setenv("PROTOCOLWIJZER_DATABASE", database_url)
    assert "| richtlijn-2 | pupil-photo | yes | 96bea7a0 | 1 | 2 |" in weak_labels()
