"""Requests of Teams that want their answer in the response: cards, dialogs, message extensions, thumbs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from botbuilder.core.invoke_response import InvokeResponse
from botbuilder.schema import Entity

from bot.conversation import Conversation
from bot.ports import StoreError
from tests.conftest import Server
from tests.fakes.teams import CHANNEL, DESK, TEACHER, FakeTeams
from tests.fakes.teams_payloads import QUESTION, by, found, invoke, press, say, shown

Start = Callable[..., Any]
DRAFT = "Wat een topdag in het museum! Sanne uit groep 6 won de quiz. Haar epilepsie merkte je niet."
SECTION = {"action": "section", "value": "richtlijn-1", "language": "nl"}


@pytest.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with FakeTeams() as fake:
        yield fake


@pytest.fixture
async def server(teams: FakeTeams, start: Start) -> Server:
    begun: Server = await start(**teams.settings)
    return begun


def executed(data: Any) -> dict[str, Any]:
    return {"action": {"type": "Action.Execute", "verb": "x", "data": data}}


def card_of(answer: Any) -> Any:
    return answer["task"]["value"]["card"]["content"]


# Defects of the stock route


async def test_an_answer_to_an_invoke_is_json_once(server: Server, teams: FakeTeams) -> None:
    """botbuilder's own route turns the body into text and then into JSON again, which fails."""
    with pytest.raises(TypeError):
        json.dumps(InvokeResponse(status=200, body={}))
    status, answer = await invoke(server, teams, "adaptiveCard/action", executed(SECTION))
    assert (status, answer["statusCode"]) == (200, 200)
    assert answer["type"] == "application/vnd.microsoft.activity.message" and answer["value"]


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("adaptiveCard/action", None, 200),
        ("adaptiveCard/action", {}, 200),
        ("adaptiveCard/action", {"action": {}}, 200),
        ("adaptiveCard/action", {"action": "x"}, 200),
        ("adaptiveCard/action", executed({"of": "another card"}), 200),
        ("adaptiveCard/action", executed({"action": 5}), 200),
        ("adaptiveCard/action", executed({"form": "check", "hidden": "x"}), 200),
        ("task/fetch", None, 400),
        ("task/fetch", {}, 400),
        ("task/submit", {"data": "x"}, 400),
        ("composeExtension/fetchTask", {}, 400),
        ("composeExtension/fetchTask", {"commandId": "unknown"}, 400),
        ("composeExtension/submitAction", {"data": {}}, 400),
        ("composeExtension/query", {}, 501),
        ("signin/verifyState", {}, 501),
        (None, {}, 501),
    ],
)
async def test_an_invoke_that_says_nothing_to_us_is_refused_without_a_crash(
    server: Server, teams: FakeTeams, name: Any, value: Any, status: int
) -> None:
    found_status, answer = await invoke(server, teams, name, value)
    assert found_status == status
    if name == "adaptiveCard/action":
        assert (answer["statusCode"], answer["type"]) == (400, "application/vnd.microsoft.error")
    assert teams.sent == []


async def test_citations_keep_their_fields(server: Server, teams: FakeTeams) -> None:
    assert Entity(type="x", citation=[1]).serialize() == {"type": "x"}  # botbuilder's own
    await say(server, teams)
    [sent] = await teams.took()
    [entity] = sent.activity["entities"]
    assert (entity["type"], entity["@type"]) == ("https://schema.org/Message", "Message")
    first = entity["citation"][0]
    assert (first["@type"], first["position"]) == ("Claim", 1)
    assert len(first["appearance"]["name"]) <= 80 and len(first["appearance"]["abstract"]) <= 160
    assert f"{first['appearance']['name']}" in shown(sent.card) and " [1]" in shown(sent.card)
    assert "AIGeneratedContent" not in json.dumps(sent.activity)


# Buttons in a message


async def test_a_press_is_answered_below_and_the_card_stays(server: Server, teams: FakeTeams) -> None:
    await invoke(server, teams, "adaptiveCard/action", executed(SECTION))
    [sent] = await teams.took()
    assert "Richtlijn 1" in shown(sent.card)


