"""The web page over real HTTP: the dialogues, and every door closed to what does not belong."""

from __future__ import annotations

import itertools
import json
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest

from adapters.web.routes import LARGEST_BODY
from bot.events import Language, Pressed, Said
from tests.conftest import Server
from tests.dialogues import Seen, Turn, dialogues, run

Start = Callable[..., Awaitable[Server]]
NUMBERS = itertools.count()


class Reader(HTMLParser):
    """Reads a reply's HTML as a person does."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.quotes: list[str] = []
        self.buttons: dict[str, Pressed] = {}
        self._button: dict[str, str | None] | None = None
        self._label = ""
        self._language = "nl"
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("class") == "reply":
            self._language = given["lang"] or "nl"
        if tag == "button":
            self._button, self._label = given, ""
        if tag == "a" and "#" in (given.get("href") or ""):
            self.quotes.append((given["href"] or "").partition("#")[2])

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button is not None and "data-action" not in self._button:
            self._button = None  # it copies, or sends a form
        if tag == "button" and self._button is not None:
            language: Language = "en" if self._language == "en" else "nl"
            pressed = Pressed(self._button["data-action"] or "", self._button["data-value"] or "", language)
            self.buttons[self._label.strip()] = pressed
            self._button = None

    def handle_data(self, data: str) -> None:
        self.text += data
        self._label += data


async def post(server: Server, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    data = BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    async with server.client.post("/api/events", data=data, headers=headers) as response:
        return response.status, await response.json()


def event(**more: Any) -> dict[str, Any]:
    return {"id": str(next(NUMBERS)), "session": "s", "language": "nl", **more}


@pytest.mark.parametrize(("name", "turns"), dialogues(), ids=[name for name, _ in dialogues()])
async def test_dialogue(start: Start, name: str, turns: list[Turn]) -> None:
    server = await start()

    async def act(deed: Said | Pressed) -> Seen:
        if isinstance(deed, Said):
            body = event(text=deed.text)
        else:
            body = event(action=deed.action, value=deed.value, language=deed.language)
        status, answer = await post(server, body)
        assert status == 200
        read = Reader(answer["html"])
        return Seen(read.text, tuple(read.quotes), read.buttons)

    await run(turns, act)


async def test_what_a_person_types_comes_back_as_text(start: Start) -> None:
    server = await start()
    _, answer = await post(server, event(text="richtlijn 7 <script>alert(1)</script>"))
    assert "<script" not in answer["html"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "not an object"),
        (b'{"id": "1"}', '"session" is not a text'),
        (b'{"id": "1", "session": "s"}', 'no "text", "action" or "form"'),
        (b'{"id": "1", "session": "s", "text": 5}', '"text" is not a text'),
        (b'{"id": "1", "session": "s", "form": "check", "values": [1]}', '"values" is not an object'),
        (b'{"id": "1", "session": "s", "form": "check", "values": {"draft": 1}}', "not a text"),
        (b'{"id": "", "session": "s", "text": "x"}', '"id" is not a text of 1 to 100'),
        (b'{"id": "1", "session": "s", "action": "say", "value": []}', '"value" is not a text'),
        (b"", "not JSON"),
    ],
)
async def test_a_body_that_is_no_event_is_refused_with_a_reason(start: Start, body: bytes, said: str) -> None:
    status, answer = await post(await start(), body)
    assert status == 400
    assert said in answer["error"]


async def test_a_body_that_is_too_large_is_refused(start: Start) -> None:
    status, answer = await post(await start(), b"x" * (LARGEST_BODY + 1))
    assert status == 413
    assert "1024 KiB" in answer["error"]


async def test_a_question_of_200_000_characters_gets_a_kind_answer(start: Start) -> None:
    status, answer = await post(await start(), event(text="x" * 200_000))
    assert status == 200
    assert "te lang" in answer["html"]


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://protocol.example.evil", "null"])
async def test_another_page_may_not_ask(start: Start, origin: str) -> None:
    status, answer = await post(await start(), event(text="richtlijn 1"), Origin=origin)
    assert status == 403
    assert "bot's own address" in answer["error"]


async def test_the_own_page_and_the_public_address_may_ask(start: Start) -> None:
    server = await start(url="https://protocol.example.nl/")
    for origin in (server.url, "https://protocol.example.nl"):
        status, _ = await post(server, event(text="richtlijn 1"), Origin=origin)
        assert status == 200


async def test_a_client_that_asks_too_fast_is_told_to_wait(start: Start) -> None:
    server = await start(questions_per_minute=2)
    statuses = [(await post(server, event(text="richtlijn 1")))[0] for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_behind_a_proxy_each_client_has_its_own_limit(start: Start) -> None:
    server = await start(questions_per_minute=1, proxies=1)
    for client, expected in (("192.0.2.1", 200), ("192.0.2.2", 200), ("192.0.2.1", 429)):
        status, _ = await post(server, event(text="richtlijn 1"), **{"X-Forwarded-For": f"203.0.113.9, {client}"})
        assert status == expected


async def test_an_error_while_answering_is_said_and_not_leaked(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server = await start()

    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("bot.conversation.Conversation.handle", fail)
    status, answer = await post(server, event(text="geheime vraag"))
    assert status == 500
    assert "Er ging iets mis" in answer["html"]
    assert "secret detail" not in answer["html"]


@pytest.mark.parametrize("path", ["/", "/?lang=en", "/protocol", "/protocol?lang=en", "/static/page.css", "/healthz"])
async def test_everything_is_served_with_strict_headers(start: Start, path: str) -> None:
    server = await start()
    async with server.client.get(path) as response:
        assert response.status == 200
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "aiohttp" not in response.headers["Server"]


async def test_an_unknown_path_is_a_page_for_people_and_json_for_programs(start: Start) -> None:
    server = await start()
    async with server.client.get("/nergens", headers={"Accept": "text/html"}) as response:
        assert response.status == 404
        assert "Deze bladzijde bestaat niet." in await response.text()
    async with server.client.get("/nergens", headers={"Accept": "application/json"}) as response:
        assert response.status == 404
        assert (await response.json())["error"]
    async with server.client.get("/api/events") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("path", "preferred", "language"),
    [
        ("/", "", "nl"),
        ("/", "en-GB,en;q=0.9", "en"),
        ("/", "de,en;q=0.5", "en"),
        ("/?lang=nl", "en", "nl"),
        ("/", "fr", "nl"),
    ],
)
async def test_the_page_speaks_the_language_of_the_browser(
    start: Start, path: str, preferred: str, language: str
) -> None:
    server = await start()
    async with server.client.get(path, headers={"Accept-Language": preferred}) as response:
        assert f'<html lang="{language}">' in await response.text()


async def test_the_document_has_a_place_for_each_section(start: Start) -> None:
    server = await start()
    async with server.client.get("/protocol") as response:
        page = await response.text()
    assert page.count("<section id=") == 22
    assert 'id="richtlijn-8"' in page


async def test_metrics_count_questions_without_their_words(start: Start) -> None:
    server = await start()
    await post(server, event(text="mag ik Sanne uit groep 6 op insta zetten"))
    async with server.client.get("/metrics") as response:
        exposition = await response.text()
    assert "protocolwijzer_questions_total{" in exposition
    assert "protocolwijzer_answer_seconds_bucket" in exposition
    assert "Sanne" not in exposition


async def test_health_and_readiness(start: Start) -> None:
    server = await start()
    async with server.client.get("/readyz") as response:
        assert (await response.json())["version"]
    async with server.client.get("/healthz") as response:
        assert await response.json() == {"status": "ok"}
