"""Slack from signed request to posted message, over real sockets on both sides."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
import structlog

from adapters.slack import to_event
from bot.conversation import Conversation
from bot.events import Pressed, Said
from bot.knowledge import Knowledge
from tests.conftest import Server
from tests.fakes.slack import BOT_USER, Answer, FakeSlack, as_form, as_json, texts
from tests.fakes.slack_payloads import QUESTION, event, finished, mention, press, send, send_event
from tests.fakes.slack_rules import buttons as pressable

Start = Callable[..., Any]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def server(slack: FakeSlack, start: Start) -> Server:
    begun: Server = await start(**slack.settings)
    return begun


def shown(message: Mapping[str, Any]) -> str:
    """Return what a message shows, as plain words."""
    said = "\n".join(text for block in message["blocks"] for text in texts(block))
    said = "\n".join(line.removeprefix(">") for line in said.split("\n"))
    return said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def buttons(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in pressable(message["blocks"]) if one["type"] == "button"]


def quotes_the_protocol(message: Mapping[str, Any], knowledge: Knowledge, language: Any = "nl") -> bool:
    return any(section.text[language] in shown(message) for section in knowledge.sections.values())


# Answers


async def test_a_signed_question_in_a_direct_message_gets_the_protocols_words(
    server: Server, slack: FakeSlack, knowledge: Knowledge
) -> None:
    assert await send_event(server, event(text=QUESTION)) == (200, "")
    [message] = await slack.posted()
    assert message["channel"] == "D1" and "thread_ts" not in message
    assert quotes_the_protocol(message, knowledge)
    assert message["text"]


async def test_a_question_in_a_thread_of_a_direct_message_is_answered_in_that_thread(
    server: Server, slack: FakeSlack
) -> None:
    await send_event(server, event(text=QUESTION, thread_ts="1690000000.000001"))
    [message] = await slack.posted()
    assert message["thread_ts"] == "1690000000.000001"


async def test_a_mention_is_answered_in_its_thread(server: Server, slack: FakeSlack, knowledge: Knowledge) -> None:
    await send_event(server, mention())
    [message] = await slack.posted()
    assert (message["channel"], message["thread_ts"]) == ("C1", "1700000000.000100")
    assert quotes_the_protocol(message, knowledge)


async def test_a_mention_that_also_comes_as_a_message_is_answered_once(server: Server, slack: FakeSlack) -> None:
    await send_event(server, event(1, channel="C1", channel_type="channel", text=f"<@{BOT_USER}> {QUESTION}"))
    await send_event(server, mention(2))
    assert len(await finished(slack)) == 1


async def test_a_press_on_a_button_answers(server: Server, slack: FakeSlack, knowledge: Knowledge) -> None:
    await send_event(server, event(text="overzicht"))
    [overview] = await slack.posted()
    status, _ = await send(server, *as_form(json.dumps(press(buttons(overview)[0]))))
    assert status == 200
    answer = (await slack.posted(2))[1]
    assert answer["channel"] == "D1" and quotes_the_protocol(answer, knowledge)


async def test_a_press_in_a_channel_is_answered_under_the_message_with_the_button(
    server: Server, slack: FakeSlack
) -> None:
    await send_event(server, mention())
    [message] = await slack.posted()
    button = pressable(message["blocks"])[-1]
    assert json.loads(button["value"])[0] == "helped"
    await send(server, *as_form(json.dumps(press(button, "C1", thread_ts="1700000000.000100"))))
    await slack.posted(2)
    await send(server, *as_form(json.dumps({**press(button, "C1"), "trigger_id": "another"})))
    assert [message["thread_ts"] for message in await slack.posted(3)] == [
        "1700000000.000100",
        "1700000000.000100",
        "1700000000.000200",
    ]


@pytest.mark.parametrize(
    "button", [{"action_id": "x"}, {"action_id": "x", "value": "1"}, {"action_id": "", "value": ""}]
)
async def test_a_button_of_another_kind_is_acknowledged_and_not_answered(
    server: Server, slack: FakeSlack, button: Mapping[str, str]
) -> None:
    status, _ = await send(server, *as_form(json.dumps(press(button))))
    assert status == 200
    assert await finished(slack) == []


@pytest.mark.parametrize(
    "ignored",
    [
        event(text=QUESTION, bot_id="B9"),
        event(text=QUESTION, user=BOT_USER),
        event(text=QUESTION, user=None),
        event(text=None),
        event(text=QUESTION, subtype="message_changed", message={"text": QUESTION}),
        event(text="<@U1> has joined", subtype="channel_join", channel_type="channel", channel="C1"),
        event(text=QUESTION, subtype="bot_message", user=None, bot_id="B9"),
        event(text=QUESTION, channel="C1", channel_type="channel"),
        mention(edited={"user": "U1", "ts": "1700000001.000000"}),
        event(type="app_home_opened", tab="messages"),
        event(type="reaction_added", item={"channel": "D1"}),
    ],
)
async def test_messages_of_bots_edits_joins_and_other_events_are_acknowledged_and_not_answered(
    server: Server, slack: FakeSlack, ignored: dict[str, Any]
) -> None:
    status, _ = await send_event(server, ignored)
    assert status == 200
    assert await finished(slack) == []


async def test_a_question_with_a_file_is_a_question(server: Server, slack: FakeSlack, knowledge: Knowledge) -> None:
    await send_event(server, event(text=QUESTION, subtype="file_share", files=[{"id": "F1"}]))
    assert quotes_the_protocol((await slack.posted())[0], knowledge)


async def test_the_same_event_has_one_effect_however_often_slack_sends_it(server: Server, slack: FakeSlack) -> None:
    body, headers = as_json(event(text=QUESTION))
    for retry in range(3):
        assert (await send(server, body, {**headers, "X-Slack-Retry-Num": str(retry)}))[0] == 200
    assert len(await finished(slack)) == 1


async def test_the_token_is_checked_with_slack_once(server: Server, slack: FakeSlack) -> None:
    for number in range(3):
        await send_event(server, event(number, text=QUESTION))
    await slack.posted(3)
    assert len(slack.called("auth.test")) == 1


# What people type


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (f"<@{BOT_USER}> mag dit?", "mag dit?"),
        (f"mag dit <@{BOT_USER}|protocol>", "mag dit"),
        ("hoi <!channel> en <!subteam^S1|@team>", "hoi   en"),
        ("<https://example.com/a|example> en <https://example.com/b>", "example en example.com/b"),
        ("<mailto:a@example.com|a@example.com>", "a@example.com"),
        ("in <#C123|algemeen>?", "in #algemeen?"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
    ],
)
def test_slacks_markup_is_read_as_a_person_typed_it(typed: str, read: str) -> None:
    assert to_event.readable(typed) == read


@pytest.mark.parametrize("text", ["<!channel>", "&lt;!channel&gt; wat mag hier?", "\ud800", "\x00", "", "😀" * 500])
async def test_whatever_is_typed_gets_a_reply_that_pings_nobody(server: Server, slack: FakeSlack, text: str) -> None:
    await send_event(server, event(text=text))
    [message] = await slack.posted()
    assert "<" not in json.dumps(message)


def test_a_message_without_slacks_fields_is_no_question() -> None:
    assert to_event.message(event(text=3)) is None


def test_the_language_of_a_button_is_the_language_of_its_message() -> None:
    button = {"action_id": "press-0", "value": '["section", "richtlijn-1", "en"]'}
    pressed = to_event.press(press(button))
    assert pressed and pressed.event.deed == Pressed("section", "richtlijn-1", "en")
    said = to_event.message(event(text="hallo"))
    assert said and said.event.deed == Said("hallo") and said.event.private


# Failures


async def test_a_failure_while_answering_is_said_and_logged_without_what_was_typed(
    slack: FakeSlack, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Conversation, "_follow", fail)
    with structlog.testing.capture_logs() as logs:
        assert (await send_event(server, event(text=QUESTION)))[0] == 200
        [message] = await slack.posted()
    assert "Er ging iets mis bij mij." in message["text"]
    [logged] = logs
    assert (logged["event"], logged["platform"], logged["error"]) == ("event failed", "slack", "RuntimeError")
    assert "leerling" not in json.dumps(logs)


def fail(*_: object) -> None:
    raise RuntimeError(QUESTION)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([Answer({"ok": False, "error": "channel_not_found"})], "channel_not_found"),
        ([Answer({"ok": False, "error": "fatal_error"}, status=500)] * 2, "fatal_error"),
    ],
)
async def test_a_reply_that_slack_refuses_is_logged_without_its_words(
    server: Server, slack: FakeSlack, answers: list[Answer], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.random", lambda: 0.0)  # what the SDK waits between two tries
    slack.will_say("chat.postMessage", *answers)
    with structlog.testing.capture_logs() as logs:
        await send_event(server, event(text=QUESTION))
        await slack.posted()
        await finished(slack)
    assert logs == [{"event": "reply not delivered", "platform": "slack", "why": why, "log_level": "error"}]


async def test_a_reply_is_sent_again_when_slack_says_not_so_fast(
    server: Server, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.random", lambda: 0.0)  # the SDK adds up to a second to Retry-After
    slack.will_say(
        "chat.postMessage", Answer({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "0"})
    )
    await send_event(server, event(text=QUESTION))
    first, second = await slack.posted(2)
    assert first == second


async def test_a_wrong_token_is_told_in_words_and_nothing_is_posted(slack: FakeSlack, start: Start) -> None:
    with structlog.testing.capture_logs() as logs:
        server = await start(**{**slack.settings, "slack_bot_token": "xoxb-wrong"})
        assert (await send_event(server, event(text=QUESTION)))[0] == 503
    assert "Controleer PROTOCOLWIJZER_SLACK_BOT_TOKEN." in json.dumps(logs) and "leerling" not in json.dumps(logs)
    assert await finished(slack) == []


async def test_while_slack_cannot_be_reached_an_event_is_not_acknowledged(start: Start) -> None:
    async with FakeSlack() as slack:
        settings = slack.settings
    with structlog.testing.capture_logs() as logs:
        server = await start(**settings)
        assert (await send_event(server, event(text=QUESTION)))[0] == 503  # Slack sends it again
    assert [line["event"] for line in logs] == ["Slack does not know the bot"]
