"""Cases in Teams, over real HTTP with Microsoft's tokens: from a doubt to its answer, and what can go wrong."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from tests.conftest import Server
from tests.fakes.teams import ABSENT, CHANNEL, DESK, MANAGER, OTHER, TEACHER, FakeTeams
from tests.fakes.teams_payloads import by, found, invoke, press, say, shown

Start = Callable[..., Any]
DOUBT = "Mag ik een foto van de sportdag op mijn eigen Instagram zetten?"
NUMBERS = itertools.count(1)


@pytest.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with FakeTeams() as fake:
        yield fake


@pytest.fixture
async def server(teams: FakeTeams, start: Start) -> Server:
    begun: Server = await start(**teams.settings, teams_desk_channel=CHANNEL)
    return begun


def fresh() -> str:
    return f"f:{next(NUMBERS)}"


def in_channel(person: Any, **more: Any) -> dict[str, Any]:
    return by(person, f"{CHANNEL};messageid=1", "channel", **more)


async def dialog(
    server: Server, teams: FakeTeams, name: str, data: Mapping[str, Any], who: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Open a dialog or send one; return the task of the answer."""
    status, answer = await invoke(server, teams, name, {"data": data}, **{"id": fresh(), **who})
    assert status == 200
    task: Mapping[str, Any] = answer["task"]
    return task


def card_of(task: Mapping[str, Any]) -> Mapping[str, Any]:
    card: Mapping[str, Any] = task["value"]["card"]["content"]
    return card


async def click(server: Server, teams: FakeTeams, data: Mapping[str, Any], who: Mapping[str, Any]) -> Mapping[str, Any]:
    value = {"action": {"type": "Action.Execute", "verb": data.get("action"), "data": data}}
    status, answer = await invoke(server, teams, "adaptiveCard/action", value, **{"id": fresh(), **who})
    assert status == 200
    body: Mapping[str, Any] = answer
    return body


async def install(server: Server, teams: FakeTeams, person: Any) -> None:
    fields = by(person, type="installationUpdate", action="add", id=fresh())
    assert await say(server, teams, "", **fields) == 200


async def form_in_chat(server: Server, teams: FakeTeams, data: Mapping[str, Any], who: Any) -> Mapping[str, Any]:
    """Press a button that asks for more, alone with the bot: the form is its next message."""
    assert (await click(server, teams, data, by(who)))["statusCode"] == 200
    card: Mapping[str, Any] = [one for one in teams.sent if one.conversation == who.chat][-1].card
    return card


async def asked(server: Server, teams: FakeTeams, *, to: str = "leidinggevende", **fields: Any) -> None:
    """Have the teacher ask her manager, or communications."""
    await say(server, teams, DOUBT, **by(TEACHER, id=fresh()))
    answer = (await teams.took(len(teams.sent)))[-1].card
    form = await form_in_chat(server, teams, press(answer, to), TEACHER)
    sent = {**press(form, "Verstuur"), "field-text": DOUBT, "field-note": "Het was sportdag.", **fields}
    body = await click(server, teams, sent, by(TEACHER))
    assert "Verstuurd." in shown(body["value"])  # in the form's own place


async def test_a_doubt_goes_to_the_manager_and_on_to_the_desk_and_the_answer_comes_back(
    server: Server, teams: FakeTeams
) -> None:
    await install(server, teams, MANAGER)
    await asked(server, teams, **{"field-manager": MANAGER.email, "field-unnamed": "no"})
    status = await teams.message(TEACHER.chat, "Zaak 1")
    assert "Het was sportdag." in shown(status.card)

    card = (await teams.message(MANAGER.chat, "Zaak 1")).card
    assert DOUBT in shown(card)
    await click(server, teams, press(card, "Naar communicatie"), by(MANAGER))

    card = (await teams.message(CHANNEL, "Zaak 1")).card
    assert (await click(server, teams, press(card, "Pak"), in_channel(DESK)))["statusCode"] == 200
    claimed = await teams.message(CHANNEL, f"{DESK.name}")
    assert claimed in teams.edited  # in place

    form = card_of(await dialog(server, teams, "task/fetch", press(claimed.card, "Geef antwoord"), in_channel(DESK)))
    words = {"field-text": "Dat mag met toestemming van de ouders.", "field-sections": "richtlijn-2"}
    task = await dialog(server, teams, "task/submit", {**press(form, "Bekijk"), **words}, in_channel(DESK))
    preview = card_of(task)
    assert "Dat mag met toestemming van de ouders." in shown(preview)
    before = [sent for sent in teams.sent if sent.conversation == TEACHER.chat]
    assert not [sent for sent in before if "toestemming van de ouders" in shown(sent.card)]
    task = await dialog(server, teams, "task/submit", {**press(preview, "Verstuur"), **words}, in_channel(DESK))
    assert task["type"] == "message"

    answer = await teams.message(TEACHER.chat, "Dat mag met toestemming van de ouders.")
    assert answer in teams.sent and "de afdeling communicatie" in shown(answer.card).lower()


