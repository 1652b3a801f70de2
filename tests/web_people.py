"""The web page of a running server, as three people use it at once: the platform of a scenario over all platforms."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import count

import aiohttp

from adapters.web.identity import COOKIE


@dataclass
class Shown:
    """What somebody sees in answer: its text, and a form when it asks for something."""

    text: str = ""
    form: str = ""
    fields: dict[str, str] = field(default_factory=dict)


def unmarked(value: str) -> str:
    """Return a button's value without the mark of the text that it stands under."""
    return value.partition(" #")[0]


class _Reader(HTMLParser):
    """Reads a reply as the page's script does: the text, and the fields of its form as they are filled in."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown = Shown()
        self._area = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.shown.form = given["data-form"]
        elif tag == "textarea":
            self._area = given["name"]
            self.shown.fields[self._area] = ""
        elif tag == "input" and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.shown.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.shown.fields[self._area] = self.shown.fields[self._area].removeprefix("\n")
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.shown.fields[self._area] += data
        else:
            self.shown.text += data


class WebPeople:
    """What a scenario needs of a platform: somebody says, presses and fills in, and sees what comes of it.

    `who` is the e-mail address of one of the demonstration's people.
    """

    settings: Mapping[str, str] = {"demonstration": "true"}

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession
        self._numbers = count()

    async def come_in(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    def ids(self, who: str) -> list[str]:
        return [who]

    async def say(self, who: str, text: str) -> Shown:
        return await self._post(who, {"text": text})

    async def press(self, who: str, action: str, value: str = "") -> Shown:
        return await self._post(who, {"action": action, "value": value})

    async def fill(self, who: str, form: Shown, **values: str) -> Shown:
        """Send a form as it was shown, with these values changed; what comes back to be looked at is sent once more."""
        assert form.form, form.text
        answer = await self._post(who, {"form": form.form, "values": form.fields | values})
        return await self._post(who, {"form": answer.form, "values": answer.fields}) if answer.form else answer

    async def err(self, words: str) -> None:
        """Send what cannot be read, and go where nothing is."""
        quoted = json.dumps(words)
        for body in (f'{{"text": {quoted}', f'{{"id": "1", "session": "s", "text": 7, "x": {quoted}}}'):
            async with self._session.post("/api/events", data=body.encode()) as response:
                assert response.status == 400
        async with self._session.get(f"/{words}", params={"q": words}) as response:
            assert response.status == 404

    async def _post(self, who: str, deed: Mapping[str, object]) -> Shown:
        event = {"id": str(next(self._numbers)), "session": f"s-{next(self._numbers)}", "language": "nl", **deed}
        async with self._session.post("/api/events", json=event, headers={"Cookie": f"{COOKIE}={who}"}) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return _Reader(answer["html"]).shown


@asynccontextmanager
async def web(names: Mapping[str, str], desk: str) -> AsyncIterator[WebPeople]:
    yield WebPeople()  # the names and who is at the desk stand in the knowledge
