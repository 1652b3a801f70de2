"""What is not Slack's, or cannot be read, is refused with a status that says so."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from adapters.web.routes import LARGEST_BODY
from tests.conftest import Server
from tests.fakes.slack import FakeSlack, as_form, as_json, signed
from tests.fakes.slack_payloads import QUESTION, event, send, send_event

Start = Callable[..., Any]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def server(slack: FakeSlack, start: Start) -> Server:
    begun: Server = await start(**slack.settings)
    return begun


async def metrics(server: Server) -> str:
    async with server.client.get("/metrics") as response:
        return await response.text()


async def test_a_wrong_signature_is_refused_and_counted(server: Server, slack: FakeSlack) -> None:
    body, headers = as_json(event(text=QUESTION))
    for wrong in (
        signed(body, secret="another"),
        {**headers, "X-Slack-Signature": "v0=0"},
        {**headers, "X-Slack-Signature": "v0=é"},
        {**headers, "X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": headers["X-Slack-Request-Timestamp"]},
        {},
    ):
        status, _ = await send(server, body, {**wrong, "Content-Type": "application/json"})
        assert status == 401
    assert slack.calls == []
    assert 'protocolwijzer_refused_total{platform="slack",why="signature"} 6.0' in await metrics(server)


@pytest.mark.parametrize("seconds", [-301, 301, -1_000_000])
async def test_an_old_timestamp_is_refused(server: Server, seconds: int) -> None:
    body, headers = as_json(event(text=QUESTION))
    status, _ = await send(server, body, {**headers, **signed(body, at=int(time.time()) + seconds)})
    assert status == 401


@pytest.mark.parametrize("timestamp", ["now", "1e9", "-5", "1.5", "٣", "9" * 5000])
async def test_a_timestamp_that_is_no_number_is_refused(server: Server, timestamp: str) -> None:
    body, headers = as_json(event(text=QUESTION))
    status, _ = await send(server, body, {**headers, "X-Slack-Request-Timestamp": timestamp})
    assert status == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"null", b'"text"', b"[" * 100_000, b"text=1"])
async def test_a_signed_body_that_is_no_json_object_is_refused(server: Server, body: bytes) -> None:
    status, _ = await send(server, body, {"Content-Type": "application/json", **signed(body)})
    assert status == 400


@pytest.mark.parametrize("payload", ["{", "", "[1]", "null", "niet"])
async def test_a_signed_press_that_is_no_json_object_is_refused(server: Server, payload: str) -> None:
    status, _ = await send(server, *as_form(payload))
    assert status == 400


async def test_a_signed_body_that_is_not_utf_8_is_refused(server: Server) -> None:
    body = b'{"type": "\xff"}'
    assert (await send(server, body, {"Content-Type": "application/json", **signed(body)}))[0] == 400


async def test_a_body_over_the_limit_is_refused(server: Server) -> None:
    body, headers = as_json(event(text="a" * LARGEST_BODY))
    assert (await send(server, body, headers))[0] == 413


async def test_slacks_check_of_the_address_is_answered(server: Server) -> None:
    status, said = await send_event(server, {"type": "url_verification", "token": "t", "challenge": "3eZbrw1a"})
    assert status == 200 and json.loads(said) == {"challenge": "3eZbrw1a"}


async def test_slacks_check_of_the_address_needs_a_signature_too(server: Server) -> None:
    body, _ = as_json({"type": "url_verification", "challenge": "3eZbrw1a"})
    assert (await send(server, body, {"Content-Type": "application/json"}))[0] == 401
