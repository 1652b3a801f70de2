"""What all tests share: the real knowledge, the model learnt from it, and the whole server on a loopback port."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
from aiohttp import ClientSession, web

from adapters.knowledge_source import KnowledgeSource
from adapters.server import build
from adapters.settings import ROOT, Settings
from bot.answering.engine import Engine
from bot.drafts.reviewer import Reviewer
from bot.knowledge import Knowledge, load
from tests.postgres import Postgres, postgres

hypothesis.settings.register_profile("project", deadline=None)  # the machine is noisy: no test depends on time
hypothesis.settings.load_profile("project")

_TEMPORARY = tempfile.TemporaryDirectory(prefix="protocolwijzer-tests-")
os.environ["PROTOCOLWIJZER_DATA"] = str(Path(_TEMPORARY.name) / "processes")  # of servers that tests start
UNICOZ = ROOT / "knowledge" / "unicoz"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-browser", action="store_true", help="run the tests in headless Chromium")
    parser.addoption("--run-postgres", action="store_true", help="run the tests on PostgreSQL too")
    parser.addoption("--run-faults", action="store_true", help="run the tests that kill servers")
    parser.addoption("--pictures", action="store_true", help="write the pictures of the README")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("benchmark_disable"):  # `make bench` alone takes the time that measuring takes
        for item in items:
            if item.path.parent.name == "bench":
                item.add_marker(pytest.mark.skip(reason="measures: make bench"))
    for mark, reason in (
        ("browser", "needs chromium: make browser"),
        ("postgres", "needs PostgreSQL: make test-postgres"),
        ("faults", "takes minutes: make faults"),
    ):
        if not config.getoption(f"--run-{mark}"):
            for item in items:
                if mark in item.keywords:
                    item.add_marker(pytest.mark.skip(reason=reason))


def settings(**chosen: object) -> Settings:
    """Return settings for tests: no .env, any free port, a database of its own, nobody signed in."""
    usual = {
        "port": 0,
        "demonstration": False,
        "questions_per_minute": 10_000,
        "data": Path(tempfile.mkdtemp(dir=_TEMPORARY.name)),
    }
    return Settings(_env_file=None, **{**usual, **chosen})  # type: ignore[arg-type, call-arg]


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load(UNICOZ)


@pytest.fixture(scope="session")
def source() -> KnowledgeSource:
    return KnowledgeSource(settings(), progress=lambda said: None)


@pytest.fixture(scope="session")
def engine(source: KnowledgeSource) -> Engine:
    return source.engine()


@pytest.fixture(scope="session")
def reviewer(source: KnowledgeSource) -> Reviewer:
    return source.reviewer()


@pytest.fixture(scope="session")
def running_postgres() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'cases.sqlite3'}"
    server: Postgres = request.getfixturevalue("running_postgres")
    return server.database()


class FakeClock:
    """`ports.Clock` that stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


class FakeTally:
    """`ports.Tally` that remembers what was counted."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, str, bool]] = []
        self.ratings: list[tuple[bool, str, str]] = []
        self.reviews: list[tuple[str, tuple[str, ...]]] = []
        self.disputes: list[str] = []
        self.steps: list[tuple[str, str]] = []
        self.refusals: list[tuple[str, str]] = []

    def answered(self, route: str, language: str, certain: bool, seconds: float, section: str = "") -> None:
        self.answers.append((route, language, certain))

    def reviewed(self, verdict: str, language: str, rules: Sequence[str], seconds: float) -> None:
        self.reviews.append((verdict, tuple(rules)))

    def disputed(self, rule: str) -> None:
        self.disputes.append(rule)

    def rated(self, helped: bool, route: str, section: str) -> None:
        self.ratings.append((helped, route, section))

    def stepped(self, step: str, handler: str, section: str = "", language: str = "") -> None:
        self.steps.append((step, handler))

    def refused_step(self, step: str, why: str) -> None:
        self.refusals.append((step, why))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tally() -> FakeTally:
    return FakeTally()


class Server:
    """The whole server on a loopback port, and a client for it."""

    def __init__(self, url: str, client: ClientSession) -> None:
        self.url = url
        self.client = client


@pytest.fixture
async def start(source: KnowledgeSource) -> AsyncIterator[Callable[..., object]]:
    """Return a function that starts the server with the settings given: `server = await start(slack_bot_token=…)`."""
    runners: list[web.AppRunner] = []
    clients: list[ClientSession] = []

    async def begin(source: KnowledgeSource = source, **chosen: object) -> Server:
        runner = web.AppRunner(build(settings(**chosen), source), access_log=None)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        clients.append(ClientSession(url))
        return Server(url, clients[-1])

    yield begin
    for client in clients:
        await client.close()
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
def knowledge_copy(tmp_path: Path) -> Path:
    """A copy of the knowledge without its examples but a few, for tests that change it: fast to learn."""
    import shutil

    copy = tmp_path / "knowledge" / "unicoz"
    shutil.copytree(UNICOZ, copy, ignore=shutil.ignore_patterns("*.jsonl"))
    (copy / "examples").mkdir(exist_ok=True)
    lines = (UNICOZ / "examples" / "t1.jsonl").read_text().splitlines()
    (copy / "examples" / "t1.jsonl").write_text("\n".join(lines) + "\n")
    (copy / "drafts" / "examples").mkdir(exist_ok=True)
    shutil.copy(UNICOZ / "drafts" / "examples" / "posts_d.jsonl", copy / "drafts" / "examples")
    return copy
