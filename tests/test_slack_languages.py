"""Where no text decides the language, it is that of somebody's Slack; and no reply waits long for it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from adapters.storage.case_store import CaseStore
from bot.ports import StoreError
from tests.fakes.slack import Answer, FakeSlack
from tests.fakes.slack_payloads import QUESTION, finished
from tests.fakes.slack_rules import buttons
from tests.fakes.slack_user import Http, User, button, shown

Start = Callable[..., Any]
GREETING = "Hello. What are you in doubt about?"


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def erin(slack: FakeSlack, start: Start) -> User:
    return User(slack, Http(await start(**slack.settings)), "UEN")


async def said(who: User, text: str) -> str:
    """Return what is answered to a message in the direct message."""
    before = len(who.slack.methods.shown(who.direct))
    await who.says(text)
    await finished(who.slack)
    return "\n".join(shown(message["blocks"]) for message in who.slack.methods.shown(who.direct)[before:])


async def test_the_slash_command_alone_greets_in_it(erin: User) -> None:
    assert GREETING in shown((await erin.commands(""))["blocks"])


async def test_a_request_for_a_check_is_answered_in_it(erin: User, slack: FakeSlack) -> None:
    assert "Put your message behind" in await said(erin, "check")
    await erin.commands("check")
    await slack.until("views.open")
    assert slack.methods.views[-1]["submit"]["text"] == "Check"


async def test_a_questions_own_language_wins(erin: User) -> None:
    assert "Richtlijn" in await said(erin, QUESTION)
    assert "Guideline" in await said(erin, "May I put a photo of a pupil on Facebook?")


async def test_a_word_of_either_language_is_answered_in_it(erin: User, slack: FakeSlack) -> None:
    assert "I have no sample text for the disclaimer" in await said(erin, "disclaimer")
    assert "I have" not in await said(User(slack, erin.line, "U1"), "disclaimer")


async def test_cases_answer_in_the_language_of_the_words(erin: User) -> None:
    assert "Je hebt nog geen vragen voorgelegd." in await said(erin, "mijn vragen")
    assert "Je hebt" not in await said(erin, "my cases")


async def test_that_something_could_not_be_stored_is_said_in_it(
    erin: User, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    await said(erin, "hello")

    def away(self: CaseStore) -> Any:
        raise StoreError("The database is away.")

    monkeypatch.setattr(CaseStore, "reading", away)
    asked = {"type": "message", "channel": erin.direct, "channel_type": "im", "text": "my cases"}
    assert await erin.event(asked, tries=3) == 200
    await finished(slack)
    assert "Try again in a moment." in shown(slack.methods.shown(erin.direct)[-1]["blocks"])


async def test_the_choice_in_app_home_holds_for_answers_too(erin: User, slack: FakeSlack) -> None:
    await erin.event({"type": "app_home_opened", "tab": "home", "channel": erin.direct})
    await slack.until("views.publish")
    view = slack.methods.homes["UEN"]
    await erin.presses_in(view, button(view["blocks"], "Nederlands"))
    await slack.until("views.publish", 2)
    assert "Waar twijfel je over?" in shown((await erin.commands(""))["blocks"])


async def test_slack_is_asked_once(erin: User, slack: FakeSlack) -> None:
    for _ in range(3):
        await erin.commands("")
    assert len(slack.called("users.info")) == 1


@pytest.mark.parametrize("said", [{"ok": False, "error": "user_not_found"}, {"ok": True}, {"ok": True, "user": "UEN"}])
async def test_where_slack_does_not_say_it_is_dutch(erin: User, slack: FakeSlack, said: dict[str, Any]) -> None:
    slack.will_say("users.info", Answer(said))
    assert "Waar twijfel je over?" in shown((await erin.commands(""))["blocks"])


async def test_while_slack_is_slow_one_reply_waits_a_moment_and_the_next_do_not(erin: User, slack: FakeSlack) -> None:
    slack.hold("users.info")
    waited = []
    for account in ("UEN", "UEN", "U2"):
        started = time.monotonic()
        answer = await User(slack, erin.line, account).commands("")
        waited.append(time.monotonic() - started)
        assert "Waar twijfel je over?" in shown(answer["blocks"]) and buttons(answer["blocks"])
    assert waited[0] < 2.0 and waited[1] < 0.7 and waited[2] < 0.7
    slack.release()
    await slack.until("users.info")
    await slack.happens(lambda: len(slack.called("users.info")) == 2)  # not asked again while it is being asked
    assert GREETING in shown((await erin.commands(""))["blocks"])
