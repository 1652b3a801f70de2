"""The whole scenario with names and words that stand nowhere else, and then a search for them: in logs, counts, files.

A further platform is one more entry of `PLATFORMS`: people who say, press and fill in, and what they need of a server.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiohttp
import pytest

from adapters.knowledge_source import KnowledgeSource
from adapters.storage.sealing import new_key
from bot.actions import Action
from tests.conftest import UNICOZ
from tests.slack_people import slack
from tests.teams_people import teams
from tests.web_people import Shown, web

COMMAND = Path(sys.executable).with_name("protocolwijzer")
ASKER, MANAGER, DESK = "leerkracht@demo.unicoz.nl", "leidinggevende@demo.unicoz.nl", "communicatie@demo.unicoz.nl"
NAMES = {ASKER: "Xanthippe Quarkbeer", MANAGER: "Wolkje Pruttelmans", DESK: "Zebedeus Krakelhoff"}
WORDS = {
    "asked": "mag ik een foto van de flapzwaluw op mijn eigen Instagram zetten?",
    "draft": "Vandaag zagen we een kwartelknoop in het museum.",
    "sent": "mag een bericht over de zeepkomeet online?",
    "noted": "het gaat om de dwergkachel",
    "asked back": "welke kwispelhoed bedoel je?",
    "added": "de kwispelhoed met de sneeuwpannen",
    "kept inside": "overlegd over de tochtwortel",
    "advised": "Ja, als de mistbanaan eraf is.",
    "sent too": "en een bericht over de grindkoek?",
}
UNUSUAL = [
    *(part for name in NAMES.values() for part in name.split()),
    *("flapzwaluw", "kwartelknoop", "zeepkomeet", "dwergkachel", "kwispelhoed", "sneeuwpannen", "tochtwortel"),
    *("mistbanaan", "grindkoek"),
]
NOT_STORED = ("flapzwaluw", "kwartelknoop")  # asked and checked, but never sent to a person


class People(Protocol):
    """Somebody of the demonstration does something on a platform, and sees what comes of it."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What the platform needs of a server."""
        ...

    async def come_in(self, session: aiohttp.ClientSession) -> None:
        """Begin to use the server of a session."""
        ...

    def ids(self, who: str) -> list[str]:
        """Return what tells who somebody is beside their name: their e-mail address, and the platform's accounts."""
        ...

    async def say(self, who: str, text: str) -> Shown: ...

    async def press(self, who: str, action: str, value: str = "") -> Shown:
        """Press a button, as soon as it is shown."""
        ...

    async def fill(self, who: str, form: Shown, **values: str) -> Shown: ...

    async def err(self, words: str) -> None:
        """Send what the server refuses, with these words in it."""
        ...


@dataclass
class Running:
    """A server in a process of its own, with all that it leaves."""

    people: People
    session: aiohttp.ClientSession
    environment: dict[str, str]
    data: Path
    logs: Path

    async def searched(self) -> dict[str, bytes]:
        """Return everything in which something could be left."""
        async with self.session.get("/metrics") as response:
            metrics = await response.read()
        files = {file.name: file.read_bytes() for file in self.data.iterdir()}
        return {"logs": self.logs.read_bytes(), "metrics": metrics, **files}

    async def found(self, words: list[str]) -> list[tuple[str, str]]:
        """Return what is left of these words, and where."""
        searched = await self.searched()
        return [
            (word, place)
            for word in words
            for place, content in searched.items()
            if word.lower().encode() in content.lower()
        ]

    def run(self, *command: str) -> str:
        done = subprocess.run([COMMAND, *command], env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


# by platform: people of these names by e-mail address, of whom the second argument names the one at communications
PLATFORMS: dict[str, Callable[[Mapping[str, str], str], AbstractAsyncContextManager[People]]] = {
    "web": web,
    "slack": slack,
    "teams": teams,
}


@pytest.fixture(scope="module")
def unusual_knowledge(source: KnowledgeSource) -> Iterator[Path]:
    """The real knowledge, with other names of the demonstration's people; the model is in the cache already."""
    with tempfile.TemporaryDirectory(prefix="protocolwijzer-unusual-") as folder:
        shutil.copytree(UNICOZ, Path(folder) / "unicoz")
        organisation = Path(folder) / "unicoz" / "organisation.yaml"
        text = organisation.read_text()
        for email, before in ((ASKER, "Fatima (leerkracht)"), (MANAGER, "Karel (leidinggevende)"),
                              (DESK, "Joke (communicatie)")):  # fmt: skip
            assert before in text
            text = text.replace(before, NAMES[email])
        organisation.write_text(text)
        yield Path(folder)


@asynccontextmanager
async def running(platform: str, knowledge: Path, folder: Path, keys: str = "") -> AsyncIterator[Running]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"knowledge": str(knowledge), "data": str(folder / "data"), "port": str(port), "log_format": "json"}
    async with PLATFORMS[platform](NAMES, DESK) as people:
        settings |= {"encryption_keys": keys, **people.settings}
        environment = {**os.environ, **{f"PROTOCOLWIJZER_{name.upper()}": value for name, value in settings.items()}}
        async with serving(environment, folder / "logs"), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            await people.come_in(session)
            yield Running(people, session, environment, folder / "data", folder / "logs")


@asynccontextmanager
async def serving(environment: Mapping[str, str], logs: Path) -> AsyncIterator[None]:
    with logs.open("wb") as errors:
        server = await asyncio.create_subprocess_exec(
            COMMAND, "serve", env=environment, stdout=subprocess.PIPE, stderr=errors
        )
        try:
            assert server.stdout is not None
            said = await server.stdout.readline()
            listens(said, logs)
            yield
        finally:
            server.terminate()
            await server.communicate()


