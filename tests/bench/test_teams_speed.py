"""How fast Teams is answered: question in, card out, one process, the connector of the fake in it too: `make bench`.

Medians over rounds that take turns, so that a busy machine slows all alike. Never an assertion on time.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from botbuilder.core import TurnContext
from botbuilder.core.cloud_adapter_base import CloudAdapterBase
from botbuilder.schema import Activity
from botframework.connector.auth import BotFrameworkAuthenticationFactory

from adapters.knowledge_source import KnowledgeSource
from adapters.metrics import Metrics
from adapters.server import build
from adapters.teams.microsoft import Microsoft
from adapters.teams.routes import TeamsRoutes
from bot.answering.engine import Engine
from tests.conftest import settings
from tests.fakes.teams import FakeTeams

_AT_ONCE = 8  # requests under way
_PER_SECOND = 30  # questions that come in whatever is under way
QUESTIONS = (
    "Mag ik een foto van een leerling op Facebook zetten?",
    "Een ouder stuurt me een vriendschapsverzoek, wat nu?",
    "Mag ik in de klas op mijn telefoon kijken?",
    "Wie beantwoordt vragen van de pers?",
)


class _Stock(CloudAdapterBase):
    """botbuilder's adapter with its own authentication and connector client."""


class Echo:
    """Answers with what the engine finds, as plain text, in the place of all else that a turn does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def take(self, turn: TurnContext) -> None:
        answer = self._engine.answer(turn.activity.text)
        await turn.send_activity(answer.passages[0].section if answer.passages else "?")


def stock() -> web.Application:
    """Return botbuilder's echo, without any credentials: it then checks no token and fetches none."""
    adapter = _Stock(BotFrameworkAuthenticationFactory.create())

    async def echo(turn: TurnContext) -> None:
        await turn.send_activity(f"Echo: {turn.activity.text}")

    async def receive(request: web.Request) -> web.Response:
        activity = Activity().deserialize(await request.json())
        await adapter.process_activity(request.headers.get("Authorization", ""), activity, echo)
        return web.Response(status=201)

    app = web.Application()
    app.router.add_post("/api/messages", receive)
    return app


def bare(engine: Engine) -> web.Application:
    chosen = settings(teams_development=True)
    microsoft = Microsoft(chosen)
    turns: Any = Echo(engine)
    app = web.Application()
    app.cleanup_ctx.append(microsoft.context)
    TeamsRoutes(chosen, microsoft, turns, turns, Metrics()).add_to(app)
    return app


Ask = Callable[[int], Awaitable[None]]
Serve = Callable[[web.Application], Awaitable[Ask]]


@pytest.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with FakeTeams() as fake:
        fake.accepted = ""  # nobody has credentials here: all are compared without
        yield fake


@pytest.fixture
async def serve(teams: FakeTeams) -> AsyncIterator[Serve]:
    runners: list[web.AppRunner] = []
    async with aiohttp.ClientSession() as client:

        async def begin(app: web.Application) -> Ask:
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            runners.append(runner)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"

            async def ask(number: int) -> None:
                body = teams.activity(QUESTIONS[number % len(QUESTIONS)], id=f"{url} {number}")
                async with client.post(url, json=body) as response:
                    assert response.status in (200, 201)

            return ask

        yield begin
        for runner in runners:
            await runner.cleanup()


async def per_second(ask: Ask, numbers: range) -> float:
    """Return how many requests were answered in a second, with some under way at a time."""
    waiting = iter(numbers)

    async def worker() -> None:
        for number in waiting:
            await ask(number)

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
    return len(numbers) / (time.perf_counter() - started)


async def test_requests_per_second_beside_two_echoes(
    serve: Serve, source: KnowledgeSource, engine: Engine, pytestconfig: pytest.Config, teams: FakeTeams
) -> None:
    rounds, count = (1, 8) if pytestconfig.getoption("--benchmark-disable") else (7, 100)
    ours = await serve(build(settings(teams_development=True), source))
    others = {"stock echo": await serve(stock()), "bare echo": await serve(bare(engine))}
    figures: dict[str, list[float]] = {"ours": [], **{name: [] for name in others}}
    for turn in range(rounds + 1):  # the first one warms up
        for name, ask in {"ours": ours, **others}.items():
            figure = await per_second(ask, range(turn * count, (turn + 1) * count))
            figures[name] += [figure] if turn else []
    assert len(teams.sent) == 3 * (rounds + 1) * count  # each was answered
    for name, found in figures.items():
        ratio = statistics.median(mine / other for mine, other in zip(figures["ours"], found, strict=True))
        print(f"\n{name}: {statistics.median(found):.0f} requests/s; ours are {ratio:.2f} times that")


async def test_time_at_thirty_questions_a_second(
    serve: Serve, source: KnowledgeSource, pytestconfig: pytest.Config, teams: FakeTeams
) -> None:
    count = 8 if pytestconfig.getoption("--benchmark-disable") else 450
    ask = await serve(build(settings(teams_development=True), source))
    await per_second(ask, range(100_000, 100_000 + 20))
    times: list[float] = []

    async def timed(number: int) -> None:
        started = time.perf_counter()
        await ask(number)
        times.append((time.perf_counter() - started) * 1000)

    under_way = []
    for number in range(count):
        under_way.append(asyncio.create_task(timed(number)))
        await asyncio.sleep(1 / _PER_SECOND)  # the rate is what is measured
    await asyncio.gather(*under_way)
    assert len(teams.sent) == count + 20
    times.sort()
    print(f"\nat {_PER_SECOND}/s: p50 {times[len(times) // 2]:.0f} ms, p99 {times[int(len(times) * 0.99)]:.0f} ms")
