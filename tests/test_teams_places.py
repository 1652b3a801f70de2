"""Where the bot is met in Teams: installed, mentioned, linked as a desk; and how it starts."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import structlog

from adapters.settings import SettingsError, read_settings
from adapters.teams import turns
from bot.conversation import Conversation
from bot.events import Language, Pressed, Said
from bot.knowledge import Knowledge
from bot.replies import Outcome
from tests.conftest import Server
from tests.dialogues import Seen, Turn, dialogues, run
from tests.fakes.teams import APP, CHANNEL, DESK, GROUP, GUEST, MANAGER, PASSWORD, TEACHER, TENANT, FakeTeams
from tests.fakes.teams_payloads import QUESTION, by, found, say, send, shown

Start = Callable[..., Any]


@pytest.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with FakeTeams() as fake:
        yield fake


@pytest.fixture
async def server(teams: FakeTeams, start: Start) -> Server:
    begun: Server = await start(**teams.settings)
    return begun


def quiet(name: str = "koppel", person: Any = DESK, kind: str = "channel", **data: Any) -> dict[str, Any]:
    """Return a message by which somebody links a channel."""
    team = {"tenant": {"id": TENANT}, "team": {"id": "19:team@thread.tacv2", "aadGroupId": GROUP}, **data}
    return by(person, f"{CHANNEL};messageid=1", kind, channelData=team, text=f"<at>Protocolwijzer</at> {name}")


# The dialogues


@pytest.mark.parametrize(("name", "turns"), dialogues(), ids=[name for name, _ in dialogues()])
async def test_dialogue(server: Server, teams: FakeTeams, knowledge: Knowledge, name: str, turns: list[Turn]) -> None:
    names = {s.name[language]: s.id for s in knowledge.sections.values() for language in ("nl", "en")}
    count = 0

    async def act(deed: Said | Pressed) -> Seen:
        nonlocal count
        count += 1
        before = len(teams.sent)
        if isinstance(deed, Said):
            assert await say(server, teams, deed.text, id=str(count), locale=None, entities=[]) == 200
        else:
            data = {"action": deed.action, "value": deed.value, "language": deed.language}
            assert await say(server, teams, "", value=data, id=str(count)) == 200
        seen = [seen_of(sent, names) for sent in teams.sent[before:]]
        buttons = {label: press for one in seen for label, press in one.buttons.items()}
        return Seen("\n".join(one.text for one in seen), tuple(q for one in seen for q in one.quotes), buttons)

    # where cases are, a press that asks a person opens a form instead
    await run(list(itertools.takewhile(lambda turn: not asks_a_person(turn), turns)), act)


def asks_a_person(turn: Turn) -> bool:
    return str(turn.get("pressed", "")).startswith(("Vraag ", "Ask "))


def seen_of(sent: Any, names: dict[str, str]) -> Seen:
    actions = [*found(sent.card, "Action.Execute"), *found(sent.card, "Action.Submit")]
    pressed = {a["title"]: Pressed(a["data"]["action"], a["data"]["value"], a["data"]["language"]) for a in actions}
    cited = [one for entity in sent.activity.get("entities", []) for one in entity["citation"]]
    return Seen(shown(sent.card), tuple(names[one["appearance"]["name"].partition(" · ")[0]] for one in cited), pressed)


# Arriving


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_somebody_is_greeted_when_the_app_is_installed(
    server: Server, teams: FakeTeams, language: Language
) -> None:
    await say(server, teams, "", type="installationUpdate", action="add", locale=f"{language}-GB", id="1")
    [sent] = await teams.took()
    assert sent.card["lang"] == language and found(sent.card, "Container")


async def test_an_update_of_the_app_greets_nobody_but_is_remembered(server: Server, teams: FakeTeams) -> None:
    await say(server, teams, "", **by(MANAGER, type="installationUpdate", action="add-upgrade", id="1"))
    assert teams.sent == []


async def test_the_installation_is_greeted_once_though_teams_says_it_twice(server: Server, teams: FakeTeams) -> None:
    added = [{"id": f"28:{APP}"}]
    await say(server, teams, "", type="conversationUpdate", membersAdded=added, id="1")
    for _ in range(2):
        await say(server, teams, "", type="installationUpdate", action="add", id="2")
    assert len(teams.sent) == 1


async def test_teams_tells_its_language_in_an_entity_alone(server: Server, teams: FakeTeams) -> None:
    client = [{"type": "clientInfo", "locale": "en-US"}, "x", {"type": "clientInfo", "locale": 5}]
    await say(server, teams, "", type="installationUpdate", action="add", locale=None, entities=client[:1], id="1")
    assert (await teams.took())[0].card["lang"] == "en"


# Slow work


async def test_somebody_sees_that_the_bot_is_at_work_when_it_takes_long(
    server: Server, teams: FakeTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = Conversation.handle

    async def slowly(self: Conversation, event: Any) -> Outcome:
        await teams.took()  # as soon as it shows that it is at work
        return await handle(self, event)

    monkeypatch.setattr(turns, "_PATIENCE", 0.0)
    monkeypatch.setattr(Conversation, "handle", slowly)
    await say(server, teams)
    assert [sent.activity["type"] for sent in await teams.took(2)] == ["typing", "message"]


async def test_a_quick_answer_shows_no_typing(server: Server, teams: FakeTeams) -> None:
    await say(server, teams)
    assert [sent.activity["type"] for sent in await teams.took()] == ["message"]


async def test_a_turn_that_takes_long_is_taken_at_once_and_answered_later(
    server: Server, teams: FakeTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters.teams import routes

    handle, go = Conversation.handle, asyncio.Event()

    async def slowly(self: Conversation, event: Any) -> Outcome:
        await go.wait()
        return await handle(self, event)

    monkeypatch.setattr(routes, "_LONGEST_TURN", 0.01)
    monkeypatch.setattr(Conversation, "handle", slowly)
    assert await say(server, teams) == 200
    assert teams.sent == []
    go.set()
    assert len(await teams.took()) == 1


# The desk's channel


async def test_an_owner_links_a_channel_and_cases_come_there(server: Server, teams: FakeTeams) -> None:
    await say(server, teams, **quiet())
    [sent] = await teams.took()
    assert sent.conversation == f"{CHANNEL};messageid=1" and "voortaan hier" in shown(sent.card)
    form = {"form": "hand-off", "hidden": {"to": "communications", "once": "1"}, "field-text": "Mag dit?"}
    await say(server, teams, "", **by(TEACHER, value=form, id="2"))
    assert "Mag dit?" in shown((await teams.message(CHANNEL, "Zaak 1")).card)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"person": TEACHER}, "Alleen een beheerder"),
        ({"kind": "groupChat"}, "openbaar"),
        ({"channel": {"id": CHANNEL, "type": "shared"}}, "openbaar"),
        ({"team": {"id": "19:team@thread.tacv2"}}, "eigenaar"),
    ],
)
async def test_a_channel_is_not_linked_by_others_or_where_more_than_one_team_reads(
    server: Server, teams: FakeTeams, how: dict[str, Any], said: str
) -> None:
    await say(server, teams, **quiet(**how))
    assert said in shown((await teams.took())[0].card)
    assert said


@pytest.mark.parametrize(("visibility", "status", "said"), [("public", 200, "openbaar"), ("private", 403, "eigenaar")])
async def test_a_team_that_anybody_can_join_is_no_desk_nor_one_of_which_nothing_is_known(
    server: Server, teams: FakeTeams, visibility: str, status: int, said: str
) -> None:
    teams.visibility, teams.graph_status = visibility, status
    await say(server, teams, **quiet())
    assert said in shown((await teams.took())[0].card)


async def test_koppel_in_a_personal_chat_is_a_question_like_any_other(server: Server, teams: FakeTeams) -> None:
    await say(server, teams, "koppel")
    assert "voortaan hier" not in shown((await teams.took())[0].card)


async def test_only_members_of_the_desk_see_its_cases_and_guests_never(teams: FakeTeams, start: Start) -> None:
    server = await start(**teams.settings, teams_desk_channel=CHANNEL)
    for number, (person, on_desk) in enumerate(((DESK, True), (TEACHER, False), (GUEST, False))):
        await say(server, teams, "zaken", **by(person, id=str(number)))
        text = shown((await teams.took(number + 1))[number].card)
        assert ("Er zijn geen open zaken." in text) is on_desk, person.name


async def test_who_somebody_is_is_asked_once_in_some_minutes(teams: FakeTeams, start: Start) -> None:
    server = await start(**teams.settings, teams_desk_channel=CHANNEL)
    for number in range(3):
        await say(server, teams, "zaken", **by(DESK, id=str(number)))
    assert teams.lookups == 2  # their profile, and whether they are on the desk


async def test_while_teams_does_not_say_who_it_is_nothing_is_done_in_anybodys_name(
    server: Server, teams: FakeTeams
) -> None:
    teams.members_status = 500
    with structlog.testing.capture_logs() as logs:
        await say(server, teams, "mijn zaken")
    assert "nog eens" in shown((await teams.took())[0].card)
    assert [line["event"] for line in logs] == ["case not stored"]


# How it starts


async def test_development_mode_answers_without_credentials_and_says_so(teams: FakeTeams, start: Start) -> None:
    with structlog.testing.capture_logs() as logs:
        server = await start(teams_development=True, teams_service_url=teams.service_url)
    assert [line["log_level"] for line in logs if "development mode" in line["event"]] == ["warning"]
    teams.accepted = ""  # no token at all
    status, _ = await send(server, json.dumps(teams.activity(QUESTION, channelData=None)).encode())
    assert (status, len(teams.sent)) == (200, 1)
    outside = teams.activity(QUESTION, serviceUrl="https://smba.example.com/")
    assert (await send(server, json.dumps(outside).encode()))[0] == 401


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"teams_app_id": APP}, "PROTOCOLWIJZER_TEAMS_TENANT_ID and PROTOCOLWIJZER_TEAMS_APP_PASSWORD"),
        ({"teams_app_id": APP, "teams_tenant_id": TENANT}, "PROTOCOLWIJZER_TEAMS_APP_PASSWORD"),
        ({"teams_development": True, "host": "0.0.0.0"}, "PROTOCOLWIJZER_TEAMS_DEVELOPMENT"),
        (
            {"teams_development": True, "teams_app_id": APP, "teams_tenant_id": TENANT, "teams_app_password": "x"},
            "PROTOCOLWIJZER_TEAMS_DEVELOPMENT",
        ),
        ({"teams_managed_identity": True}, "PROTOCOLWIJZER_TEAMS_MANAGED_IDENTITY"),
        (
            {"teams_managed_identity": True, "teams_app_id": APP, "teams_tenant_id": TENANT, "teams_app_password": "x"},
            "PROTOCOLWIJZER_TEAMS_MANAGED_IDENTITY",
        ),
    ],
)
def test_half_set_teams_is_refused_with_what_to_set(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_settings(_env_file=None, **given)


async def test_on_azure_the_token_is_that_of_the_identity(
    teams: FakeTeams, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{teams.url}/identity")
    monkeypatch.setenv("IDENTITY_HEADER", PASSWORD)
    chosen = {**teams.settings, "teams_managed_identity": True}
    del chosen["teams_app_password"]
    server = await start(**chosen)
    await say(server, teams)
    assert len(teams.sent) == 1
    [asked] = teams.token_requests
    assert (asked["client_id"], asked["resource"]) == (APP, "https://api.botframework.com")