async def test_the_same_press_delivered_twice_answers_once(server: Server, teams: FakeTeams) -> None:
    for _ in range(2):
        assert (await invoke(server, teams, "adaptiveCard/action", executed(SECTION), id="f:1"))[0] == 200
    assert len(teams.sent) == 1


async def test_two_chats_may_use_the_same_message_id(server: Server, teams: FakeTeams) -> None:
    for person in (TEACHER, DESK):
        await say(server, teams, **by(person, id="1"))
    assert len(teams.sent) == 2


async def test_a_form_in_the_chat_comes_back_in_its_own_place_and_ends_as_its_answer(
    server: Server, teams: FakeTeams
) -> None:
    await say(server, teams, "controleer")
    [sent] = await teams.took()
    [field] = found(sent.card, "Input.Text")
    assert field["isMultiline"] and field["isRequired"] and field["errorMessage"]
    data = {**press(sent.card, "Controleer"), field["id"]: DRAFT}
    _, answer = await invoke(server, teams, "adaptiveCard/action", executed(data), id="f:2")
    assert answer["type"] == "application/vnd.microsoft.card.adaptive"
    assert "Zet dit nog niet online." in shown(answer["value"])


async def test_the_fallback_of_a_form_works_as_a_message(server: Server, teams: FakeTeams) -> None:
    await say(server, teams, "controleer")
    [sent] = await teams.took()
    [action] = found(sent.card, "Action.Execute")
    await say(server, teams, "", value={**action["fallback"]["data"], "field-draft": DRAFT}, id="2")
    assert "Zet dit nog niet online." in shown((await teams.took(2))[1].card)


