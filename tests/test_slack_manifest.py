"""The manifest: Slack's own schema takes it, and it asks for exactly the rights that the code uses."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from click.testing import CliRunner
from slack_sdk.web.async_client import AsyncWebClient

from adapters.settings import ROOT
from adapters.slack.listeners import CHECK_DRAFT, CHECK_MESSAGE
from adapters.slack.manifest import FOLDER, manifest
from adapters.slack.problems import FREE, SCOPES
from adapters.terminal.main import main
from bot.events import LANGUAGES
from tests.fakes.slack_methods import GRANTED, NEEDS

URL = "https://protocol.example.nl"
SCHEMAS = os.environ.get("PROTOCOLWIJZER_TEST_SCHEMAS", "")
SOURCE = "\n".join(file.read_text() for file in (ROOT / "adapters" / "slack").glob("*.py"))
EVENTS = {"app_mention": "app_mentions:read", "message.im": "im:history", "app_home_opened": ""}  # and their rights


def called() -> set[str]:
    """Return the methods of the Web API that the code calls."""
    written = re.findall(r"\b_?(?:client|once)\.((?:[a-z]+_)+[A-Za-z]+)\(", SOURCE)
    return {name.replace("_", ".") for name in written if hasattr(AsyncWebClient, name)}


@pytest.mark.skipif(not SCHEMAS, reason="PROTOCOLWIJZER_TEST_SCHEMAS names no folder with Slack's schema")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("url", [URL, ""])
def test_slacks_schema_takes_it(url: str, language: Any) -> None:
    schema = json.loads((Path(SCHEMAS) / "slack.manifest.schema.2.0.0.json").read_text())
    jsonschema.validate(manifest(url, language), schema)


def test_every_right_is_used_and_every_call_has_its_right() -> None:
    asked = set(manifest(URL, "nl")["oauth_config"]["scopes"]["bot"])
    used = {right for method in called() for right in _right(method, asked)}
    used |= {right for event, right in EVENTS.items() if right} | {"commands"}
    assert asked == used
    # conversations.history serves two kinds of conversation, each with its own right
    assert {"im:history", "groups:history"} <= asked


def _right(method: str, asked: set[str]) -> set[str]:
    """Return the rights asked for that a method needs; a method without any would fail in Slack."""
    found = asked & set(NEEDS[method])
    assert found or not NEEDS[method], f"{method} needs one of {NEEDS[method]}"
    return found


def test_the_doctor_knows_the_same_rights_and_calls() -> None:
    assert set(SCOPES) == set(manifest(URL, "nl")["oauth_config"]["scopes"]["bot"]) == GRANTED
    told = {use for uses in SCOPES.values() for use in uses if " " not in use}
    assert told | set(FREE) == called()


def test_it_subscribes_to_what_is_listened_to() -> None:
    settings = manifest(URL, "nl")
    assert set(settings["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS)
    listened = set(re.findall(r'bolt\.event\("([a-z_]+)"\)', SOURCE))
    assert listened == {event.split(".")[0] for event in EVENTS}
    shortcuts = {shortcut["callback_id"] for shortcut in settings["features"]["shortcuts"]}
    assert shortcuts == {CHECK_MESSAGE, CHECK_DRAFT}


def test_both_languages_have_the_same_texts_and_all_are_used() -> None:
    nl, en = (yaml.safe_load((FOLDER / f"{language}.yaml").read_text()) for language in LANGUAGES)
    placeholders = set(re.findall(r"\$\{(\w+)\}", (FOLDER / "manifest.yaml").read_text().split("\n", 2)[2]))
    assert set(nl) == set(en) == placeholders - {"url"}


def test_a_plan_without_agents_gets_a_manifest_without_one() -> None:
    made = manifest(URL, "nl", agent=False)
    whole = manifest(URL, "nl")
    assert "agent_view" not in made["features"] and "agent_view" in whole["features"]
    assert set(whole["oauth_config"]["scopes"]["bot"]) - set(made["oauth_config"]["scopes"]["bot"]) == {
        "assistant:write"
    }


def test_socket_mode_names_no_address() -> None:
    made = manifest("", "nl")
    assert made["settings"]["socket_mode_enabled"] is True
    assert "http" not in json.dumps(made)


def test_the_command_prints_yaml_with_the_address() -> None:
    result = CliRunner().invoke(main, ["manifest", "slack", "--url", f"{URL}/"])
    assert result.exit_code == 0
    assert yaml.safe_load(result.output) == manifest(URL, "nl")
    assert yaml.safe_load(result.output)["settings"]["interactivity"]["request_url"] == f"{URL}/slack/events"


@pytest.mark.parametrize(
    "arguments", [[], ["--url", URL, "--socket"], ["--url", "http://x.nl"], ["--url", f"{URL}/bot"], ["--url", "x"]]
)
def test_the_command_says_what_is_missing(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, ["manifest", "slack", *arguments])
    assert result.exit_code == 2
    assert "--url https://" in result.output
