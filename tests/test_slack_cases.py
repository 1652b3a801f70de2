"""Cases in Slack, from the question to "it helped", over HTTP and over Socket Mode; every call is checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.fakes.slack import FakeSlack
from tests.fakes.slack_methods import GRANTED
from tests.fakes.slack_user import Http, User, Websocket, button, shown

Start = Callable[..., Any]
DOUBT = "Mag ik een foto van een leerling op Facebook zetten?"


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture(params=["http", "socket"])
async def school(request: pytest.FixtureRequest, slack: FakeSlack, start: Start) -> Callable[[str], User]:
    """Return a function that gives the people of a school, on one way to the bot."""
    if request.param == "http":
        line: Any = Http(await start(**slack.settings))
    else:
        await start(**slack.socket_settings)
        await slack.sockets.connected()
        line = Websocket(slack)
    return lambda account: User(slack, line, account)


async def test_a_teachers_doubt_goes_to_communications_and_the_answer_comes_back(
    school: Callable[[str], User], slack: FakeSlack
) -> None:
    teacher, admin, joke = school("U1"), school("UADMIN"), school("U3")
    desk = slack.methods.channels["G1"].messages

    # the desk's channel is set from inside Slack
    assert "Nieuwe zaken komen voortaan hier." in (await admin.commands("koppel", "G1"))["text"]

    # a teacher asks in a channel, and hands the question on
    await teacher.mentions(DOUBT)
    await slack.posted()
    [answer] = slack.methods.shown("C1")
    await teacher.presses(button(answer["blocks"], "Vraag communicatie"), answer)
    await slack.until("views.open")
    form = slack.methods.views[-1]
    assert DOUBT in [block["element"].get("initial_value") for block in form["blocks"] if block["type"] == "input"]
    assert await teacher.submits(form, note="Het is voor de open dag & <!channel>.") == {"response_action": "clear"}

    # the desk has a card, the teacher a status in the direct message
    await slack.happens(lambda: bool(desk) and bool(slack.methods.shown("D1")))
    [card], [status] = desk, slack.methods.shown("D1")
    assert "Zaak 1 · nieuw" in shown(card["blocks"]) and "Fatima" in shown(card["blocks"])
    assert "<!channel>" in shown(card["blocks"]) and "<!" not in str(card["blocks"])
    assert "Zaak 1 · nieuw" in shown(status["blocks"])

    # somebody at the desk claims it: the same card is edited
    await joke.presses(button(card["blocks"], "Pak op"), card)
    await slack.happens(lambda: "Opgepakt door: Joke" in shown(desk[0]["blocks"]))
    assert len(desk) == 1

    # and answers, with a preview
    await joke.presses(button(desk[0]["blocks"], "Geef antwoord"), desk[0])
    await slack.until("views.open", 2)
    form = slack.methods.views[-1]
    previewed = await joke.submits(form, text="Ja, met toestemming van de ouders.", sections="richtlijn-1")
    assert previewed["response_action"] == "update"
    assert "Ja, met toestemming van de ouders." in shown(previewed["view"]["blocks"])
    assert not slack.called("chat.update")[2:], "nothing is sent before the preview was seen"
    again = {**form, **previewed["view"], "hash": "another"}
    assert await joke.submits(again) == {"response_action": "clear"}

    # the teacher reads it in the direct message, and says that it helped
    await slack.happens(lambda: len(slack.methods.shown("D1")) == 2)
    advice = slack.methods.shown("D1")[1]
    assert "Antwoord op zaak 1" in shown(advice["blocks"]) and "Ja, met toestemming" in shown(advice["blocks"])
    await teacher.presses(button(advice["blocks"], "Ja"), advice)
    await slack.happens(lambda: "zei dat het hielp" in shown(desk[0]["blocks"]))
    await slack.happens(lambda: "Fijn. Dank je wel." in str(slack.messages[-1]["text"]))

    # every call was right, and each right that the app asks for is enough
    assert slack.refused == []
    assert slack.methods.scopes == GRANTED
    assert Counter(call.method for call in slack.calls)["auth.test"] == 1
    assert {message["channel"] for message in slack.messages} == {"C1", "G1", "D1"}
    assert not [message for message in slack.methods.shown("D1") if message.get("thread_ts")]
    assert len(slack.methods.shown("C1")) == 1, "the answer of a person never comes into the channel"
