"""Open pages: however many there are, the database is looked at once, and what arrives still comes at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, TCPConnector, web

from adapters.cases import Cases
from adapters.knowledge_source import KnowledgeSource
from adapters.server import CASES, build
from adapters.web import lookout
from bot.ports import StoreError
from tests.conftest import settings
from tests.test_identity import FORM, PROXIED


class Calls:
    """Counts what a server asks its database for pages, and can make that fail."""

    def __init__(self, cases: Cases, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count: Counter[str] = Counter()
        self.away = False
        self._looked = asyncio.Event()
        for name in ("latest", "arrivals", "delivered", "compose"):
            monkeypatch.setattr(cases, name, self._counted(name, getattr(cases, name)))

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*given: Any) -> Any:
            self.count[name] += 1
            if name == "latest":
                self._looked.set()
            if self.away:
                raise StoreError("away")
            return await real(*given)

        return call

    async def looks(self, more: int) -> None:
        """Wait for so many more looks."""
        for _ in range(more):
            self._looked.clear()
            await self._looked.wait()


class Pages:
    """A server, a client that opens pages on it, and what its database was asked."""

    def __init__(self, client: ClientSession, calls: Calls, stack: AsyncExitStack) -> None:
        self.client = client
        self.calls = calls
        self._stack = stack

    async def open(self, *emails: str) -> list[ClientResponse]:
        """Open a page for each, and read until the server has told each how things stand."""
        pages = [
            await self._stack.enter_async_context(self.client.get("/api/live", headers={"X-Email": email}))
            for email in emails
        ]
        for page in pages:
            await line_with(page, "event: changed")
        return pages

    async def hand_off(self, email: str, once: str = "o1") -> None:
        body = {"id": once, "session": "s", "language": "nl", "form": "hand-off", "values": {**FORM, "once": once}}
        async with self.client.post("/api/events", json=body, headers={"X-Email": email}) as response:
            assert (await response.json())["html"] == ""


async def line_with(page: ClientResponse, words: str) -> str:
    async with asyncio.timeout(30):
        while words not in (line := (await page.content.readline()).decode()):
            assert line, "the stream ended"
    return line


@pytest.fixture
async def serve(source: KnowledgeSource, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as stack:

        async def begin(**chosen: object) -> Pages:
            runner = web.AppRunner(build(settings(**PROXIED, **chosen), source), access_log=None, shutdown_timeout=5)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            client = await stack.enter_async_context(ClientSession(url, connector=TCPConnector(limit=0)))
            return Pages(client, Calls(runner.app[CASES], monkeypatch), stack)

        yield begin


async def test_idle_pages_cost_one_look_together(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "LOOK_AGAIN", 0.01)
    server = await serve()
    await server.open(*(f"leerkracht{number}@unicoz.nl" for number in range(40)))
    before = server.calls.count.copy()
    await server.calls.looks(10)
    assert server.calls.count - before == Counter(latest=10)


async def test_only_who_gets_something_reads_the_mailbox(serve: Callable[..., Any]) -> None:
    server = await serve()
    fatima, *others = await server.open("fatima@unicoz.nl", *(f"leerkracht{number}@unicoz.nl" for number in range(20)))
    before = server.calls.count["delivered"]
    await server.hand_off("fatima@unicoz.nl")
    assert "Zaak 1" in await line_with(fatima, 'data: {"id"')
    for page in others:
        await line_with(page, "event: changed")
    assert server.calls.count["delivered"] - before == 1


async def test_several_pages_of_one_person_read_their_mail_once(serve: Callable[..., Any]) -> None:
    server = await serve()
    pages = await server.open(*["fatima@unicoz.nl"] * 12)
    await server.hand_off("fatima@unicoz.nl")
    for page in pages:
        assert "Zaak 1" in await line_with(page, 'data: {"id"')
    assert server.calls.count["compose"] == 1
    (later,) = await server.open("fatima@unicoz.nl")
    later.close()


async def test_a_delivery_comes_without_waiting_for_the_next_look(
    serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "LOOK_AGAIN", 3600)
    server = await serve()
    (page,) = await server.open("fatima@unicoz.nl")
    for number in (1, 2, 3):
        await server.hand_off("fatima@unicoz.nl", f"o{number}")
        assert f"Zaak {number}" in await line_with(page, 'data: {"id"')


async def test_what_another_server_delivers_comes_too(serve: Callable[..., Any], tmp_path: Path) -> None:
    here, elsewhere = await serve(data=tmp_path), await serve(data=tmp_path)
    (page,) = await here.open("fatima@unicoz.nl")
    await elsewhere.hand_off("fatima@unicoz.nl")
    assert "Zaak 1" in await line_with(page, 'data: {"id"')


async def test_pages_hear_what_they_missed_once_the_database_is_back(
    serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "LOOK_AGAIN", 0.01)
    server = await serve()
    (page,) = await server.open("fatima@unicoz.nl")
    server.calls.away = True
    await server.hand_off("fatima@unicoz.nl")
    await server.calls.looks(3)
    server.calls.away = False
    lines = [await line_with(page, "data: ") for _ in range(2)]
    assert "data: {}\n" in lines and any("Zaak 1" in line for line in lines)


async def test_after_the_last_page_was_closed_the_next_one_starts_anew(
    serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "LOOK_AGAIN", 0.01)
    server = await serve()
    (page,) = await server.open("fatima@unicoz.nl")
    page.close()
    await server.hand_off("fatima@unicoz.nl")  # its news is what the server finds the page gone with
    (again,) = await server.open("fatima@unicoz.nl")
    again.close()
    (last,) = await server.open("fatima@unicoz.nl")
    await server.hand_off("fatima@unicoz.nl", "o2")
    assert "Zaak 2" in await line_with(last, "Zaak 2")
