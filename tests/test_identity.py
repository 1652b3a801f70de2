"""Who is signed in on the web page: nobody can pretend to be a colleague."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

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


def test_outside_this_computer_nobody_is_invented() -> None:
    assert not read_settings(_env_file=None, host="0.0.0.0").demonstrating
    assert read_settings(_env_file=None).demonstrating
    assert not read_settings(_env_file=None, url="https://protocol.example.nl").demonstrating
