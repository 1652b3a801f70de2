"""How fast Slack gets its answers, beside a bare Bolt app over the same engine: `make bench`. No assertion on time."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from pytest_benchmark.fixture import BenchmarkFixture

from adapters.settings import ROOT
from bot.knowledge import Knowledge
from tests.fakes.slack import as_json
from tests.fakes.slack_payloads import event

ROUNDS = 7  # of each server, in turn
QUESTIONS = 400  # a round
AT_ONCE = 16
EVENTS_A_SECOND, SECONDS = 50, 15
_NUMBERS = itertools.count(1)


class Posts:
    """As little of Slack as there can be: it takes messages and counts them."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        if request.match_info["method"] == "chat.postMessage":
            await request.read()
            async with self._changed:
                self.count += 1
                self._changed.notify_all()
        if request.match_info["method"] == "users.info":
            return web.json_response({"ok": True, "user": {"id": "U1", "locale": "nl-NL"}})
        return web.json_response(
            {"ok": True, "team_id": "T0", "user_id": "U0BOT", "bot_id": "B0", "channel": "D1", "ts": "1.1"}
        )

    async def reaches(self, count: int) -> None:
        async with asyncio.timeout(120), self._changed:
            await self._changed.wait_for(lambda: self.count >= count)


@asynccontextmanager
async def servers(data: Path) -> AsyncIterator[tuple[Posts, dict[str, str]]]:
    """Give the fake, and the address of each server: both in processes of their own."""
    posts = Posts()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", posts.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    begun = []
    addresses = {}
    for which in ("ours", "bare"):
        (data / which).mkdir()
        arguments = (sys.executable, "-m", "tests.bench.slack_server", which, api, str(data / which))
        process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
        begun.append(process)
        assert process.stdout
        port = int(await process.stdout.readline())
        addresses[which] = f"http://127.0.0.1:{port}/slack/events"
    try:
        yield posts, addresses
    finally:
        for process in begun:
            process.terminate()
            await process.wait()
        await runner.cleanup()


async def send(client: ClientSession, address: str, question: str) -> float:
    """Send one signed question; return after how many seconds it was acknowledged."""
    body, headers = as_json(event(next(_NUMBERS), text=question))
    started = time.perf_counter()
    async with client.post(address, data=body, headers=headers) as response:
        assert response.status == 200
        await response.read()
    return time.perf_counter() - started


async def rate(client: ClientSession, posts: Posts, address: str, questions: list[str]) -> float:
    """Return the questions per second from the first one in to the last answer posted."""
    waiting = iter(questions)
    before = posts.count

    async def work() -> None:
        for question in waiting:
            await send(client, address, question)

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    await posts.reaches(before + len(questions))
    return len(questions) / (time.perf_counter() - started)


async def acknowledged(client: ClientSession, address: str, questions: list[str]) -> list[float]:
    """Return how long each acknowledgement took at a steady pace, sorted."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    tasks = []
    for number in range(EVENTS_A_SECOND * SECONDS):
        await asyncio.sleep(max(0.0, begin + number / EVENTS_A_SECOND - loop.time()))
        tasks.append(loop.create_task(send(client, address, questions[number % len(questions)])))
    return sorted(await asyncio.gather(*tasks))


async def compare(data: Path, questions: list[str]) -> dict[str, Any]:
    async with servers(data) as (posts, addresses), ClientSession() as client:
        for address in addresses.values():
            await rate(client, posts, address, questions[:50])
        rates: dict[str, list[float]] = {"ours": [], "bare": []}
        for _ in range(ROUNDS):
            for which, address in addresses.items():
                rates[which].append(await rate(client, posts, address, questions))
        before = posts.count
        times = await acknowledged(client, addresses["ours"], questions)
        await posts.reaches(before + len(times))
    ratios = [ours / other for ours, other in zip(rates["ours"], rates["bare"], strict=True)]
    return {
        **{which: statistics.median(found) for which, found in rates.items()},
        "ratio": statistics.median(ratios),
        "ratios": [round(ratio, 2) for ratio in ratios],
        "p50": times[len(times) // 2] * 1000,
        "p99": times[int(len(times) * 0.99)] * 1000,
    }


def test_questions_in_answers_out(benchmark: BenchmarkFixture, knowledge: Knowledge, tmp_path: Path) -> None:
    if benchmark.disabled:
        pytest.skip("takes a minute and says something only when it is timed: make bench")
    asked = [example.text for example in knowledge.examples if example.author == "h4"]
    questions = list(itertools.islice(itertools.cycle(asked), QUESTIONS))
    found = benchmark.pedantic(lambda: asyncio.run(compare(tmp_path, questions)), rounds=1)
    print(
        f"\nSlack: {found['ours']:.0f} questions/s, bare Bolt {found['bare']:.0f}; median of {ROUNDS} ratios "
        f"{found['ratio']:.2f} {found['ratios']}; acknowledged at {EVENTS_A_SECOND}/s: "
        f"p50 {found['p50']:.1f} ms, p99 {found['p99']:.1f} ms"
    )
