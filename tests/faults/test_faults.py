"""What must not be lost: real processes that are killed, real databases that go away, a platform that is ill."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import signal
import socket
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from adapters.settings import ROOT
from adapters.storage.case_store import CaseStore
from adapters.storage.database import Database
from adapters.storage.outbox import Outbox
from bot.handoff.case import Case, Status
from tests.conftest import FakeClock
from tests.fakes.platform import FakePlatform
from tests.postgres import Postgres

pytestmark = [pytest.mark.faults, pytest.mark.postgres]
CHANCE = random.Random(7)
PATIENCE = 120  # seconds; nothing here takes that long unless it is broken


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@dataclass
class Server:
    """One process of ours, on a port that it keeps over restarts."""

    database: str
    platform: str
    port: int = field(default_factory=free_port)
    largest_file: int = 0
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        limits = [str(self.largest_file)] if self.largest_file else []
        arguments = [self.database, self.platform, str(self.port), *limits]
        command = [sys.executable, "-m", "tests.faults.server", *arguments]
        self.process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        assert self.process.stdout
        async with asyncio.timeout(PATIENCE):
            assert b"ready" in await self.process.stdout.readline()

    async def kill(self) -> None:
        assert self.process
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@dataclass
class World:
    """A platform, servers, and the people who use them."""

    platform: FakePlatform
    client: aiohttp.ClientSession
    servers: list[Server] = field(default_factory=list)
    refused: int = 0
    pressed: Counter[str] = field(default_factory=Counter)

    async def serve(self, database: str, largest_file: int = 0) -> Server:
        server = Server(database, self.platform.url, largest_file=largest_file)
        self.servers.append(server)
        await server.start()
        return server

    async def send(self, number: int, *, until_taken: bool = True) -> bool:
        """Hand something off, as a platform does: the same event again until somebody acknowledges it."""
        values = {"text": f"vraag {number}", "to": "communications", "once": f"o{number}", "warned": "yes"}
        return await self.deed(f"h{number}", {"form": "hand-off", "values": values}, until_taken=until_taken)

    async def deed(self, key: str, deed: dict[str, object], who: str = "fatima", *, until_taken: bool = True) -> bool:
        async with asyncio.timeout(PATIENCE):
            while True:
                server = CHANCE.choice(self.servers)
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    # a platform sends the same event again; a person whose form came back presses anew
                    body = {"id": f"{key}-{self.pressed[key]}", "who": who, **deed}
                    async with self.client.post(f"{server.url}/fake/events", json=body) as response:
                        if response.status == 200:
                            return True
                        self.refused += 1
                        self.pressed[key] += 1
                if not until_taken:
                    return False
                await asyncio.sleep(0.02)  # between two tries of the platform, not for something to happen


@pytest.fixture
async def world() -> AsyncIterator[World]:
    platform = FakePlatform()
    await platform.start()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as client:
        made = World(platform, client)
        yield made
        for server in made.servers:
            if server.process and server.process.returncode is None:
                await server.kill()
    await platform.stop()


async def cases_in(database: str) -> list[Case]:
    opened = Database(database)
    try:
        async with CaseStore(opened, FakeClock()).reading() as reading:
            return list(await reading.cases(tuple(Status), limit=10_000))
    finally:
        await opened.close()


async def undelivered(database: str) -> int:
    opened = Database(database)
    try:
        return (await Outbox(opened).depth()).waiting
    finally:
        await opened.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # another process's database tells nobody when it changes


def all_arrived(world: World, count: int) -> Callable[[], bool]:
    return lambda: len(world.platform.at("C-loket")) >= count and len(world.platform.at("D-fatima")) >= count


def more_than(world: World, count: int) -> Callable[[], bool]:
    return lambda: len(world.platform.messages) >= count


def once_each(cases: list[Case], count: int) -> None:
    assert sorted(case.text for case in cases) == sorted(f"vraag {number}" for number in range(count))


async def test_killed_at_random_moments_nothing_is_lost_or_doubled(world: World, database_url: str) -> None:
    server = await world.serve(database_url)
    world.platform.latency = 0.03
    count, kills = 200, 8
    sending = asyncio.create_task(_send_all(world, count))
    for _ in range(kills):
        seen = len(world.platform.messages)
        enough = seen + CHANCE.randrange(5, 30)
        with contextlib.suppress(TimeoutError):
            await world.platform.until(more_than(world, enough), within=10)
        await server.kill()
        await server.start()
    await sending
    await until(lambda: _nothing_waits(database_url))
    once_each(await cases_in(database_url), count)
    assert world.platform.doubles() == []
    assert len(world.platform.at("C-loket")) == count
    assert len(world.platform.at("D-fatima")) == count


async def _send_all(world: World, count: int) -> None:
    for start in range(0, count, 4):
        await asyncio.gather(*(world.send(number) for number in range(start, min(start + 4, count))))


async def _nothing_waits(database: str) -> bool:
    return await undelivered(database) == 0


async def test_everything_arrives_in_order_after_the_platform_was_down(world: World, database_url: str) -> None:
    await world.serve(database_url)
    for number, ill in enumerate(("429", "500", "deaf")):
        world.platform.ill = ill
        before = world.platform.requests
        await asyncio.gather(*(world.send(n) for n in range(number * 10, number * 10 + 10)))
        async with asyncio.timeout(PATIENCE):
            while world.platform.requests < before + 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # until the courier has met the illness more than once
        world.platform.heal()
        await world.platform.until(all_arrived(world, (number + 1) * 10), within=PATIENCE)
    await until(lambda: _nothing_waits(database_url))
    assert world.platform.doubles() == []
    assert len(world.platform.messages) == 60


async def test_of_two_replicas_one_dies_and_the_other_goes_on(world: World, running_postgres: Postgres) -> None:
    database = running_postgres.database()
    first, _ = await world.serve(database), await world.serve(database)
    world.platform.latency = 0.03
    sending = asyncio.create_task(_send_all(world, 100))
    await world.platform.until(lambda: len(world.platform.messages) >= 40, within=PATIENCE)
    world.servers.remove(first)
    await first.kill()
    async with asyncio.timeout(60):
        await sending
    died = asyncio.get_running_loop().time()
    await world.platform.until(all_arrived(world, 100), within=PATIENCE)
    # the lease of what the dead one was sending lasts 25 s
    assert asyncio.get_running_loop().time() - died < 40
    await until(lambda: _nothing_waits(database))
    once_each(await cases_in(database), 100)
    assert world.platform.doubles() == []


async def test_two_working_replicas_deliver_once(world: World, running_postgres: Postgres) -> None:
    database = running_postgres.database()
    await world.serve(database)
    await world.serve(database)
    await _send_all(world, 100)
    await world.platform.until(all_arrived(world, 100), within=PATIENCE)
    await until(lambda: _nothing_waits(database))
    assert world.platform.doubles() == [] and len(world.platform.messages) == 200


async def test_a_locked_sqlite_acknowledges_nothing_and_recovers(world: World, tmp_path: Path) -> None:
    file = tmp_path / "cases.sqlite3"
    await world.serve(f"sqlite:///{file}")
    await world.send(0)
    lock = sqlite3.connect(file, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    assert not any(await asyncio.gather(*(world.send(n, until_taken=False) for n in range(1, 6))))
    assert world.refused == 5
    async with world.client.get(f"{world.servers[0].url}/readyz") as response:
        assert response.status == 503
    async with world.client.post(f"{world.servers[0].url}/api/events", json=QUESTION) as response:
        assert response.status == 200  # plain questions need no database
    lock.rollback()
    lock.close()
    await asyncio.gather(*(world.send(n) for n in range(1, 6)))
    await world.platform.until(all_arrived(world, 6), within=PATIENCE)
    once_each(await cases_in(f"sqlite:///{file}"), 6)


async def test_a_postgres_that_goes_away_acknowledges_nothing_and_recovers(
    world: World, running_postgres: Postgres
) -> None:
    database = running_postgres.database()
    await world.serve(database)
    await world.send(0)
    running_postgres.stop()
    try:
        assert not any(await asyncio.gather(*(world.send(n, until_taken=False) for n in range(1, 6))))
        async with world.client.get(f"{world.servers[0].url}/readyz") as response:
            assert response.status == 503
    finally:
        running_postgres.start()
    await asyncio.gather(*(world.send(n) for n in range(1, 6)))
    await world.platform.until(all_arrived(world, 6), within=PATIENCE)
    once_each(await cases_in(database), 6)
    assert world.platform.doubles() == []


async def without_database(world: World, server: Server) -> bool:
    async with world.client.get(f"{server.url}/readyz") as response:
        return response.status == 503 and (await response.json())["status"] == "no database"


async def test_a_full_disk_refuses_clearly_and_spoils_nothing(world: World, tmp_path: Path) -> None:
    file = tmp_path / "cases.sqlite3"
    database = f"sqlite:///{file}"
    server = await world.serve(database, largest_file=400_000)
    taken = tries = 0
    while not await without_database(world, server):  # one that is refused may have been slow alone
        taken += await world.send(taken, until_taken=False)
        tries += 1
        assert tries < 5_000
    assert taken > 0 and not await world.send(taken, until_taken=False)
    async with world.client.post(f"{server.url}/api/events", json=QUESTION) as response:
        assert response.status == 200
    await server.kill()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    server.largest_file = 0
    await server.start()
    await world.send(taken)
    kept = Counter(case.text for case in await cases_in(database))
    assert [n for n in range(taken + 1) if kept[f"vraag {n}"] != 1] == []


async def test_a_reminder_outlives_a_restart_and_comes_once(world: World, tmp_path: Path) -> None:
    file = tmp_path / "cases.sqlite3"
    server = await world.serve(f"sqlite:///{file}")
    await world.send(0)
    await world.platform.until(all_arrived(world, 1), within=PATIENCE)
    await server.kill()
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE cases SET remind_at = '2020-01-01 00:00:00.000000'")  # it fell due meanwhile
    await server.start()
    reminded = re.compile(r"wacht nog op iemand")

    def reminders() -> int:
        return sum(bool(reminded.search(message.text)) for message in world.platform.at("C-loket"))

    await world.platform.until(lambda: reminders() == 1, within=PATIENCE)
    await server.kill()
    await server.start()
    await world.send(1)  # once this has arrived, a second reminder would have too
    await world.platform.until(lambda: len(world.platform.at("D-fatima")) == 2, within=PATIENCE)
    assert reminders() == 1


QUESTION = {"id": "q", "session": "s", "text": "mag ik foto's van leerlingen plaatsen?"}