async def at_the_desk(server: Server, teams: FakeTeams) -> Mapping[str, Any]:
    """Have the teacher ask communications; return the card in the desk's channel."""
    await asked(server, teams, to="communicatie")
    return (await teams.message(CHANNEL, "Zaak 1")).card


async def test_two_clicks_and_a_dialog_sent_twice_have_one_effect(server: Server, teams: FakeTeams) -> None:
    card = await at_the_desk(server, teams)
    for _ in range(2):
        assert (await click(server, teams, press(card, "Pak op"), in_channel(DESK)))["statusCode"] == 200
    form = card_of(await dialog(server, teams, "task/fetch", press(card, "Vraag terug"), in_channel(DESK)))
    words = {**press(form, "Verstuur"), "field-text": "Welke foto bedoel je?"}
    for _ in range(2):
        await dialog(server, teams, "task/submit", words, in_channel(DESK))
    await teams.message(TEACHER.chat, "Welke foto bedoel je?")
    await say(server, teams, "zaak 1", **by(DESK, id=fresh()))
    whole = await teams.message(DESK.chat, "Welke foto bedoel je?")
    lines = [line for line in shown(whole.card).split("\n") if line.startswith("•")]
    assert len([line for line in lines if "Welke foto bedoel je?" in line]) == 1
    assert len([line for line in lines if DESK.name in line]) <= 3  # one claim and one question back, and who has it


async def test_a_question_sent_twice_is_one_case(server: Server, teams: FakeTeams) -> None:
    await say(server, teams, DOUBT, **by(TEACHER, id=fresh()))
    answer = (await teams.took())[0].card
    form = card_of(await dialog(server, teams, "task/fetch", press(answer, "communicatie"), by(TEACHER)))
    sent = {**press(form, "Verstuur"), "field-text": DOUBT, "field-note": ""}
    assert (await dialog(server, teams, "task/submit", sent, by(TEACHER)))["type"] == "message"
    task = await dialog(server, teams, "task/submit", sent, by(TEACHER))
    assert "Dit is al verstuurd, als zaak 1." in shown(card_of(task))


async def test_who_comes_second_hears_who_has_it_and_nobody_else_does(server: Server, teams: FakeTeams) -> None:
    teams.in_channel[CHANNEL].add(OTHER.account)
    card = await at_the_desk(server, teams)
    await click(server, teams, press(card, "Pak op"), in_channel(DESK))
    before = len(teams.sent)
    body = await click(server, teams, press(card, "Pak op"), in_channel(OTHER))
    assert body["type"].endswith("activity.message") and DESK.name in body["value"]
    posted = [one for one in teams.sent[before:] if one.conversation.startswith(CHANNEL)]
    assert not [one for one in posted if "al bij" in shown(one.card)]


async def test_somebody_outside_the_desk_takes_no_step(server: Server, teams: FakeTeams) -> None:
    card = await at_the_desk(server, teams)
    body = await click(server, teams, press(card, "Pak op"), in_channel(TEACHER))
    assert body["type"].endswith("activity.message") and "zaak 1" in body["value"].lower()
    task = await dialog(server, teams, "task/fetch", press(card, "Geef antwoord"), in_channel(TEACHER))
    assert not found(card_of(task), "Input.Text")
    assert not [one for one in teams.edited if "Opgepakt" in shown(one.card)]