def listens(said: bytes, logs: Path) -> None:
    assert b"luistert op" in said, logs.read_text()


async def scenario(people: People) -> None:
    """Check, ask, send, pass on, ask back, add, note, advise, rate, and leave a second case open."""
    await people.say(ASKER, f"controleer: {WORDS['draft']}")
    await people.say(ASKER, WORDS["asked"])
    form = await people.press(ASKER, Action.ASK_MANAGER, "overweging-4")
    await people.fill(ASKER, form, text=WORDS["sent"], note=WORDS["noted"], manager=MANAGER)
    await people.press(MANAGER, Action.CASE, "claim 1")
    await people.fill(MANAGER, await people.press(MANAGER, Action.CASE, "ask-back 1"), text=WORDS["asked back"])
    await people.fill(ASKER, await people.press(ASKER, Action.CASE, "add 1"), text=WORDS["added"])
    await people.press(MANAGER, Action.CASE, "to-communications 1")
    await people.press(DESK, Action.CASE, "claim 1")
    await people.fill(DESK, await people.press(DESK, Action.CASE, "note 1"), text=WORDS["kept inside"])
    await people.fill(DESK, await people.press(DESK, Action.CASE, "advise 1"), text=WORDS["advised"])
    await people.press(ASKER, Action.CASE, "helped 1")
    form = await people.press(ASKER, Action.ASK_COMMUNICATIONS, "overweging-4")
    await people.fill(ASKER, form, text=WORDS["sent too"])
    await people.press(DESK, Action.CASE, "claim 2")


async def forget(people: People, who: str) -> None:
    assert "Zal ik alles van je wissen?" in (await people.say(who, "vergeet mij")).text
    assert "Ik ben je vergeten" in (await people.press(who, Action.FORGET)).text


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_forgetting_leaves_nothing_in_logs_counts_or_files(
    platform: str, unusual_knowledge: Path, tmp_path: Path
) -> None:
    async with running(platform, unusual_knowledge, tmp_path) as server:
        await scenario(server.people)
        await server.people.err(WORDS["sent"])
        everything = [*UNUSUAL, *(one for who in NAMES for one in server.people.ids(who))]
        before = await server.found(everything)
        stored = {word for word, place in before if place not in ("logs", "metrics")}
        assert stored >= set(UNUSUAL) - set(NOT_STORED)  # the search does find what is there
        assert stored >= {one for who in NAMES for one in server.people.ids(who)[:2]}
        assert not stored & set(NOT_STORED)
        assert [place for _, place in before if place in ("logs", "metrics")] == []
        mine = (await server.people.say(ASKER, "mijn gegevens")).text
        assert all(WORDS[which] in mine for which in ("sent", "noted", "added", "advised", "sent too"))
        assert all(one in mine for one in server.people.ids(ASKER)[:2])
        assert "tochtwortel" not in mine
        await forget(server.people, ASKER)
        own = [*NAMES[ASKER].split(), *server.people.ids(ASKER), *(word for word in UNUSUAL if word[0].islower())]
        assert await server.found(own) == []
        await forget(server.people, MANAGER)
        await forget(server.people, DESK)
        assert await server.found(everything) == []
        assert "iemand die gewist is" in (await server.people.say(DESK, "zaak 1")).text
        async with server.session.get("/metrics") as response:
            counted = await response.text()
        assert 'protocolwijzer_cases{status="closed"} 1.0' in counted
        assert 'protocolwijzer_cases{status="withdrawn"} 1.0' in counted
    assert await left_after_the_end(server) == []


async def left_after_the_end(server: Running) -> list[str]:
    """Return what stands in the files and logs once the server has ended."""
    left = b"".join(file.read_bytes() for file in [*server.data.iterdir(), server.logs]).lower()
    return [word for word in UNUSUAL if word.lower().encode() in left]


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_with_a_key_nothing_can_be_read_even_before(
    platform: str, unusual_knowledge: Path, tmp_path: Path
) -> None:
    async with running(platform, unusual_knowledge, tmp_path, keys=new_key()) as server:
        await scenario(server.people)
        await server.people.err(WORDS["sent"])
        assert await server.found(UNUSUAL) == []
        mine = (await server.people.say(ASKER, "mijn gegevens")).text
        assert WORDS["sent"] in mine and "Quarkbeer" in mine
        assert WORDS["kept inside"] in server.run("privacy", "export", ASKER)
    assert await left_after_the_end(server) == []


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_after_its_time_no_word_of_a_case_is_left(platform: str, unusual_knowledge: Path, tmp_path: Path) -> None:
    async with running(platform, unusual_knowledge, tmp_path) as server:
        await scenario(server.people)
        await server.people.press(ASKER, Action.CASE, "withdraw 2")
        with contextlib.closing(sqlite3.connect(server.data / "unicoz.sqlite3")) as connection:
            connection.execute("UPDATE cases SET changed = '2020-01-01 00:00:00.000000'")
            connection.execute("UPDATE incoming SET at = '2020-01-01 00:00:00.000000'")
            connection.commit()
        said = server.run("privacy", "erase")
        assert said.startswith("Gewist: 2 cases, ") and not said.endswith(", 0 event-ids.\n")
        assert await server.found([word for word in UNUSUAL if word[0].islower()]) == []
        account = server.run("privacy", "export", ASKER)  # only how to reach them is kept until they are forgotten
        assert "Quarkbeer" in account and '"cases": []' in account
