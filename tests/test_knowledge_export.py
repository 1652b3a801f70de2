"""Approved additions become files of the knowledge: once, in order, and without a gap in what is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from adapters.growth import Growth
from adapters.knowledge_source import KnowledgeSource
from adapters.storage.database import Database
from adapters.storage.proposals import Proposals
from adapters.terminal.main import main
from bot.growth.proposal import Proposal, State
from bot.handoff.case import Party
from bot.knowledge import Addition, Localised
from bot.knowledge.values import UNTRANSLATED
from tests.conftest import FakeClock, settings

JOKE, HENK = Party("joke@unicoz.nl", "Joke"), Party("henk@unicoz.nl", "Henk")
BEAR = "Mag de knuffelbeer van groep 3 een eigen Bluesky-profiel krijgen?"
DRONE = "mag een drone boven het plein: ja of nee?"
SITUATION = Addition(
    "",
    "situation",
    Localised(BEAR, UNTRANSLATED),
    "answer",
    ("richtlijn-2", "richtlijn-8"),
    "manager",
    Localised("Een profiel voor de klassenknuffel", UNTRANSLATED),
    Localised("Ja, de beer mag een profiel.\nSpreek af: wie plaatst erop?", UNTRANSLATED),
)
EXAMPLE = Addition(
    "", "example", Localised(DRONE, "may a drone fly over the yard?"), "doubt", ("overweging-4",), "manager"
)


@pytest.fixture
def export(knowledge_copy: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Result]:
    monkeypatch.setenv("PROTOCOLWIJZER_DATABASE", database_url)
    monkeypatch.setenv("PROTOCOLWIJZER_KNOWLEDGE", str(knowledge_copy.parent))
    return lambda: CliRunner().invoke(main, ["knowledge", "export"])


async def approve(database_url: str, *additions: Addition) -> tuple[Proposal, ...]:
    database = Database(database_url)
    await database.upgrade()
    proposals, now = Proposals(database), FakeClock().now()
    for addition in additions:
        made = await proposals.propose(Proposal(0, addition, 1, JOKE, now), addition.question.nl)
        assert await proposals.decide(made, State.APPROVED, HENK, now)
    waiting = replace(EXAMPLE, question=Localised("wat mag een robot?", UNTRANSLATED))
    await proposals.propose(Proposal(0, waiting, 1, JOKE, now), "waits")
    found = await proposals.proposals((State.APPROVED,))
    await database.close()
    return found


def test_additions_are_written_once_and_the_knowledge_stays_in_order(
    export: Callable[[], Result], knowledge_copy: Path, database_url: str
) -> None:
    bear, drone = asyncio.run(approve(database_url, SITUATION, EXAMPLE))
    assert not bear.exported
    first = export()
    assert first.exit_code == 0 and first.stdout.startswith("2 additions written")
    checked = CliRunner().invoke(main, ["knowledge", "check"])
    assert checked.exit_code == 0, checked.output
    assert f"Still to be translated: {bear.addition.id}." in checked.stdout
    rows = [json.loads(line) for line in (knowledge_copy / "examples" / "added.jsonl").read_text().splitlines()]
    assert [(row["id"], row["lang"]) for row in rows] == [
        (f"{drone.addition.id}-nl", "nl"),
        (f"{drone.addition.id}-en", "en"),
    ]
    [entry] = yaml.safe_load((knowledge_copy / "situations" / "added.yaml").read_text())
    assert entry["id"] == bear.addition.id and entry["gist"]["en"] == UNTRANSLATED and entry["examples"]["en"] == []
    assert entry["gist"]["nl"] == SITUATION.gist.nl
    assert all(one.exported for one in asyncio.run(approve(database_url)))
    assert export().stdout.startswith("0 additions written")
    later = replace(SITUATION, question=Localised("mag de klassencavia op Bluesky?", UNTRANSLATED))
    asyncio.run(approve(database_url, later))
    assert export().stdout.startswith("1 additions written")
    assert len(yaml.safe_load((knowledge_copy / "situations" / "added.yaml").read_text())) == 2


def test_what_was_exported_is_answered_before_and_after_the_files_are_read_and_counts_once(
    export: Callable[[], Result], knowledge_copy: Path, database_url: str, tmp_path: Path
) -> None:
    [bear] = asyncio.run(approve(database_url, SITUATION))
    source = KnowledgeSource(settings(knowledge=knowledge_copy.parent, cache=tmp_path / "cache"), lambda said: None)

    async def look() -> None:
        database = Database(database_url)
        await Growth(source, Proposals(database)).look()
        await database.close()

    asyncio.run(look())
    assert source.engine().answer(BEAR).situation == bear.addition.id
    assert export().exit_code == 0
    assert source.engine().answer(BEAR).situation == bear.addition.id
    before = len(source.engine().knowledge.situations)
    source.reload()
    assert bear.addition.id in source.engine().files.situations
    assert source.engine().answer(BEAR).situation == bear.addition.id
    assert len(source.engine().knowledge.situations) == before


def test_an_addition_whose_section_is_gone_is_said_and_not_written(
    export: Callable[[], Result], knowledge_copy: Path, database_url: str
) -> None:
    gone = replace(SITUATION, sections=("richtlijn-99",))
    asyncio.run(approve(database_url, gone, EXAMPLE))
    result = export()
    assert result.exit_code == 0 and "Proposal 1 cites a section that no longer exists" in result.stderr
    assert not (knowledge_copy / "situations" / "added.yaml").exists()
    assert [one.exported for one in asyncio.run(approve(database_url))] == [False, True]


def test_files_that_would_not_be_in_order_stay_as_they_were(
    export: Callable[[], Result], knowledge_copy: Path, database_url: str
) -> None:
    asyncio.run(approve(database_url, replace(SITUATION, title=Localised("", UNTRANSLATED)), EXAMPLE))
    refused = export()
    assert refused.exit_code == 1 and "situations/added.yaml" in refused.stderr and "title.nl" in refused.stderr
    assert "nothing was written" in refused.stderr
    assert not list(knowledge_copy.rglob("added.*"))
    assert not any(one.exported for one in asyncio.run(approve(database_url)))
