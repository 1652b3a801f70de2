"""What is not Slack's, or cannot be read, is refused with a status that says so."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from adapters.web.routes import LARGEST_BODY
from tests.conftest import Server
from tests.fakes.slack import FakeSlack, as_fields, as_form, as_json, signed
from tests.fakes.slack_payloads import QUESTION, event, press, send, send_event

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


@pytest.mark.parametrize("seconds", [-310, 310, -1_000_000])
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


SURROGATE = "\ud800"
METADATA = '{"form": "hand-off", "hidden": {}}'


def altered(payload: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a payload with one field changed; without it when the value is `...`."""
    whole: dict[str, Any] = json.loads(json.dumps(payload))
    *above, last = path.split(".")
    inner: Any = whole
    for name in above:
        inner = inner[int(name)] if isinstance(inner, list) else inner[name]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return whole


PRESS = press({"action_id": "press-0", "value": '["overview", "", "nl"]'})
HOME = {key: value for key, value in PRESS.items() if key not in ("channel", "message")} | {
    "view": {"id": "V1", "type": "home", "private_metadata": ""}
}
SHORTCUT = {"type": "shortcut", "team": {"id": "T0"}, "user": {"id": "U1"}, "trigger_id": "1.2", "callback_id": "x"}
FORM = {
    "type": "view_submission",
    "team": {"id": "T0"},
    "user": {"id": "U1"},
    "view": {
        "id": "V1",
        "type": "modal",
        "callback_id": "form",
        "private_metadata": METADATA,
        "state": {"values": {"field:text:1": {"value": {"type": "plain_text_input", "value": "x"}}}},
    },
}


ODD_EVENTS: list[tuple[str, list[object]]] = [
    ("event", ["", None, 5, [], {}, ...]),
    ("event_id", ["", None, 5, SURROGATE, "x" * 5000, ...]),
    ("event.type", [None, 5, {}, ...]),
    ("event.channel", ["", None, 5, {"id": "D1"}, SURROGATE, ...]),
    ("event.user", [5, ["U1"], {"id": 5}, SURROGATE, "U 1"]),
    ("event.ts", [None, 5, {}, ...]),
    ("event.thread_ts", [5, {"a": 1}, SURROGATE]),
    ("type", ["", 5, {}, "another", ...]),
    ("authorizations", [[None]]),
]
ODD_INTERACTIONS: list[tuple[dict[str, Any], str, list[object]]] = [
    (PRESS, "actions", ["", [], None, 5, [5], [None], ...]),
    (PRESS, "actions.0.action_id", [None, 5, ...]),
    (PRESS, "user", [5, None, "U1", {}, {"id": ""}, {"id": SURROGATE}, ...]),
    (PRESS, "channel", [5, None, "D1", {}, {"id": None}, ...]),
    (PRESS, "trigger_id", [5, "", SURROGATE, ...]),
    (PRESS, "message", [5, "x", [1], {"ts": 5}, {"thread_ts": {"a": 1}}]),
    (PRESS, "response_url", [5, "x", "file:///etc/passwd"]),
    (PRESS, "container", [5]),
    (HOME, "view", [5, None, "V1", {"id": "V1"}, {"type": "home"}, ...]),
    (HOME, "view.private_metadata", ["x", 5, "[1]", '{"hidden": 5}', "[" * 100_000]),
    (SHORTCUT, "user", [5, None, {}, ...]),
    (SHORTCUT, "callback_id", [5, None, ...]),
    (SHORTCUT, "message", [5, "x"]),
    (FORM, "view", ["", None, 5, {}, ...]),
    (FORM, "view.id", [None, 5, SURROGATE, ...]),
    (FORM, "view.type", [None, 5, ...]),
    (FORM, "view.hash", [5, SURROGATE]),
    (FORM, "view.private_metadata", ["x", None, 5, '{"form": "x", "hidden": [1]}', ...]),
    (FORM, "view.state", [None, 5, {}, {"values": None}, {"values": {"a": 5}}, ...]),
    (FORM, "view.state.values.field:text:1.value", [5, {}, {"type": 5}, {"type": "plain_text_input", "value": 5}]),
    (FORM, "view.state.values.field:text:1.value", [{"type": "users_select", "selected_user": SURROGATE}]),
    (FORM, "view.state.values.field:text:1.value", [{"type": "static_select", "selected_option": {"value": 5}}]),
    (FORM, "view.state.values.field:text:1.value", [{"type": "checkboxes", "selected_options": [5]}]),
]


@pytest.mark.parametrize(("path", "value"), [(path, value) for path, values in ODD_EVENTS for value in values])
async def test_a_signed_event_of_an_odd_shape_is_refused(server: Server, path: str, value: object) -> None:
    status, said = await send_event(server, altered(event(text=QUESTION), path, value))
    assert status == 400 and json.loads(said)["error"]
    assert (await send_event(server, event(text=QUESTION)))[0] == 200


@pytest.mark.parametrize(
    ("payload", "path", "value"),
    [(payload, path, value) for payload, path, values in ODD_INTERACTIONS for value in values],
)
async def test_a_signed_interaction_of_an_odd_shape_is_refused(
    server: Server, slack: FakeSlack, payload: dict[str, Any], path: str, value: object
) -> None:
    status, said = await send(server, *as_form(json.dumps(altered(payload, path, value))))
    assert status == 400 and json.loads(said)["error"]
    assert slack.messages == []


@pytest.mark.parametrize("payload", [PRESS, HOME, SHORTCUT, FORM], ids=["press", "home", "shortcut", "form"])
async def test_the_same_of_the_right_shape_is_taken(server: Server, payload: dict[str, Any]) -> None:
    assert (await send(server, *as_form(json.dumps(payload))))[0] == 200


@pytest.mark.parametrize("path", ["user_id", "channel_id", "trigger_id", "response_url"])
@pytest.mark.parametrize("value", ["", "\x00", "x" * 5000, "é", ...])
async def test_a_signed_command_of_an_odd_shape_is_refused(server: Server, path: str, value: object) -> None:
    right = {"command": "/protocol", "text": "hallo", "user_id": "U1", "channel_id": "C1", "team_id": "T0"}
    right |= {"trigger_id": "1.2", "response_url": "https://hooks.slack.com/commands/1"}
    assert (await send(server, *as_fields(right)))[0] == 200
    assert (await send(server, *as_fields(altered(right, path, value))))[0] == 400


async def test_a_refusal_for_its_shape_is_counted_and_names_the_field_but_not_what_it_held(server: Server) -> None:
    _, said = await send_event(server, altered(event(text=QUESTION), "event.channel", {"id": "geheim"}))
    assert json.loads(said) == {"error": "event.channel is missing, or not what it should be."}
    assert "geheim" not in said
    assert 'protocolwijzer_refused_total{platform="slack",why="shape"} 1.0' in await metrics(server)


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
