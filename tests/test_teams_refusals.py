"""What is not Microsoft's, not this tenant's or cannot be read is refused with a status that says so."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from adapters.teams.tokens import KeysUnreachableError, SigningKeys
from adapters.web.routes import LARGEST_BODY
from tests.conftest import Server
from tests.fakes.teams import TENANT, WRONG_TOKENS, FakeTeams, jwk
from tests.fakes.teams_payloads import QUESTION, say, send

Start = Callable[..., Any]


@pytest.fixture
async def teams() -> AsyncIterator[FakeTeams]:
    async with FakeTeams() as fake:
        yield fake


@pytest.fixture
async def server(teams: FakeTeams, start: Start) -> Server:
    begun: Server = await start(**teams.settings)
    return begun


async def metrics(server: Server) -> str:
    async with server.client.get("/metrics") as response:
        return await response.text()


@pytest.mark.parametrize("kind", WRONG_TOKENS)
async def test_a_wrong_token_is_refused(server: Server, teams: FakeTeams, kind: str) -> None:
    body = json.dumps(teams.activity(QUESTION)).encode()
    status, said = await send(server, body, f"Bearer {teams.token(kind)}")
    assert (status, list(said)) == (401, ["error"])
    assert teams.sent == [] and teams.token_requests == []
    assert 'protocolwijzer_refused_total{platform="teams",why="token"} 1.0' in await metrics(server)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dTpw", "Bearer é", f"Bearer {'W3s' * 2600}"])
async def test_a_header_without_a_token_is_refused(server: Server, teams: FakeTeams, header: str) -> None:
    body = json.dumps(teams.activity(QUESTION)).encode()
    assert (await send(server, body, header))[0] == 401


async def test_a_token_whose_header_has_too_many_levels_is_refused(server: Server, teams: FakeTeams) -> None:
    deep = "W1tb" * 1900  # [[[… in base64
    body = json.dumps(teams.activity(QUESTION)).encode()
    assert (await send(server, body, f"Bearer {deep}.e30.c2ln"))[0] == 401


async def test_a_token_for_another_channel_is_refused(server: Server, teams: FakeTeams) -> None:
    assert await say(server, teams, channelId="directline") == 401


async def test_while_microsofts_keys_cannot_be_reached_nobody_is_served_and_then_all_are(
    server: Server, teams: FakeTeams
) -> None:
    teams.keys_reachable = False
    assert await say(server, teams) == 503
    teams.keys_reachable = True
    assert await say(server, teams) == 200
    assert 'protocolwijzer_refused_total{platform="teams",why="keys"} 1.0' in await metrics(server)


@pytest.mark.parametrize("data", [{"tenant": {"id": "another"}}, {"tenant": "x"}, {"tenant": {}}, "x", {}, None])
async def test_another_tenant_is_refused(server: Server, teams: FakeTeams, data: Any) -> None:
    assert await say(server, teams, channelData=data) == 403
    assert teams.sent == []


async def test_a_tenant_written_in_capitals_is_the_same_tenant(server: Server, teams: FakeTeams) -> None:
    assert await say(server, teams, channelData={"tenant": {"id": TENANT.upper()}}) == 200


@pytest.mark.parametrize("body", [b"", b"{", b"niet", b"[]", b"null", b'"x"', b"5", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_object_is_refused(server: Server, teams: FakeTeams, body: bytes) -> None:
    assert (await send(server, body, f"Bearer {teams.token()}"))[0] == 400


@pytest.mark.parametrize("field", ["type", "id", "serviceUrl", "channelId", "conversation"])
@pytest.mark.parametrize("value", [None, "", 5, []])
async def test_an_activity_that_lacks_a_field_is_refused(
    server: Server, teams: FakeTeams, field: str, value: Any
) -> None:
    assert await say(server, teams, **{field: value}) == 400


@pytest.mark.parametrize(
    "wrong",
    [{"timestamp": "gisteren"}, {"from": "x"}, {"entities": "x"}, {"conversation": {"id": "a", "isGroup": "x"}}],
)
async def test_a_field_of_the_wrong_kind_is_refused_without_repeating_it(
    server: Server, teams: FakeTeams, wrong: dict[str, Any]
) -> None:
    body = json.dumps(teams.activity(QUESTION, **wrong)).encode()
    status, said = await send(server, body, f"Bearer {teams.token()}")
    assert status == 400 and "gisteren" not in str(said)


async def test_a_body_over_the_limit_is_refused(server: Server, teams: FakeTeams) -> None:
    assert await say(server, teams, "a" * LARGEST_BODY) == 413


# Microsoft's keys change at any time


class Seconds:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_an_unknown_key_is_looked_for_once_in_five_minutes(teams: FakeTeams) -> None:
    seconds = Seconds()
    async with aiohttp.ClientSession() as session:
        keys = SigningKeys(f"{teams.url}/openid", session, seconds)
        assert await keys.get("signing")
        teams.keys.append(jwk("fresh", "msteams"))
        assert await keys.get("fresh") is None and teams.keys_fetched == 1
        seconds.now += 301
        assert await keys.get("fresh") and teams.keys_fetched == 2
        assert await keys.get("unknown") is None and teams.keys_fetched == 2


async def test_keys_are_fetched_again_after_a_day_and_kept_when_that_fails(teams: FakeTeams) -> None:
    seconds = Seconds()
    async with aiohttp.ClientSession() as session:
        keys = SigningKeys(f"{teams.url}/openid", session, seconds)
        await keys.get("signing")
        seconds.now += 24 * 3600 + 1
        teams.keys_reachable = False
        assert await keys.get("signing") and teams.keys_fetched == 1
        teams.keys_reachable = True
        seconds.now += 301
        assert await keys.get("signing") and teams.keys_fetched == 2


async def test_without_any_key_the_keys_are_unreachable(teams: FakeTeams) -> None:
    async with aiohttp.ClientSession() as session:
        keys = SigningKeys(f"{teams.url}/nothing-here", session)
        with pytest.raises(KeysUnreachableError):
            await keys.get("signing")
