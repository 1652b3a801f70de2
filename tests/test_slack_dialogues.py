"""The YAML dialogues through Slack: typed in a direct message, pressed under the answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot.events import Pressed, Said
from bot.knowledge import Knowledge
from tests.dialogues import Seen, Turn, dialogues, run
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_payloads import finished
from tests.fakes.slack_rules import buttons
from tests.fakes.slack_user import Http, User, shown

HAND_OFF = ("Vraag communicatie", "Vraag mijn leidinggevende", "Ask")  # opens a form here: test_slack_cases.py


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.mark.parametrize(("name", "turns"), dialogues(), ids=[name for name, _ in dialogues()])
async def test_dialogue(
    slack: FakeSlack, start: Callable[..., Any], knowledge: Knowledge, name: str, turns: list[Turn]
) -> None:
    teacher = User(slack, Http(await start(**slack.settings)), "U1")
    pressable: dict[Pressed, dict[str, Any]] = {}

    async def act(deed: Said | Pressed) -> Seen:
        before, modals = len(slack.methods.shown("D1")), len(slack.methods.views)
        if isinstance(deed, Said):
            await teacher.says(deed.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
        else:
            await teacher.presses(pressable[deed], slack.methods.shown("D1")[-1])
        await finished(slack)
        blocks = [block for message in slack.methods.shown("D1")[before:] for block in message["blocks"]]
        blocks += [block for view in slack.methods.views[modals:] for block in view["blocks"]]
        return seen(blocks)

    def seen(blocks: list[dict[str, Any]]) -> Seen:
        plain = shown(blocks)
        flat = " ".join(plain.split())
        quotes = tuple(
            section.id
            for section in knowledge.sections.values()
            for language in ("nl", "en")
            if " ".join(section.text[language].split()) in flat
        )
        offered = {}
        for one in buttons(blocks):
            pressed = Pressed("press", one["value"])
            pressable[pressed] = one
            offered[one["text"]["text"]] = pressed
        return Seen(plain, quotes, offered)

    await run([turn for turn in turns if not turn.get("pressed", "").startswith(HAND_OFF)], act)
    assert slack.refused == []
