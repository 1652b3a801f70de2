"""Every way into the bot in Slack, and where its answer is seen."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import structlog

from bot.drafts.reviewer import LONGEST_DRAFT
from tests.fakes.slack import Answer, FakeSlack
from tests.fakes.slack_payloads import finished
from tests.fakes.slack_rules import buttons, marks
from tests.fakes.slack_user import Http, User, button, shown

Start = Callable[..., Any]
QUESTION = "Mag ik een foto van een leerling op Facebook zetten?"
DRAFT = "Sanne Bakker uit groep 6 heeft gisteren weer eens niet geluisterd, wat een drama-moeder ook."


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def school(slack: FakeSlack, start: Start) -> Callable[[str], User]:
    line = Http(await start(**slack.settings))
    return lambda account: User(slack, line, account)


@pytest.fixture
def teacher(school: Callable[[str], User]) -> User:
    return school("U1")


# The slash command


async def test_the_slash_command_answers_the_asker_alone(teacher: User, slack: FakeSlack) -> None:
    answer = await teacher.commands(QUESTION, "C2")
    assert answer["response_type"] == "ephemeral" and "Richtlijn" in shown(answer["blocks"])
    assert await finished(slack) == []


async def test_an_answer_to_the_slash_command_can_be_shared_in_a_channel_without_the_bot(
    teacher: User, slack: FakeSlack
) -> None:
    question = "mag ik <!channel> foto's van leerlingen plaatsen?"
    answer = await teacher.commands(question, "C2")
    await teacher.presses_ephemeral(button(answer["blocks"], "Deel in dit kanaal"), "C2")
    [shared] = await slack.until("respond")
    assert shared["response_type"] == "in_channel"
    assert "foto's van leerlingen plaatsen?" in shown(shared["blocks"]) and "<!" not in json.dumps(shared)
    assert "Deel in dit kanaal" not in json.dumps(shared)


async def test_what_is_shared_is_formatted_by_nobody_but_the_bot(teacher: User, slack: FakeSlack) -> None:
    answer = await teacher.commands("mag ik *foto's* van _leerlingen_ ~niet~ `plaatsen`?", "C2")
    await teacher.presses_ephemeral(button(answer["blocks"], "Deel in dit kanaal"), "C2")
    [shared] = await slack.until("respond")
    assert "mag ik *foto's* van _leerlingen_ ~niet~ `plaatsen`?" in shown(shared["blocks"][:1])
    assert marks(shared["blocks"][0]["text"]["text"]) == []


async def test_a_draft_behind_the_slash_command_is_checked_and_cannot_be_shared(teacher: User) -> None:
    answer = await teacher.commands(f"controleer: {DRAFT}", "C2")
    assert "Sanne" in shown(answer["blocks"])
    assert "Deel in dit kanaal" not in json.dumps(answer)


async def test_the_slash_command_alone_greets(teacher: User) -> None:
    assert "Waar twijfel je over?" in shown((await teacher.commands(""))["blocks"])


async def test_a_follow_up_in_the_direct_message_is_read_with_the_question_of_the_slash_command(
    school: Callable[[str], User], slack: FakeSlack
) -> None:
    await school("U1").commands("mag ik foto's van leerlingen plaatsen?")
    for account in ("U1", "U2"):
        await school(account).says("en van ouders?")
        await finished(slack)
    with_question, without = slack.messages
    assert with_question["text"] != without["text"]


async def test_a_press_under_an_answer_for_one_is_answered_for_one(teacher: User, slack: FakeSlack) -> None:
    answer = await teacher.commands("overzicht", "C2")
    await teacher.presses_ephemeral(buttons(answer["blocks"])[0], "C2")
    [more] = await slack.until("respond")
    assert more["response_type"] == "ephemeral"
    assert slack.messages == []


# The desk's channel


@pytest.mark.parametrize(
    ("who", "channel", "said"),
    [
        ("U1", "G1", "Alleen een beheerder"),
        ("UGUEST", "G1", "Alleen een beheerder"),
        ("UADMIN", "C1", "Dit kanaal is openbaar."),
        ("UADMIN", "DUADMIN", "Dit kanaal is openbaar."),
        ("UADMIN", "G2", "/invite @Protocolwijzer"),
        ("UADMIN", "G1", "Nieuwe zaken komen voortaan hier."),
    ],
)
async def test_a_channel_is_linked_by_an_administrator_when_it_is_private(
    school: Callable[[str], User], who: str, channel: str, said: str
) -> None:
    assert said in shown((await school(who).commands("koppel", channel))["blocks"])


async def test_the_desks_channel_can_be_set(slack: FakeSlack, start: Start) -> None:
    line = Http(await start(**slack.settings, slack_desk_channel="G1"))
    await slack.until("conversations.info")
    teacher = User(slack, line, "U1")
    await hand_off(teacher)
    await slack.happens(lambda: "Zaak 1" in str(slack.methods.shown("G1")))


@pytest.mark.parametrize(("channel", "told"), [("C1", "openbaar"), ("G9", "Nodig de app er uit.")])
async def test_a_channel_that_cannot_be_the_desks_is_told_in_the_log(
    slack: FakeSlack, start: Start, channel: str, told: str
) -> None:
    with structlog.testing.capture_logs() as logs:
        server = await start(**slack.settings, slack_desk_channel=channel)
        await slack.until("conversations.info")
        assert "Richtlijn" in shown((await User(slack, Http(server), "U1").commands(QUESTION))["blocks"])
    [problem] = [line["problem"] for line in logs if line["event"] == "desk not linked"]
    assert told in problem


async def hand_off(teacher: User, **values: str) -> None:
    """Ask in the direct message and send the question to communications."""
    slack = teacher.slack
    count, forms = len(slack.methods.shown(teacher.direct)), len(slack.methods.views)
    await teacher.says(QUESTION)
    await slack.happens(lambda: len(slack.methods.shown(teacher.direct)) > count)
    answer = slack.methods.shown(teacher.direct)[count]
    await teacher.presses(button(answer["blocks"], "Vraag communicatie"), answer)
    await slack.happens(lambda: len(slack.methods.views) > forms)
    assert await teacher.submits(slack.methods.views[-1], **values) == {"response_action": "clear"}


# Shortcuts and forms


async def test_the_shortcut_of_a_message_checks_it_in_a_window_of_ones_own(teacher: User, slack: FakeSlack) -> None:
    assert await teacher.chooses("check_message", DRAFT) == 200
    await slack.until("views.open")
    assert "Sanne" in shown(slack.methods.views[-1]["blocks"]) and slack.messages == []


async def test_a_message_without_words_is_said_to_be_one(teacher: User, slack: FakeSlack) -> None:
    await teacher.chooses("check_message", "")
    await slack.until("views.open")
    assert "Ik lees geen bericht." in shown(slack.methods.views[-1]["blocks"])


async def test_the_shortcut_for_a_draft_opens_a_form_that_shows_what_was_found(teacher: User, slack: FakeSlack) -> None:
    await teacher.chooses("check_draft")
    await slack.until("views.open")
    form = slack.methods.views[-1]
    found = await teacher.submits(form, draft=DRAFT)
    assert found["response_action"] == "update" and "Sanne" in shown(found["view"]["blocks"])
    # in that window the draft is handed on as it was checked
    await teacher.presses_in({**form, **found["view"]}, button(found["view"]["blocks"], "Vraag communicatie"))
    await slack.until("views.push")
    assert DRAFT in shown(slack.methods.views[-1]["blocks"])


async def test_the_form_in_the_language_of_somebodys_slack(school: Callable[[str], User], slack: FakeSlack) -> None:
    await school("UEN").chooses("check_draft")
    await slack.until("views.open")
    assert slack.methods.views[-1]["submit"]["text"] == "Check"


async def test_a_form_that_came_too_late_is_said_to_be(teacher: User, slack: FakeSlack) -> None:
    await teacher.says("overzicht")
    await slack.posted()
    slack.will_say("views.open", Answer({"ok": False, "error": "expired_trigger_id"}))
    press = {"type": "button", "action_id": "press-0", "block_id": "b", "value": '["check-form", "", "nl"]'}
    await teacher.presses(press, slack.methods.shown("D1")[0])
    assert "Druk nog eens op de knop." in str((await slack.posted(2))[1]["text"])


async def test_a_review_too_long_for_a_window_comes_in_the_direct_message(teacher: User, slack: FakeSlack) -> None:
    long = " ".join(f"Sanne Bakker{n} uit groep 6 is een dief.\n" for n in range(250))[:LONGEST_DRAFT]
    await teacher.chooses("check_message", long)
    await slack.until("views.open")
    shown_there = shown(slack.methods.views[-1]["blocks"])
    if "privégesprek" in shown_there:
        await finished(slack)
        assert slack.messages and all(message["channel"] == "D1" for message in slack.messages)
    else:
        assert "Sanne" in shown_there
    assert slack.refused == []


# App Home and the agent's container


async def test_app_home_offers_questions_and_shows_ones_cases(school: Callable[[str], User], slack: FakeSlack) -> None:
    teacher, joke = school("U1"), school("U3")
    await school("UADMIN").commands("koppel", "G1")
    await hand_off(teacher)
    for who in (teacher, joke):
        await who.event({"type": "app_home_opened", "tab": "home", "channel": who.direct})
    await slack.until("views.publish", 2)
    own, desk = (slack.methods.homes[account] for account in ("U1", "U3"))
    assert {"Mag ik foto's", "Controleer een bericht", "Zaak 1"} <= {
        label for label in ("Mag ik foto's", "Controleer een bericht", "Zaak 1") if button(own["blocks"], label)
    }
    assert "Jouw vragen" in shown(own["blocks"]) and "Eén zaak" not in shown(own["blocks"])
    assert "Eén zaak" in shown(desk["blocks"])


async def test_whose_cases_app_home_shows_stands_above_them(school: Callable[[str], User], slack: FakeSlack) -> None:
    await school("UADMIN").commands("koppel", "G1")
    await hand_off(school("U1"))
    joke = school("U3")
    await joke.event({"type": "app_home_opened", "tab": "home", "channel": joke.direct})
    await slack.until("views.publish")
    said = shown(slack.methods.homes["U3"]["blocks"])
    assert (
        said.index("Eén zaak") < said.index("Zaak 1") < said.index("Jouw vragen\nJe hebt nog geen vragen voorgelegd.")
    )


async def test_app_home_changes_its_language(teacher: User, slack: FakeSlack) -> None:
    await teacher.event({"type": "app_home_opened", "tab": "home", "channel": "D1"})
    await slack.until("views.publish")
    view = slack.methods.homes["U1"]
    await teacher.presses_in(view, button(view["blocks"], "English"))
    await slack.until("views.publish", 2)
    assert "Hello. What are you in doubt about?" in shown(slack.methods.homes["U1"]["blocks"])


async def test_a_question_in_app_home_is_answered_in_a_window(teacher: User, slack: FakeSlack) -> None:
    await teacher.event({"type": "app_home_opened", "tab": "home", "channel": "D1"})
    await slack.until("views.publish")
    view = slack.methods.homes["U1"]
    await teacher.presses_in(view, button(view["blocks"], "Mag ik foto's"))
    await slack.until("views.open")
    assert "Richtlijn" in shown(slack.methods.views[-1]["blocks"]) or "leerlingen" in shown(
        slack.methods.views[-1]["blocks"]
    )


async def test_the_agents_container_suggests_what_to_ask(teacher: User, slack: FakeSlack) -> None:
    await teacher.event({"type": "app_home_opened", "tab": "messages", "channel": "D1"})
    [suggested] = await slack.until("assistant.threads.setSuggestedPrompts")
    assert suggested["channel_id"] == "D1" and "thread_ts" not in suggested
    assert next(prompt["message"] for prompt in suggested["prompts"]) == "Mag ik foto's van leerlingen plaatsen?"


async def test_without_the_agents_container_nothing_is_amiss(teacher: User, slack: FakeSlack) -> None:
    slack.will_say("assistant.threads.setSuggestedPrompts", Answer({"ok": False, "error": "not_allowed"}))
    assert await teacher.event({"type": "app_home_opened", "tab": "messages", "channel": "D1"}) == 200
    await slack.until("assistant.threads.setSuggestedPrompts")
    await teacher.says(QUESTION)
    assert len(await slack.posted()) == 1


# In a channel


async def test_a_reply_for_one_person_never_comes_into_a_channel(teacher: User, slack: FakeSlack) -> None:
    await teacher.mentions("mijn vragen")
    await slack.posted()
    assert [message["channel"] for message in await finished(slack)] == ["D1"]


async def test_a_press_under_a_shared_answer_where_the_bot_is_no_member_is_still_answered(
    teacher: User, slack: FakeSlack
) -> None:
    press = {"type": "button", "action_id": "press-0", "block_id": "b", "value": '["section", "richtlijn-1", "nl"]'}
    await teacher.presses(press, {"channel": "C2", "ts": "1.1"})
    [answer] = await slack.until("respond")
    assert answer["response_type"] == "ephemeral" and "Richtlijn 1" in shown(answer["blocks"])


async def test_what_is_said_under_a_case_card_stays_there(school: Callable[[str], User], slack: FakeSlack) -> None:
    await school("UADMIN").commands("koppel", "G1")
    await hand_off(school("U1"))
    await slack.happens(lambda: bool(slack.methods.shown("G1")))
    await finished(slack)
    before = len(slack.calls)
    card = slack.methods.shown("G1")[0]
    await school("U3").says("Zullen we dit doen?", "G1", channel_type="group", thread_ts=card["ts"])
    await finished(slack)
    assert [call.method for call in slack.calls[before:] if call.method.startswith("chat")] == []
