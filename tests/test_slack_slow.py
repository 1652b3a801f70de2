"""What cannot be shown where it belongs, since Slack is slow or an address is over, comes in the direct message."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from adapters.slack import showing
from tests.fakes.slack import Answer, FakeSlack
from tests.fakes.slack_payloads import finished
from tests.fakes.slack_user import Http, User, button, shown
from tests.test_slack_places import DRAFT, QUESTION

Start = Callable[..., Any]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def teacher(slack: FakeSlack, start: Start, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setattr(showing, "_TRIGGER_WAIT", 0.2)
    return User(slack, Http(await start(**slack.settings)), "U1")


async def test_a_form_that_does_not_open_in_time_is_said_to_be_late(teacher: User, slack: FakeSlack) -> None:
    await teacher.says(QUESTION)
    [answer] = await slack.posted()
    slack.hold("views.open")
    message = slack.methods.shown("D1")[-1]
    await teacher.presses(button(answer["blocks"], "Vraag communicatie"), message)
    late = (await slack.posted(2))[1]
    assert late["channel"] == "D1" and "Druk nog eens op de knop." in shown(late["blocks"])


@pytest.mark.parametrize("trouble", ["slow", "broken"])
async def test_the_review_of_a_message_is_not_lost(teacher: User, slack: FakeSlack, trouble: str) -> None:
    if trouble == "slow":
        slack.hold("views.open")
    else:
        slack.will_say("views.open", Answer({"ok": False, "error": "internal_error"}, status=400))
    await teacher.chooses("check_message", DRAFT)
    [review] = await slack.posted()
    assert review["channel"] == "D1" and "Sanne" in shown(review["blocks"])


async def test_an_answer_that_could_not_be_shared_comes_to_who_shared_it(teacher: User, slack: FakeSlack) -> None:
    answer = await teacher.commands(QUESTION, "C2")
    slack.addresses_work = False
    await teacher.presses_ephemeral(button(answer["blocks"], "Deel in dit kanaal"), "C2")
    [message] = await slack.posted()
    assert message["channel"] == "D1"
    assert "Dit is misschien niet gedeeld." in shown(message["blocks"]) and QUESTION in shown(message["blocks"])


async def test_an_address_that_cannot_be_reached_is_as_good_as_over(teacher: User, slack: FakeSlack) -> None:
    answer = await teacher.commands("overzicht", "C2")
    press = button(answer["blocks"], "Richtlijn 1")
    nowhere = {"type": "message", "message_ts": "1.1", "channel_id": "C2", "is_ephemeral": True}
    await teacher.presses(
        press, {"channel": "C2", "ts": "1.1"}, container=nowhere, response_url="http://127.0.0.1:1/respond"
    )
    [message] = await slack.posted()
    assert message["channel"] == "D1" and "Richtlijn 1" in shown(message["blocks"])
    assert (await finished(slack)) == [message]
