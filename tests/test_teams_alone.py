"""What concerns one person stays with that person: in channels, in chats without the app, and about who is unnamed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.conftest import Server
from tests.fakes.teams import CHANNEL, DESK, MANAGER, TEACHER, FakeTeams
from tests.fakes.teams_payloads import by, found, invoke, press, say, send, shown
from tests.test_teams_cases import DOUBT, asked, card_of, click, dialog, fresh, in_channel, install

Start = Callable[..., Any]
ELSEWHERE = "19:elsewhere@thread.tacv2"
WITHOUT_APP = "19:two_people@unq.gbl.spaces"
NOTE = "Het was sportdag."
ADVICE = "Ja, met toestemming van de ouders."
MESSAGE = {"body": {"contentType": "text", "content": "Sanne uit groep 6 won de quiz. Haar epilepsie merkte je niet."}}


@pytest.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with FakeTeams() as fake:
        yield fake


@pytest.fixture
async def server(teams: FakeTeams, start: Start) -> Server:
    begun: Server = await start(**teams.settings, teams_desk_channel=CHANNEL)
    return begun


def posted(teams: FakeTeams, conversation: str) -> str:
    return "\n".join(shown(one.card) for one in teams.sent if one.conversation.startswith(conversation))


@pytest.mark.parametrize("asking", ["zaken 1", "cases 1", "mijn vragen"])
async def test_a_case_that_ended_is_shown_to_its_asker_alone(server: Server, teams: FakeTeams, asking: str) -> None:
    await asked(server, teams, to="communicatie")
    status = await teams.message(TEACHER.chat, "Zaak 1")
    await click(server, teams, press(status.card, "Trek"), by(TEACHER))
    there = by(TEACHER, f"{ELSEWHERE};messageid=1", "channel", id=fresh())
    await say(server, teams, f"<at>Protocolwijzer</at> {asking}", **there)
    await teams.message(f"{ELSEWHERE};messageid=1", "own chat" if "cases" in asking else "eigen chat")
    assert NOTE not in posted(teams, ELSEWHERE) and "sportdag" not in posted(teams, ELSEWHERE)
    assert "1" in posted(teams, TEACHER.chat)


async def test_who_is_unnamed_stays_so_when_the_answer_cannot_be_brought(server: Server, teams: FakeTeams) -> None:
    await asked(server, teams, to="communicatie", **{"field-unnamed": "yes"})
    card = (await teams.message(CHANNEL, "Zaak 1")).card
    assert "iemand die niet genoemd wil worden" in shown(card)
    await teams.message(TEACHER.chat, "Zaak 1")
    teams.without_app.add(TEACHER.chat)
    form = card_of(await dialog(server, teams, "task/fetch", press(card, "Geef antwoord"), in_channel(DESK)))
    words = {"field-text": ADVICE}
    preview = card_of(await dialog(server, teams, "task/submit", {**press(form, "Bekijk"), **words}, in_channel(DESK)))
    await dialog(server, teams, "task/submit", {**press(preview, "Verstuur"), **words}, in_channel(DESK))
    told = await teams.message(CHANNEL, "Kon niet worden bezorgd")
    assert "De beheerder ziet waarom." in shown(told.card)
    assert TEACHER.email not in str(told.card) and TEACHER.name not in shown(told.card)


@pytest.mark.parametrize(("conversation", "kind"), [("19:group@thread.v2", "groupChat"), (WITHOUT_APP, "personal")])
async def test_a_message_is_checked_in_a_chat_without_the_app_and_its_case_is_the_persons_own(
    server: Server, teams: FakeTeams, conversation: str, kind: str
) -> None:
    await install(server, teams, TEACHER)
    teams.in_channel[conversation] = set()
    teams.without_app.add(conversation)
    there = by(TEACHER, conversation, kind)
    value = {"commandId": "checkMessage", "messagePayload": MESSAGE}
    _, answer = await invoke(server, teams, "composeExtension/fetchTask", value, id=fresh(), **there)
    review = answer["task"]["value"]["card"]["content"]
    form = card_of(await dialog(server, teams, "composeExtension/submitAction", press(review, "ommunicatie"), there))
    sent = {**press(form, "Verstuur"), "field-text": DOUBT, "field-note": ""}
    task = await dialog(server, teams, "composeExtension/submitAction", sent, there)
    assert task["type"] == "message", task
    await teams.message(TEACHER.chat, "Zaak 1")
    await say(server, teams, "mijn vragen", **by(TEACHER, id=fresh()))
    await teams.message(TEACHER.chat, "Jouw vragen")
    assert posted(teams, conversation) == ""
    assert TEACHER.name in shown((await teams.message(CHANNEL, "Zaak 1")).card)


async def test_a_draft_can_be_checked_in_a_dialog_from_a_channel(server: Server, teams: FakeTeams) -> None:
    there = by(TEACHER, f"{ELSEWHERE};messageid=1", "channel", id=fresh())
    pressed = {"action": "check-form", "value": "", "language": "nl"}
    form = card_of(await dialog(server, teams, "task/fetch", pressed, there))
    assert found(form, "Input.Text")


async def test_a_button_sends_the_text_that_it_stands_under(server: Server, teams: FakeTeams) -> None:
    await say(server, teams, DOUBT, **by(TEACHER, id=fresh()))
    first = (await teams.took())[0].card
    await say(server, teams, "Mag ik een vriendschapsverzoek van een leerling accepteren?", **by(TEACHER, id=fresh()))
    await teams.took(2)
    await click(server, teams, press(first, "communicatie"), by(TEACHER))
    form = next(one for one in reversed(teams.sent) if found(one.card, "Input.Text")).card
    assert found(form, "Input.Text")[0]["value"] == DOUBT


async def test_what_was_asked_too_long_ago_is_asked_anew(server: Server, teams: FakeTeams) -> None:
    await say(server, teams, DOUBT, **by(TEACHER, id=fresh()))
    card = (await teams.took())[0].card
    data = press(card, "communicatie")
    await click(server, teams, {**data, "value": f"{data['value'].rpartition('#')[0]}#0000000000"}, by(TEACHER))
    form = next(one for one in reversed(teams.sent) if found(one.card, "Input.Text")).card
    assert "Ik weet niet meer wat je hier vroeg." in shown(form)
    assert not found(form, "Input.Text")[0].get("value")


async def test_a_desk_that_is_linked_later_gets_what_was_asked_before(teams: FakeTeams, start: Start) -> None:
    server = await start(**teams.settings)
    await asked(server, teams, to="communicatie")
    await teams.message(TEACHER.chat, "Zaak 1")
    for place in (CHANNEL, ELSEWHERE):
        owner = by(DESK, f"{place};messageid=1", "channel", id=fresh())
        data = {"tenant": {"id": owner["conversation"]["tenantId"]}, "team": {"id": place, "aadGroupId": "group-1"}}
        data["channel"] = {"id": place, "type": "private"}
        await say(server, teams, "<at>Protocolwijzer</at> koppel", **{**owner, "channelData": data})
        await teams.message(f"{place};messageid=1", "Nieuwe zaken komen voortaan hier.")
        assert DOUBT in shown((await teams.message(place, "Zaak 1")).card)
    left = await teams.message(CHANNEL, "ligt nu bij")
    assert left in teams.edited and not found(left.card, "Action.Execute")


async def test_a_turn_ends_in_time_when_teams_is_slow(server: Server, teams: FakeTeams, monkeypatch: Any) -> None:
    monkeypatch.setattr("adapters.teams.routes._LONGEST_TURN", 0.2)
    await say(server, teams, DOUBT, **by(TEACHER, id=fresh()))
    card = (await teams.took())[0].card
    await click(server, teams, press(card, "leidinggevende"), by(TEACHER))
    form = next(one for one in reversed(teams.sent) if found(one.card, "Input.Text")).card
    sent = {**press(form, "Verstuur"), "field-text": DOUBT, "field-note": "", "field-manager": MANAGER.user}
    teams.goes_on.clear()
    body = await click(server, teams, sent, by(TEACHER))
    assert body["statusCode"] == 503 and "Dit lukt nu niet" in body["value"]["message"]
    teams.goes_on.set()
    await teams.message(TEACHER.chat, "Zaak 1")
    again = await click(server, teams, sent, by(TEACHER))
    assert "Dit is al verstuurd, als zaak 1." in shown(again["value"])


@pytest.mark.parametrize("field", ["id", "from", "conversation"])
async def test_half_a_character_is_refused(server: Server, teams: FakeTeams, field: str) -> None:
    body = teams.activity("Mag dit?", id=fresh())
    body[field] = "\ud800" if field == "id" else {**body[field], "id": "\ud800"}
    status, answer = await send(server, json.dumps(body).encode(), f"Bearer {teams.token()}")
    assert (status, answer["error"]) == (400, "The body is not an activity: an id or a name holds half of a character.")


async def test_a_reaction_that_is_none_is_skipped(server: Server, teams: FakeTeams) -> None:
    assert await say(server, teams, "", **by(TEACHER, type="messageReaction", reactionsAdded=[None], id=fresh())) == 200
