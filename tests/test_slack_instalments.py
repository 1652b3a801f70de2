"""A long reply in conversation comes a message at a time, and nothing of it is lost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given, settings

from adapters.slack import render
from adapters.slack.instalments import Instalments
from adapters.slack.kept import LostError
from bot.conversation import Conversation
from bot.events import Event, Language
from bot.replies import Heading, Outcome, Paragraph, Reply
from tests.conftest import FakeClock
from tests.fakes.parts import replies
from tests.fakes.slack import FakeSlack, refusal
from tests.fakes.slack_payloads import finished
from tests.fakes.slack_rules import buttons
from tests.fakes.slack_user import Http, User, button, shown

Start = Callable[..., Any]
PARTS = 120  # paragraphs: three messages
LAST = "Alinea 119 & einde."


def say(language: Language, sentence: str, **values: str | int) -> str:
    return {"nl": "Meer", "en": "More"}[language]


def more_in(message: Any) -> str:
    """Return the name under which the rest is kept; empty under the last message."""
    names = [json.loads(one["value"])[1] for one in buttons(message.blocks) if one["action_id"] == "more"]
    return names[0] if names else ""


def without_more(message: Any) -> list[dict[str, Any]]:
    return [block for block in message.blocks if block["block_id"] != "more"]


@settings(deadline=None)
@given(replies())
def test_all_instalments_together_are_the_whole_and_slack_takes_each(reply: Reply) -> None:
    instalments = Instalments(say, FakeClock())
    message = instalments.first(reply)
    seen: list[dict[str, Any]] = []
    while message is not None:
        assert refusal({"channel": "C1", "text": message.text, "blocks": message.blocks}) == ""
        seen += without_more(message)
        name = more_in(message)
        if not name:
            break
        before, following = instalments.next(name, reply.language)
        assert before.blocks == without_more(message) and following.blocks
        message = following
    assert seen == render.blocks(reply)


@settings(deadline=None)
@given(replies())
def test_what_stands_beside_the_first_message_has_its_place(reply: Reply) -> None:
    share = render.share_button("Deel", "mag dit?", "nl")
    message = Instalments(say, FakeClock()).first(reply, [share])
    if message is None:
        assert render.blocks(reply) == []
        return
    assert share in message.blocks
    assert refusal({"channel": "C1", "text": message.text, "blocks": message.blocks}) == ""


def test_the_rest_is_forgotten_with_the_conversation() -> None:
    clock = FakeClock()
    instalments = Instalments(say, clock)
    first = instalments.first(Reply(tuple(Paragraph(f"{n}") for n in range(51)), "en"))
    assert button(first.blocks if first else [], "More")
    clock.advance(minutes=14)
    instalments.next(more_in(first), "en")
    clock.advance(minutes=2)
    with pytest.raises(LostError):
        instalments.next(more_in(first), "en")


# In Slack


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def teacher(slack: FakeSlack, start: Start, monkeypatch: pytest.MonkeyPatch) -> User:
    async def handle(self: Conversation, event: Event) -> Outcome:
        return Outcome(Reply(long_parts(), "nl"))

    server = await start(**slack.settings)
    monkeypatch.setattr(Conversation, "handle", handle)
    return User(slack, Http(server), "U1")


def long_parts() -> tuple[Heading | Paragraph, ...]:
    return (Heading("Lang."), *(Paragraph(f"Alinea {number} & einde.") for number in range(PARTS)))


async def test_in_a_direct_message_each_press_shows_the_next_and_takes_its_button_away(
    teacher: User, slack: FakeSlack
) -> None:
    await teacher.says("lang")
    for count in (1, 2):
        await slack.posted(count)
        pressed = slack.methods.shown("D1")[-1]
        await teacher.presses(button(pressed["blocks"], "Meer"), pressed)
        replaced = (await slack.until("respond", count))[-1]
        assert replaced["replace_original"] is True
        assert replaced["blocks"] == [block for block in pressed["blocks"] if block["block_id"] != "more"]
    messages = await slack.posted(3)
    said = "\n".join(shown(message["blocks"]) for message in messages)
    assert said.count("& einde.") == PARTS and said.endswith(LAST)
    assert slack.refused == []


async def test_in_a_channel_it_stays_in_the_thread(teacher: User, slack: FakeSlack) -> None:
    await teacher.mentions("lang", ts="1.1")
    await slack.posted()
    pressed = slack.methods.shown("C1")[-1]
    await teacher.presses(button(pressed["blocks"], "Meer"), pressed)
    assert [(one["channel"], one["thread_ts"]) for one in await slack.posted(2)] == [("C1", "1.1")] * 2


async def test_what_one_person_sees_goes_on_for_that_person(teacher: User, slack: FakeSlack) -> None:
    answer = await teacher.commands("lang", "C2")
    await teacher.presses_ephemeral(button(answer["blocks"], "Meer"), "C2")
    after, before = await slack.until("respond", 2)
    assert after["response_type"] == "ephemeral" and "Alinea 48 " in shown(after["blocks"])
    assert before["replace_original"] is True and button(before["blocks"], "Deel in dit kanaal")
    assert await finished(slack) == []


async def test_where_the_address_of_the_press_is_over_it_goes_on_in_the_direct_message(
    teacher: User, slack: FakeSlack
) -> None:
    answer = await teacher.commands("lang", "C2")
    slack.addresses_work = False
    await teacher.presses_ephemeral(button(answer["blocks"], "Meer"), "C2")
    [message] = await slack.posted()
    assert message["channel"] == "D1" and "Alinea 48 " in shown(message["blocks"])


async def test_a_shared_answer_goes_on_for_all(teacher: User, slack: FakeSlack) -> None:
    answer = await teacher.commands("lang", "C1")
    await teacher.presses_ephemeral(button(answer["blocks"], "Deel in dit kanaal"), "C1")
    [shared] = await slack.until("respond")
    assert shared["response_type"] == "in_channel"
    await teacher.presses(button(shared["blocks"], "Meer"), {**shared, "channel": "C1", "ts": "1.1"})
    [after] = await slack.posted()
    assert (after["channel"], after["thread_ts"]) == ("C1", "1.1")


async def test_what_is_no_longer_remembered_is_said_with_what_to_do(teacher: User, slack: FakeSlack) -> None:
    gone = {"type": "button", "action_id": "more", "block_id": "more", "value": '["more", "gone", "nl"]'}
    await teacher.presses(gone, {"channel": "D1", "ts": "1.1"})
    [message] = await slack.posted()
    assert shown(message["blocks"]) == "De rest heb ik niet meer.\nStel je vraag opnieuw."


async def test_in_a_channel_that_is_said_to_who_pressed_alone(teacher: User, slack: FakeSlack) -> None:
    gone = {"type": "button", "action_id": "more", "block_id": "more", "value": '["more", "gone", "en"]'}
    await teacher.presses(gone, {"channel": "C1", "ts": "1.1"})
    [told] = await slack.until("respond")
    assert told["response_type"] == "ephemeral" and "I no longer have the rest." in shown(told["blocks"])
