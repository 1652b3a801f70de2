"""Teams from authenticated request to card at the connector, over real sockets on all sides."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
import pytest
import structlog

from adapters.teams import to_event
from bot.conversation import Conversation
from bot.knowledge import Knowledge
from tests.conftest import Server
from tests.fakes.teams import APP, GRANTED, PASSWORD, TENANT, Answer, FakeTeams
from tests.fakes.teams_payloads import QUESTION, found, say

Start = Callable[..., Any]


@pytest.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with FakeTeams() as fake:
        yield fake


@pytest.fixture
async def server(teams: FakeTeams, start: Start) -> Server:
    begun: Server = await start(**teams.settings)
    return begun


def quotes_the_protocol(card: Mapping[str, Any], knowledge: Knowledge, language: Any = "nl") -> bool:
    shown = [block["text"].replace("\\", "") for block in found(card, "TextBlock")]
    return any(
        all(line in shown for line in section.text[language].split("\n") if line.strip())
        for section in knowledge.sections.values()
    )


# Answers


async def test_a_question_gets_a_card_with_the_protocols_words_at_the_connector(
    server: Server, teams: FakeTeams, knowledge: Knowledge
) -> None:
    assert await say(server, teams) == 200
    [sent] = await teams.took()
    assert (sent.conversation, sent.answers) == ("a:1chat", "1700000000000")
    assert sent.activity["type"] == "message" and sent.activity["summary"]
    assert sent.activity["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert sent.activity["recipient"]["id"] == "29:teacher"
    assert quotes_the_protocol(sent.card, knowledge)


async def test_a_message_in_a_channel_is_answered_in_its_thread(server: Server, teams: FakeTeams) -> None:
    thread = "19:abc@thread.tacv2;messageid=1700000000000"
    where = {"id": thread, "conversationType": "channel", "isGroup": True}
    assert await say(server, teams, f"<at>Protocolwijzer</at>&nbsp;{QUESTION}\r\n", conversation=where) == 200
    assert [sent.conversation for sent in await teams.took()] == [thread]


async def test_an_id_with_any_character_reaches_the_connector_as_it_is(server: Server, teams: FakeTeams) -> None:
    where = {"id": "a:1/2%2F?x=é", "conversationType": "personal"}
    assert await say(server, teams, conversation=where, id="1/2") == 200
    [sent] = teams.sent
    assert (sent.conversation, sent.answers) == ("a:1/2%2F?x=é", "1/2")


async def test_a_press_on_a_button_answers(server: Server, teams: FakeTeams, knowledge: Knowledge) -> None:
    await say(server, teams, "overzicht")
    [overview] = await teams.took()
    data = found(overview.card, "Action.Execute")[0]["fallback"]["data"]
    assert await say(server, teams, id="1700000000001", value=data, text=None) == 200
    assert quotes_the_protocol((await teams.took(2))[1].card, knowledge)


async def test_a_button_is_answered_in_the_language_of_its_card(
    server: Server, teams: FakeTeams, knowledge: Knowledge
) -> None:
    await say(server, teams, value={"action": "section", "value": "richtlijn-1", "language": "en"}, text=None)
    card = (await teams.took())[0].card
    assert card["lang"] == "en" and quotes_the_protocol(card, knowledge, "en")


@pytest.mark.parametrize("locale", ["en-GB", "EN"])
async def test_a_greeting_is_in_the_language_of_teams(server: Server, teams: FakeTeams, locale: str) -> None:
    await say(server, teams, "???", locale=locale)
    assert (await teams.took())[0].card["lang"] == "en"


@pytest.mark.parametrize(
    "other",
    [
        {"type": "conversationUpdate", "membersAdded": [{"id": f"28:{APP}"}], "text": None},
        {"type": "installationUpdate", "action": "add-upgrade", "text": None},
        {"type": "installationUpdate", "action": "remove", "text": None},
        {"type": "messageReaction", "reactionsAdded": [{"type": "like"}], "text": None},
        {"type": "messageUpdate"},
        {"type": "messageDelete"},
        {"type": "typing", "text": None, "id": None},
        {"type": "invoke", "name": "adaptiveCard/action", "value": {"action": {}}, "text": None},
        {"type": "never-heard-of"},
        {"value": {"of": "another card"}, "text": None},
        {"from": {"id": "28:bot", "role": "bot"}},
        {"from": None},
    ],
)
async def test_all_else_than_a_persons_message_is_accepted_without_a_reply(
    server: Server, teams: FakeTeams, other: dict[str, Any]
) -> None:
    assert await say(server, teams, **{"text": QUESTION, **other}) == 200
    assert teams.sent == []


async def test_the_same_activity_has_one_effect_however_often_teams_sends_it(server: Server, teams: FakeTeams) -> None:
    assert [await say(server, teams) for _ in range(3)] == [200, 200, 200]
    assert len(teams.sent) == 1


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("<at>Protocolwijzer</at> mag dit?", "mag dit?"),
        ("<at id='0'>Protocol\nwijzer</at>&nbsp;mag&nbsp;dit?&nbsp;\r\n", "mag dit?"),
        ("<p>mag <b>dit</b></p>", "mag  dit"),
        ("1 < 2 en 3 > 2 &amp; klaar", "1 < 2 en 3 > 2 & klaar"),
        ("", ""),
    ],
)
def test_the_mention_and_markup_are_stripped_from_what_somebody_typed(typed: str, read: str) -> None:
    assert to_event.readable(typed) == read


@pytest.mark.parametrize("text", ["\ud800", "\x00", "", "😀" * 500, 5, {"a": 1}])
async def test_whatever_is_typed_gets_a_reply(server: Server, teams: FakeTeams, text: Any) -> None:
    assert await say(server, teams, text) == 200
    assert len(teams.sent) == 1


# Our own token


async def test_the_token_for_the_connector_is_requested_once_for_several_turns(
    server: Server, teams: FakeTeams
) -> None:
    for number in range(3):
        await say(server, teams, id=str(number))
    assert len(teams.sent) == 3
    [asked] = teams.token_requests
    assert (asked["tenant"], asked["client_id"], asked["client_secret"]) == (TENANT, APP, PASSWORD)
    assert asked["scope"] == "https://api.botframework.com/.default"


async def test_a_token_that_the_connector_no_longer_takes_is_requested_anew(server: Server, teams: FakeTeams) -> None:
    await say(server, teams, id="1")
    teams.accepted = "another-token"
    teams.will_say()
    with structlog.testing.capture_logs() as logs:
        assert await say(server, teams, id="2") == 200
    assert (teams.refused, len(teams.sent), len(teams.token_requests), logs) == ([401], 2, 2, [])


async def test_microsofts_keys_are_fetched_once_for_several_turns(server: Server, teams: FakeTeams) -> None:
    for number in range(3):
        await say(server, teams, id=str(number))
    assert teams.keys_fetched == 1


# Failures


async def test_a_failure_while_answering_is_said_and_logged_without_what_was_typed(
    teams: FakeTeams, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Conversation, "_follow", fail)
    with structlog.testing.capture_logs() as logs:
        assert await say(server, teams) == 200
    [sent] = teams.sent
    assert "Er ging iets mis bij mij." in json.dumps(sent.activity)
    [logged] = logs
    assert (logged["event"], logged["platform"], logged["error"]) == ("event failed", "teams", "RuntimeError")
    assert "leerling" not in json.dumps(logs)


def fail(*_: object) -> None:
    raise RuntimeError(QUESTION)


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_a_reply_that_the_connector_refuses_is_logged_without_its_words(
    server: Server, teams: FakeTeams, status: int
) -> None:
    teams.will_say(Answer(status))
    with structlog.testing.capture_logs() as logs:
        assert await say(server, teams) == 502
    assert teams.refused == [status]
    assert logs == [
        {"event": "reply not delivered", "platform": "teams", "why": f"status {status}", "log_level": "error"}
    ]


async def test_no_token_from_microsoft_is_a_reply_not_delivered(teams: FakeTeams, start: Start) -> None:
    server = await start(**{**teams.settings, "teams_app_password": "wrong"})
    with structlog.testing.capture_logs() as logs:
        assert await say(server, teams) == 502
    assert [(line["event"], line["why"]) for line in logs] == [("reply not delivered", "TokenUnavailableError")]


@pytest.mark.parametrize("status", [412, 429, 502, 504])
async def test_a_reply_is_sent_again_when_the_connector_is_busy(server: Server, teams: FakeTeams, status: int) -> None:
    teams.will_say(Answer(status, {"Retry-After": "0"}))
    assert await say(server, teams) == 200
    assert (teams.refused, len(teams.sent)) == ([status], 1)


async def test_a_reply_is_given_up_after_three_attempts(server: Server, teams: FakeTeams) -> None:
    teams.will_say(*(Answer(429, {"Retry-After": "0"}) for _ in range(5)))
    assert await say(server, teams) == 502
    assert teams.refused == [429, 429, 429]


async def test_the_connector_of_the_fake_takes_our_token_only(teams: FakeTeams) -> None:
    url = f"{teams.service_url}v3/conversations/a/activities"
    async with aiohttp.ClientSession() as session:
        for header, status in (({}, 401), ({"Authorization": "Bearer x"}, 401)):
            async with session.post(url, json={}, headers=header) as response:
                assert response.status == status
        large, right = {"text": "a" * 29_000}, {"Authorization": f"Bearer {GRANTED}"}
        async with session.post(url, json=large, headers=right) as response:
            assert response.status == 413
