"""How fast cases are stored, delivered and listed: printed, never asserted, for the machine is noisy."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from sqlalchemy import insert, text

from adapters.knowledge_source import KnowledgeSource
from adapters.storage.rows import columns
from adapters.storage.tables import cases
from bot.events import Submitted
from bot.handoff.case import OPEN, Status
from bot.handoff.people import Actor
from tests.fakes.platform import FakePlatform
from tests.faults.test_faults import Server
from tests.offices import FATIMA, JOKE, Talking, email, office
from tests.test_case import case

HAND_OFFS = 400
SUSTAINED = 10.0  # seconds
MANY = 100_000
Show = Callable[[str], None]


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    def printed(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}", end="")

    return printed


@pytest.fixture
async def talking(source: KnowledgeSource, database_url: str) -> AsyncIterator[Talking]:
    async with office(database_url, source.engine, source.reviewer) as opened:
        yield opened


def form(number: int) -> dict[str, str]:
    return {"text": f"vraag {number}", "to": "communications", "once": f"o{number}", "warned": "yes"}


async def store(talking: Talking, number: int) -> float:
    started = time.perf_counter()
    event = talking.event(FATIMA, Submitted("hand-off", form(number)))
    await talking.hand_off.submitted(event, "hand-off", form(number))
    return time.perf_counter() - started


async def test_hand_off_to_stored(talking: Talking, show: Show) -> None:
    took = sorted([await store(talking, number) for number in range(HAND_OFFS)][20:])
    kind = "PostgreSQL" if talking.outbox._database.is_postgres else "SQLite"
    p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
    show(f"hand-off to stored, {kind}: p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms")


async def test_a_hundred_thousand_cases(talking: Talking, show: Show) -> None:
    plain = columns(case())
    async with talking.store._database.writer.begin() as connection:
        for start in range(0, MANY, 10_000):
            rows = [
                {**plain, "opened_by": f"k{n}", "status": Status.NEW if n % 500 == 0 else Status.CLOSED}
                | {"asker": email(FATIMA) if n % 1000 == 0 else f"a{n % 700}@unicoz.nl"}
                for n in range(start, start + 10_000)
            ]
            await connection.execute(insert(cases), rows)
    async with talking.store._database.writer.begin() as connection:
        await connection.execute(text("ANALYZE"))
    desk = Actor((await talking.hand_off.office.actor(talking.event(JOKE, Submitted("x")))).party, email(JOKE), True)
    acting = talking.hand_off.acting
    kind = "PostgreSQL" if talking.outbox._database.is_postgres else "SQLite"

    async def timed(name: str, work: Callable[[], object]) -> None:
        took = []
        for _ in range(15):
            started = time.perf_counter()
            await work()  # type: ignore[misc]
            took.append(time.perf_counter() - started)
        show(f"100,000 cases (200 open), {kind}: {name} {statistics.median(took) * 1000:.1f} ms")

    await timed("the open ones", lambda: acting.cases_for(desk, "", "nl"))
    await timed("filtered by words", lambda: acting.cases_for(desk, "nieuw klassenfoto overweging-4", "nl"))
    await timed("one's own", lambda: acting.mine(talking.event(FATIMA, Submitted("x"))))
    await timed("what is due", acting.on_time)
    async with talking.store.reading() as reading:
        assert len(await reading.cases(OPEN)) == MANY // 500


async def send_for(server: Server, client: aiohttp.ClientSession, seconds: float, workers: int, mark: str) -> int:
    """Hand off from so many people at once for so long; return how many were acknowledged."""
    done = 0
    ends = time.perf_counter() + seconds

    async def person(number: int) -> None:
        nonlocal done
        turn = 0
        while time.perf_counter() < ends:
            turn += 1
            key = f"{mark}-{number}-{turn}"
            values = {"text": f"vraag {key}", "to": "communications", "once": key, "warned": "yes"}
            body = {"id": key, "who": FATIMA, "form": "hand-off", "values": values}
            async with client.post(f"{server.url}/fake/events", json=body) as response:
                done += response.status == 200

    await asyncio.gather(*(person(number) for number in range(workers)))
    return done


@pytest.mark.parametrize("replicas", [1, 2])
async def test_sustained_hand_offs_and_how_soon_they_arrive(database_url: str, replicas: int, show: Show) -> None:
    kind = "PostgreSQL" if database_url.startswith("postgres") else "SQLite"
    if kind == "SQLite" and replicas > 1:
        pytest.skip("SQLite has one server")
    platform = FakePlatform()
    await platform.start()
    servers = [Server(database_url, platform.url) for _ in range(replicas)]
    async with aiohttp.ClientSession() as client:
        for server in servers:
            await server.start()
        started = time.perf_counter()
        done = sum(
            await asyncio.gather(*(send_for(server, client, SUSTAINED, 8, f"r{n}") for n, server in enumerate(servers)))
        )
        rate = done / (time.perf_counter() - started)
        show(f"hand-offs sustained for {SUSTAINED:.0f} s, {kind}, {replicas} server(s): {rate:.0f}/s")
        for server in servers:
            await server.kill()
    await platform.stop()


async def test_from_commit_to_the_platform(database_url: str, show: Show) -> None:
    platform = FakePlatform()
    platform.latency = 0.03
    await platform.start()
    server = Server(database_url, platform.url)
    await server.start()
    took = []
    async with aiohttp.ClientSession() as client:
        for number in range(60):
            values = {"text": f"vraag {number}", "to": "communications", "once": f"o{number}", "warned": "yes"}
            body = {"id": f"h{number}", "who": FATIMA, "form": "hand-off", "values": values}
            async with client.post(f"{server.url}/fake/events", json=body) as response:
                assert response.status == 200
            committed = time.perf_counter()
            await platform.until(lambda number=number: len(platform.at("C-loket")) > number)  # type: ignore[misc]
            took.append(time.perf_counter() - committed)
    await server.kill()
    await platform.stop()
    kind = "PostgreSQL" if database_url.startswith("postgres") else "SQLite"
    p50, p95 = statistics.median(took), sorted(took)[int(len(took) * 0.95)]
    show(f"from commit to a platform of 30 ms, {kind}: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
