"""Who is signed in on the web page: nobody can pretend to be a colleague."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from multidict import CIMultiDict

from adapters.settings import SettingsError, read_settings
from tests.conftest import Server

PROXIED = {"identity_header": "X-Email", "identity_name_header": "X-Name", "identity_proxies": ["127.0.0.1/32"]}
FORM = {"text": "vraag", "to": "communications", "once": "o1", "warned": "yes"}


async def post(server: Server, body: dict[str, Any], **headers: str) -> tuple[int, str]:
    event = {"id": body.pop("id", "1"), "session": "s", "language": "nl", **body}
    async with server.client.post("/api/events", json=event, headers=headers) as response:
        answer = await response.json()
        return response.status, answer.get("html", "")


async def test_a_stranger_is_told_whom_to_ask_and_can_send_nothing(start: Callable[..., Any]) -> None:
    server = await start()
    _, html = await post(server, {"action": "ask-communications", "value": "richtlijn-7"})
    assert "<form" not in html and "Neem contact op" in html
    _, html = await post(server, {"id": "2", "form": "hand-off", "values": FORM})
    assert "Het protocol in het kort" in html
    for path, status in (("/desk", 404), ("/api/live", 404), ("/desk/cases", 404)):
        async with server.client.get(path) as response:
            assert response.status == status


async def test_the_proxy_says_who_is_signed_in(start: Callable[..., Any]) -> None:
    server = await start(**PROXIED, desk_members=["joke@unicoz.nl"])
    _, html = await post(
        server, {"form": "hand-off", "values": FORM}, **{"X-Email": "Fatima@unicoz.nl", "X-Name": "Fatima%20B"}
    )
    assert not html.strip()
    async with server.client.get("/desk/cases", headers={"X-Email": "joke@unicoz.nl"}) as response:
        assert "Zaak 1" in await response.text()
    _, html = await post(server, {"id": "3", "action": "case", "value": "show 1"}, **{"X-Email": "joke@unicoz.nl"})
    assert "Fatima B" in html
    _, html = await post(server, {"id": "4", "action": "case", "value": "claim 1"}, **{"X-Email": "henk@unicoz.nl"})
    assert "niet voor jou" in html


@pytest.mark.parametrize("email", ["", "no address", "a@b@c.nl", "x" * 400 + "@unicoz.nl", "<script>@unicoz.nl"])
async def test_a_header_that_is_no_address_signs_nobody_in(start: Callable[..., Any], email: str) -> None:
    server = await start(**PROXIED)
    _, html = await post(server, {"action": "ask-communications", "value": ""}, **{"X-Email": email})
    assert "<form" not in html


async def test_a_header_from_elsewhere_than_the_proxy_signs_nobody_in(start: Callable[..., Any]) -> None:
    server = await start(**{**PROXIED, "identity_proxies": ["10.1.2.3"]})
    _, html = await post(server, {"action": "ask-communications", "value": ""}, **{"X-Email": "joke@unicoz.nl"})
    assert "<form" not in html
    async with server.client.get("/api/live", headers={"X-Email": "joke@unicoz.nl"}) as response:
        assert response.status == 401


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Email", "joke@unicoz.nl"), ("X-Email", "leerling@unicoz.nl")],
        [("X-Email", "leerling@unicoz.nl"), ("X-Email", "joke@unicoz.nl")],
        [("X-Email", "joke@unicoz.nl"), ("X-Email", "joke@unicoz.nl")],
        [("X-Email", "joke@unicoz.nl, leerling@unicoz.nl")],
        [("X-Email", "joke@unicoz.nl"), ("X-Name", "Joke"), ("X-Name", "Leerling")],
    ],
)
async def test_a_proxy_that_adds_its_header_to_the_clients_own_signs_nobody_in(
    start: Callable[..., Any], headers: list[tuple[str, str]]
) -> None:
    server = await start(**PROXIED, desk_members=["joke@unicoz.nl"])
    async with server.client.get("/desk/cases", headers=CIMultiDict(headers)) as response:
        assert response.status == 401
    async with server.client.get("/", headers=CIMultiDict(headers)) as response:
        page = await response.text()
    assert "data-live" not in page and "Leerling" not in page


async def test_a_name_with_characters_that_cannot_be_stored_stops_no_case(start: Callable[..., Any]) -> None:
    server = await start(**PROXIED)
    headers = {"X-Email": "fatima@unicoz.nl", "X-Name": "Fatima%00B"}
    assert await post(server, {"form": "hand-off", "values": FORM}, **headers) == (200, "")


async def test_characters_that_cannot_be_stored_lose_no_case(start: Callable[..., Any]) -> None:
    server = await start(demonstration=True)
    note = "voor\x00de \ud83d brief"
    for name, deed in (
        ("form", {"form": "hand-off", "values": {**FORM, "note": note, "once": "\udc00"}}),
        ("text", {"text": f"mag ik dit? {note}"}),
        ("action", {"action": "case\x00", "value": "show\ud800 1"}),
        ("id\ud800", {"action": "case", "value": "show 1"}),
    ):
        status, html = await post(server, {"id": name, **deed})
        assert status == 200, name
    assert "voor\ufffdde \ufffd brief" in html


STRANGE_WAYS = [
    {"X-Forwarded-For": "203.0.113.9"},
    {"Forwarded": "for=203.0.113.9"},
    {"X-Real-IP": "203.0.113.9"},
    {"Host": "evil.example"},
    {"Host": "protocol.school.nl:8080"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "[::1"},
]


@pytest.mark.parametrize("headers", STRANGE_WAYS)
async def test_nobody_is_an_invented_person_from_elsewhere(start: Callable[..., Any], headers: dict[str, str]) -> None:
    server = await start(demonstration=True)
    await post(server, {"form": "hand-off", "values": FORM})
    headers = {**headers, "Cookie": "protocolwijzer-as=communicatie@demo.unicoz.nl"}
    for path, status in (("/desk/cases", 401), ("/api/live", 401), ("/desk", 404)):
        async with server.client.get(path, headers=headers) as response:
            assert response.status == status, path
    async with server.client.get("/", headers=headers) as response:
        assert "demo.unicoz.nl" not in await response.text()
    async with server.client.post("/as", data={"person": "communicatie@demo.unicoz.nl"}, headers=headers) as response:
        assert response.status == 400
    _, html = await post(server, {"id": "2", "action": "case", "value": "show 1"}, **headers)
    assert "Zaak 1 ·" not in html


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1", "[::1]:8080"])
async def test_on_this_computer_the_invented_people_are_there(start: Callable[..., Any], host: str) -> None:
    server = await start(demonstration=True)
    async with server.client.get("/desk/cases", headers={"Host": host}) as response:
        assert response.status == 200


async def test_invented_people_can_be_chosen_and_no_others(start: Callable[..., Any]) -> None:
    server = await start(demonstration=True)
    for email, status in (("communicatie@demo.unicoz.nl", 303), ("joke@unicoz.nl", 400)):
        async with server.client.post(
            "/as", data={"person": email, "back": "https://evil.nl"}, allow_redirects=False
        ) as response:
            assert response.status == status
            assert response.headers.get("Location", "/") == "/"


async def test_a_delivered_message_arrives_on_the_open_page(start: Callable[..., Any]) -> None:
    server = await start(demonstration=True)
    async with server.client.get("/api/live") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        await post(server, {"form": "hand-off", "values": FORM})
        async with asyncio.timeout(30):
            while not (line := (await stream.content.readline()).decode()).startswith('data: {"id"'):
                pass
    assert "Zaak 1 · nieuw" in json.loads(line[6:])["html"]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"identity_header": "X-Email"}, "PROTOCOLWIJZER_IDENTITY_PROXIES"),
        ({"identity_proxies": ["10.0.0.1"]}, "half set"),
        ({"demonstration": True, "host": "0.0.0.0"}, "works on this computer alone"),
        ({"demonstration": True, **PROXIED}, "not both"),
        ({**PROXIED, "identity_proxies": ["nowhere"]}, "IDENTITY_PROXIES"),
    ],
)
def test_a_setting_that_would_let_anybody_be_anybody_is_refused(chosen: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_settings(_env_file=None, **chosen)


SLACK = {"slack_bot_token": "xoxb-1", "slack_signing_secret": "s"}
TEAMS = {"teams_app_id": "a", "teams_app_password": "b", "teams_tenant_id": "c"}
POSTGRES = {"database": "postgresql://user@db.example/cases"}


@pytest.mark.parametrize(
    "chosen",
    [{"host": "0.0.0.0"}, {"url": "https://protocol.example.nl"}, {"proxies": 1}, SLACK, TEAMS, POSTGRES],
)
def test_where_real_cases_can_be_nobody_is_invented_by_itself(chosen: dict[str, Any]) -> None:
    assert not read_settings(_env_file=None, **chosen).demonstrating


@pytest.mark.parametrize("chosen", [{}, {"database": "sqlite:///cases.sqlite3"}, {"host": "::1"}])
def test_on_this_computer_alone_three_people_are_invented(chosen: dict[str, Any]) -> None:
    assert read_settings(_env_file=None, **chosen).demonstrating


@pytest.mark.parametrize("chosen", [{"proxies": 1}, SLACK, TEAMS, POSTGRES])
def test_who_says_so_gets_the_invented_people_on_this_computer(chosen: dict[str, Any]) -> None:
    assert read_settings(_env_file=None, demonstration=True, **chosen).demonstrating