async def test_an_answer_is_changed_after_its_preview_and_previewed_again(server: Server, teams: FakeTeams) -> None:
    card = await at_the_desk(server, teams)
    form = card_of(await dialog(server, teams, "task/fetch", press(card, "Geef antwoord"), in_channel(DESK)))
    first = {**press(form, "Bekijk"), "field-text": "Ja.", "field-sections": ""}
    preview = card_of(await dialog(server, teams, "task/submit", first, in_channel(DESK)))
    assert found(preview, "Input.Text")[0]["value"] == "Ja."
    changed = {**press(preview, "Verstuur"), "field-text": "Nee.", "field-sections": ""}
    again = card_of(await dialog(server, teams, "task/submit", changed, in_channel(DESK)))
    assert "Nee." in shown(again)
    assert not [one for one in teams.sent if one.conversation == TEACHER.chat and "Ja." in shown(one.card)]


@pytest.mark.parametrize("chosen", [MANAGER.user, MANAGER.email])
async def test_a_manager_is_picked_by_name_or_typed_by_address(server: Server, teams: FakeTeams, chosen: str) -> None:
    if "@" in chosen:
        await install(server, teams, MANAGER)  # then the address is known
    await asked(server, teams, **{"field-manager": chosen})
    assert DOUBT in shown((await teams.message(MANAGER.chat, "Zaak 1")).card)


async def test_a_manager_whose_address_teams_does_not_tell_is_asked_for_by_address(
    server: Server, teams: FakeTeams
) -> None:
    await say(server, teams, DOUBT, **by(TEACHER, id=fresh()))
    answer = (await teams.took())[0].card
    form = card_of(await dialog(server, teams, "task/fetch", press(answer, "leidinggevende"), by(TEACHER)))
    [picker] = found(form, "Input.ChoiceSet")
    assert picker["choices.data"] == {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}
    sent = {**press(form, "Verstuur"), "field-text": DOUBT, "field-manager": ABSENT.user}
    again = card_of(await dialog(server, teams, "task/submit", sent, by(TEACHER)))
    assert "Typ het hieronder." in shown(again)
    inputs = {one["id"]: one for one in found(again, "Input.Text")}
    assert inputs["field-text"]["value"] == DOUBT and inputs["field-manager"]["style"] == "email"


async def test_a_manager_without_the_app_is_told_on_the_case_with_a_prepared_chat(
    server: Server, teams: FakeTeams
) -> None:
    await asked(server, teams, **{"field-manager": ABSENT.email})
    card = (await teams.message(CHANNEL, "teams.microsoft.com")).card
    assert "Kon niet worden bezorgd" in shown(card)
    links = [action["url"] for action in found(card, "Action.OpenUrl")]
    assert links and all(ABSENT.email in link for link in links)


async def test_a_card_of_a_case_in_a_group_is_answered_to_the_asker_alone(server: Server, teams: FakeTeams) -> None:
    group = by(TEACHER, "19:group@thread.v2", "groupChat")
    await say(server, teams, f"<at>Protocolwijzer</at> {DOUBT}", **group, id=fresh())
    answer = (await teams.took())[0].card
    form = card_of(await dialog(server, teams, "task/fetch", press(answer, "communicatie"), group))
    sent = {**press(form, "Verstuur"), "field-text": DOUBT, "field-note": ""}
    await dialog(server, teams, "task/submit", sent, group)
    await teams.message(TEACHER.chat, "Zaak 1")
    assert len([one for one in teams.sent if one.conversation == "19:group@thread.v2"]) == 1


async def test_after_a_restart_a_case_still_finds_its_people(teams: FakeTeams, start: Start, tmp_path: Any) -> None:
    first = await start(**teams.settings, teams_desk_channel=CHANNEL, data=tmp_path)
    await install(first, teams, MANAGER)
    card = await at_the_desk(first, teams)
    second = await start(**{**teams.settings, "teams_service_url": "http://127.0.0.1:1/"}, data=tmp_path)
    form = card_of(await dialog(second, teams, "task/fetch", press(card, "Naar leidinggevende"), in_channel(DESK)))
    words = {**press(form, "Verstuur"), "field-manager": MANAGER.email}
    await dialog(second, teams, "task/submit", words, in_channel(DESK))
    assert DOUBT in shown((await teams.message(MANAGER.chat, "Zaak 1")).card)