async def test_a_case_that_cannot_be_stored_leaves_the_form_as_it_was_typed(
    server: Server, teams: FakeTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreError("The database is away.")

    monkeypatch.setattr(Conversation, "handle", away)
    _, answer = await invoke(server, teams, "adaptiveCard/action", executed(SECTION))
    assert answer["statusCode"] == 503 and "nog eens" in answer["value"]["message"]
    assert (await invoke(server, teams, "task/submit", {"data": SECTION}))[0] == 503  # the dialog stays open


# Dialogs and message extensions


@pytest.mark.parametrize(
    ("payload", "sees"),
    [
        ({"contentType": "html", "content": f"<p>{DRAFT}</p>"}, "Zet dit nog niet online."),
        ({"contentType": "html", "content": "<div>Sanne&nbsp;uit groep 6<br>heeft <b>epilepsie</b>.</div>"}, "Sanne"),
        ({"contentType": "text", "content": DRAFT}, "Zet dit nog niet online."),
        ({"contentType": "html", "content": '<attachment id="1"></attachment>'}, ""),
        ("x", ""),
    ],
)
async def test_a_message_is_checked_in_a_dialog_that_nobody_else_sees(
    server: Server, teams: FakeTeams, payload: Any, sees: str
) -> None:
    value = {"commandId": "checkMessage", "messagePayload": {"body": payload}}
    where = by(TEACHER, "19:group@thread.v2", "groupChat")
    status, answer = await invoke(server, teams, "composeExtension/fetchTask", value, **where)
    assert status == 200 and answer["task"]["type"] == "continue"
    assert sees in shown(card_of(answer))
    assert teams.sent == []


async def test_a_draft_is_checked_from_the_compose_box_and_sent_on_to_a_person(
    server: Server, teams: FakeTeams
) -> None:
    where = by(TEACHER, "19:group@thread.v2", "groupChat")
    _, answer = await invoke(server, teams, "composeExtension/fetchTask", {"commandId": "checkDraft"}, **where, id="1")
    form = card_of(answer)
    data = {**press(form, "Controleer"), "field-draft": DRAFT}
    _, answer = await invoke(server, teams, "composeExtension/submitAction", {"data": data}, **where, id="2")
    review = card_of(answer)
    assert "Zet dit nog niet online." in shown(review)
    assert found(review, "Action.Execute") == []  # a dialog knows Action.Submit alone
    data = dict(press(review, "Vraag communicatie"))
    _, answer = await invoke(server, teams, "composeExtension/submitAction", {"data": data}, **where, id="3")
    form = card_of(answer)
    assert "epilepsie" in str(found(form, "Input.Text"))
    data = {**press(form, "Verstuur"), "field-text": "Mag dit?", "field-note": ""}
    _, answer = await invoke(server, teams, "composeExtension/submitAction", {"data": data}, **where, id="4")
    assert answer == {"task": {"type": "message", "value": "Verstuurd."}}
    status = await teams.message(TEACHER.chat, "Zaak 1")  # not in the group
    assert not [sent for sent in teams.sent if sent.conversation != TEACHER.chat], status


async def test_a_button_of_a_message_in_a_group_opens_a_form_with_what_was_asked_there(
    server: Server, teams: FakeTeams
) -> None:
    where = by(TEACHER, "19:group@thread.v2", "groupChat")
    await say(server, teams, f"<at>Protocolwijzer</at> {QUESTION}", **where, id="1")
    [sent] = await teams.took()
    data = press(sent.card, "Vraag communicatie")
    assert data["msteams"] == {"type": "task/fetch"}
    _, answer = await invoke(server, teams, "task/fetch", {"data": data}, **where, id="2")
    assert QUESTION in str(found(card_of(answer), "Input.Text"))


async def test_what_is_for_one_person_alone_is_not_posted_where_others_read_along(
    server: Server, teams: FakeTeams
) -> None:
    where = by(DESK, f"{CHANNEL};messageid=1", "channel")
    await say(server, teams, "mijn zaken", **where)
    assert [sent.conversation for sent in await teams.took(2)] == [DESK.chat, f"{CHANNEL};messageid=1"]
    form = {"form": "hand-off", "hidden": {"to": "communications", "once": "1"}, "field-text": "Mag dit?"}
    await invoke(server, teams, "task/submit", {"data": form}, **where, id="9")
    await teams.message(DESK.chat, "Zaak 1")
    await say(server, teams, "mijn zaken", **where, id="2")
    listed = await teams.message(DESK.chat, "Jouw vragen")
    assert "Mag dit?" in shown(listed.card)
    said = [sent for sent in teams.sent if sent.conversation == f"{CHANNEL};messageid=1"]
    assert "Mag dit?" not in str([sent.activity for sent in said])


# Thumbs


async def ratings(server: Server) -> list[str]:
    async with server.client.get("/metrics") as response:
        lines = (await response.text()).splitlines()
    return [line for line in lines if line.startswith("protocolwijzer_ratings_total")]


@pytest.mark.parametrize(("reaction", "counted"), [("like", "yes"), ("dislike", "no")])
async def test_thumbs_are_counted(server: Server, teams: FakeTeams, reaction: str, counted: str) -> None:
    await say(server, teams)
    [sent] = await teams.took()
    assert sent.activity["channelData"] == {"feedbackLoop": {"type": "default"}}
    value = {"actionName": "feedback", "actionValue": {"reaction": reaction, "feedback": "{}"}}
    status, answer = await invoke(server, teams, "message/submitAction", value, replyToId="sent-1", id="f:3")
    assert (status, answer) == (200, {})
    [line] = await ratings(server)
    assert f'helped="{counted}"' in line and line.endswith(" 1.0")
    assert len(teams.sent) == 1


@pytest.mark.parametrize(
    ("reactions", "counted"),
    [(["like"], ["yes"]), (["sad"], ["no"]), (["unknown"], []), (["unknown", "heart"], ["yes"])],
)
async def test_reactions_are_counted(
    server: Server, teams: FakeTeams, reactions: list[str], counted: list[str]
) -> None:
    await say(server, teams)
    await teams.took()
    added = [{"type": one} for one in reactions]
    await say(server, teams, "", type="messageReaction", reactionsAdded=added, replyToId="sent-1", id="5")
    assert [f'helped="{one}"' in line for one, line in zip(counted, await ratings(server), strict=True)] == [
        True for _ in counted
    ]


async def test_a_thumb_for_a_message_that_is_no_answer_says_nothing(server: Server, teams: FakeTeams) -> None:
    value = {"actionName": "feedback", "actionValue": {"reaction": "like"}}
    assert (await invoke(server, teams, "message/submitAction", value, replyToId="another"))[0] == 200
    assert await ratings(server) == []
