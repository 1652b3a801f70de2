"""One Chromium for all tests, the whole server on loopback, and a watch on every page that is opened.

Browser, server and tests share the session's event loop: Chromium starts once instead of for every test.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Request, async_playwright, expect

from adapters.cases import Cases
from adapters.knowledge_source import KnowledgeSource
from adapters.server import CASES, build
from bot.answering.engine import Engine
from bot.ports import Clock
from tests.browser.chat import Chat
from tests.browser.questions import Questions
from tests.conftest import settings

CHROMIUM = os.environ.get("PROTOCOLWIJZER_TEST_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing leaves, whoever asks
]
DESKTOP = {"width": 1100, "height": 900}
PHONE = {"width": 390, "height": 800}

expect.set_options(timeout=15_000)  # ms; a busy machine is slow, and no test waits longer than it must


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        await chromium.close()


@dataclass
class Site:
    """The whole server on a port of its own."""

    url: str
    runner: web.AppRunner

    @property
    def cases(self) -> Cases:
        return self.runner.app[CASES]

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    async def stop(self) -> None:
        await self.runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def serve(source: KnowledgeSource) -> AsyncIterator[Callable[..., Awaitable[Site]]]:
    """Return what `start` of tests/conftest.py returns, in the browser's event loop and with a way to stop."""
    sites: list[Site] = []

    async def begin(
        source: KnowledgeSource = source, port: int = 0, clock: Clock | None = None, **chosen: object
    ) -> Site:
        runner = web.AppRunner(build(settings(**chosen), source, clock=clock), access_log=None, shutdown_timeout=5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        sites.append(Site(f"http://127.0.0.1:{runner.addresses[0][1]}", runner))
        return sites[-1]

    yield begin
    for site in sites:
        await site.stop()


@dataclass
class Watch:
    """What a page does besides being looked at: its requests, and what the browser complains of."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, complaint: str) -> None:
        """Allow complaints with these words; there must be one by the end of the test."""
        self.expected.append(complaint)

    def over(self, context: BrowserContext) -> None:
        context.on("request", self._requested)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.complaints.append(f"script error: {error.error}"))
        context.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def _requested(self, request: Request) -> None:
        self.requests.append(request.url)
        if urlsplit(request.url).hostname != "127.0.0.1":
            self.complaints.append(f"request to elsewhere: {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        # a violation of the Content-Security-Policy arrives here too, as an error
        if message.type in ("error", "warning"):
            self.complaints.append(f"console {message.type}: {message.text}")

    def verdict(self) -> list[str]:
        """Return complaints that were not expected, and expectations that were not met."""
        unmet = [f"never came: {words}" for words in self.expected if not any(words in c for c in self.complaints)]
        return unmet + [c for c in self.complaints if not any(words in c for words in self.expected)]


@pytest_asyncio.fixture(loop_scope="session")
async def watch() -> AsyncIterator[Watch]:
    """Every test fails that loads from elsewhere, logs an error, or violates the Content-Security-Policy."""
    watch = Watch()
    yield watch
    assert watch.verdict() == []


@pytest_asyncio.fixture(loop_scope="session")
async def visit(
    browser: Browser, serve: Callable[..., Awaitable[Site]], watch: Watch, engine: Engine
) -> AsyncIterator[Callable[..., Awaitable[Chat]]]:
    """Return a function that opens a page with a clean slate: `chat = await visit("/?lang=en", viewport=PHONE)`."""
    contexts: list[BrowserContext] = []

    async def begin(path: str = "/", *, site: Site | None = None, **chosen: object) -> Chat:
        usual = {"viewport": DESKTOP, "locale": "nl-NL", "reduced_motion": "reduce", "color_scheme": "light"}
        site = site or await serve()
        context = await browser.new_context(base_url=site.url, **{**usual, **chosen})  # type: ignore[arg-type]
        contexts.append(context)
        watch.over(context)
        page = await context.new_page()
        await page.goto(path)
        language = await page.locator("html").get_attribute("lang")
        return Chat(page, engine.knowledge.texts, "en" if language == "en" else "nl")

    yield begin
    for context in contexts:
        await context.close()


@pytest.fixture(scope="session")
def questions(engine: Engine) -> Questions:
    return Questions(engine)
