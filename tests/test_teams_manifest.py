"""The app package: what Microsoft takes, and no promise that the bot does not keep."""

from __future__ import annotations

import json
import os
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner
from jsonschema.validators import validator_for  # type: ignore[import-untyped]

from adapters.teams import invokes
from adapters.teams.manifest import TEMPLATE, package
from adapters.teams.microsoft import Microsoft
from adapters.terminal.main import main
from bot.answering.engine import Engine
from bot.drafts import recognising
from bot.knowledge import Knowledge
from tests.conftest import settings
from tests.fakes.teams import FakeTeams

SCHEMAS = os.environ.get("PROTOCOLWIJZER_TEST_SCHEMAS", "")
APP, URL = "11111111-2222-3333-4444-555555555555", "https://protocol.example.nl"
needs_schemas = pytest.mark.skipif(not SCHEMAS, reason="PROTOCOLWIJZER_TEST_SCHEMAS is not set: a folder with schemas")


def read(name: str, url: str = URL) -> Any:
    with zipfile.ZipFile(BytesIO(package(url, APP, 'De "school"'))) as archive:
        return json.loads(archive.read(name))


def mistakes(document: Any, schema: str) -> list[str]:
    rules = json.loads((Path(SCHEMAS) / schema).read_text())
    return [error.message for error in validator_for(rules)(rules).iter_errors(document)]


@needs_schemas
def test_the_manifest_and_its_translation_are_valid() -> None:
    assert mistakes(read("manifest.json"), "MicrosoftTeams.v1.30.schema.json") == []
    assert mistakes(read("en.json"), "MicrosoftTeams.v1.30.Localization.schema.json") == []


@needs_schemas
@pytest.mark.parametrize("field", ["id", "icons", "developer"])
def test_the_schema_refuses_a_manifest_that_lacks_something(field: str) -> None:
    document = {name: value for name, value in read("manifest.json").items() if name != field}
    assert mistakes(document, "MicrosoftTeams.v1.30.schema.json")


def test_what_is_given_stands_in_the_manifest() -> None:
    document = read("manifest.json", f"{URL}/")
    assert document["id"] == document["bots"][0]["botId"] == document["composeExtensions"][0]["botId"] == APP
    assert document["developer"]["websiteUrl"] == URL and document["developer"]["name"] == 'De "school"'
    assert "{" not in "".join(value for value in strings(document))


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in strings(one)]


def texts(language: str) -> list[tuple[str, str]]:
    """Return each command as its kind and what is sent when it is chosen."""
    lists = read("manifest.json")["bots"][0]["commandLists"]
    english = read("en.json")
    found = []
    for number, commands in enumerate(lists):
        for place, command in enumerate(commands["commands"]):
            field = "prompt" if command.get("type") == "prompt" else "title"
            key = f"bots[0].commandLists[{number}].commands[{place}].{field}"
            found.append((command.get("type", "basic"), command[field] if language == "nl" else english[key]))
    return found


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_command_and_prompt_is_understood(engine: Engine, knowledge: Knowledge, language: Any) -> None:
    words = knowledge.requests
    named = [*words.cases[language], *words.mine[language], *words.overview[language], "koppel", "link"]
    for kind, text in texts(language):
        if kind == "prompt":
            answer = engine.answer(text, usual=language)
            assert answer.certain and answer.passages, text
        else:
            assert text in named or recognising.requested(text) == "", text


def test_every_string_is_translated() -> None:
    english = read("en.json")
    document = read("manifest.json")
    assert {"name.full", "description.short", "description.full"} <= set(english)
    for number, command in enumerate(document["composeExtensions"][0]["commands"]):
        assert english[f"composeExtensions[0].commands[{number}].title"] != command["title"]
    keys = [key for key in english if key.startswith("bots[0]")]
    commands = [command for some in document["bots"][0]["commandLists"] for command in some["commands"]]
    assert len(keys) == sum("description" in c for c in commands) + len(commands) + sum("prompt" in c for c in commands)


def test_the_commands_of_the_manifest_are_those_that_open_dialogs() -> None:
    commands = read("manifest.json")["composeExtensions"][0]["commands"]
    assert [one["id"] for one in commands] == [invokes.CHECK_MESSAGE, invokes.CHECK_DRAFT]
    assert all(one["fetchTask"] for one in commands)


# what Microsoft Graph's reference names as the least for each path
NEEDED = {
    "/graph/teams/{group}": "TeamSettings.Read.Group",
    "/graph/teams/{group}/members": "TeamMember.Read.Group",
}


async def test_what_is_asked_for_is_what_is_used() -> None:
    async with FakeTeams() as teams:
        microsoft = Microsoft(settings(**teams.settings))
        line = microsoft.context(web.Application())
        await anext(line)
        for question in (microsoft.graph.is_public("g1"), microsoft.graph.owns("g1", "u1")):
            await question
        with pytest.raises(StopAsyncIteration):
            await anext(line)
    document = read("manifest.json")
    asked = document["authorization"]["permissions"]["resourceSpecific"]
    used = {NEEDED[path.replace("g1", "{group}")] for path in teams.asked_graph}
    assert {(one["name"], one["type"]) for one in asked} == {(name, "Application") for name in used}
    # who somebody is (the first turn of every test of a case), and cards that the bot sends by itself
    assert document["permissions"] == ["identity", "messageTeamMembers"]


def pixels(name: str) -> tuple[int, int, bytes]:
    """Return width, height and the rows of an RGBA picture; each row begins with its filter, which is none."""
    data = (TEMPLATE / name).read_bytes()
    width, height, depth, colours = struct.unpack(">IIBB", data[16:26])
    assert (depth, colours) == (8, 6)
    start = data.index(b"IDAT") + 4
    (length,) = struct.unpack(">I", data[start - 8 : start - 4])
    return width, height, zlib.decompress(data[start : start + length])


def test_the_icons_are_as_teams_wants_them() -> None:
    assert pixels("color.png")[:2] == (192, 192)
    width, height, rows = pixels("outline.png")
    assert (width, height) == (32, 32)
    dots = [rows[y * (width * 4 + 1) + 1 + x * 4 :][:4] for y in range(height) for x in range(width)]
    assert all(dot[:3] == b"\xff\xff\xff" for dot in dots if dot[3])
    assert any(dot[3] == 255 for dot in dots) and any(dot[3] == 0 for dot in dots)


def test_the_same_input_gives_the_same_package() -> None:
    assert package(URL, APP, "x") == package(URL, APP, "x")


def test_the_command_writes_the_package(tmp_path: Path) -> None:
    out = tmp_path / "app.zip"
    run = CliRunner().invoke(main, ["manifest", "teams", "--url", URL, "--app-id", APP, "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert sorted(zipfile.ZipFile(out).namelist()) == ["color.png", "en.json", "manifest.json", "outline.png"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--url", "http://x.nl", "--app-id", APP], "https://"),
        (["--url", "https://x.nl/bot?x=1", "--app-id", APP], "https://"),
        (["--url", URL, "--app-id", APP, "--developer", "Stichting Unicoz onderwijsgroep Zoetermeer"], "32"),
        (["--url", URL, "--app-id", APP, "--developer", " "], "32"),
        (["--url", URL, "--app-id", "x"], "Azure bot"),
        (["--url", URL, "--app-id", APP, "--out", "/nowhere/x.zip"], "--out"),
    ],
)
def test_a_mistake_is_named_with_the_remedy(given: list[str], said: str) -> None:
    run = CliRunner().invoke(main, ["manifest", "teams", *given])
    assert run.exit_code == 1 and said in run.output
