"""Teams, as people use it to talk to a server in another process: Microsoft's tokens, and only buttons that are shown.

Communications works in its channel, where forms are dialogs; everybody else in the chat with the bot.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.conftest import Server
from tests.fakes.teams import CHANNEL, Colleague, FakeTeams, Sent
from tests.fakes.teams_payloads import by, found, send, shown
from tests.fakes.teams_payloads import say as write
from tests.test_teams_cases import card_of, click, dialog, fresh, in_channel
from tests.web_people import Shown, unmarked

_INPUTS = ("Input.Text", "Input.ChoiceSet", "Input.Toggle")


@dataclass
class Card(Shown):
    """A form: its card, and whether it is a dialog."""

    card: Mapping[str, Any] = field(default_factory=dict)
    in_dialog: bool = False


class TeamsPeople:
    """People by their e-mail address; `desk` is the one who works at communications."""

    def __init__(self, teams: FakeTeams, names: Mapping[str, str], desk: str) -> None:
        self._teams = teams
        self._desk = desk
        self._colleagues = {
            email: Colleague(f"29:xqz{number}kwrt", names[email], email, f"0b5e{number}-xqzdirectory")
            for number, email in enumerate(names)
        }
        teams.people += self._colleagues.values()
        teams.in_channel[CHANNEL].add(self._colleagues[desk].account)
        self._server: Server

    @property
    def settings(self) -> dict[str, str]:
        return {**self._teams.settings, "teams_desk_channel": CHANNEL}

    async def come_in(self, session: aiohttp.ClientSession) -> None:
        """Have the app installed for everybody."""
        self._server = Server("", session)
        for colleague in self._colleagues.values():
            added = by(colleague, type="installationUpdate", action="add", id=fresh())
            assert await write(self._server, self._teams, "", **added) == 200

    def ids(self, who: str) -> list[str]:
        return [who, self._colleagues[who].account, self._colleagues[who].user]

    async def say(self, who: str, text: str) -> Shown:
        colleague, before = self._colleagues[who], len(self._teams.sent)
        assert await write(self._server, self._teams, text, **by(colleague, id=fresh())) == 200
        return self._answer(colleague, before)

    async def press(self, who: str, action: str, value: str = "") -> Shown:
        await self._teams.happens(lambda: self._offered(who, action, value) != [])
        place, data = self._offered(who, action, value)[-1]
        colleague, before = self._colleagues[who], len(self._teams.sent)
        where = in_channel(colleague) if place == CHANNEL else by(colleague)
        if "msteams" in data:
            return _form(await dialog(self._server, self._teams, "task/fetch", data, where))
        body = await click(self._server, self._teams, data, where)
        assert body["statusCode"] == 200, body
        return self._answer(colleague, before)

    async def fill(self, who: str, form: Shown, **values: str) -> Shown:
        """Send a form as it was shown, with these values changed; what comes back to be looked at is sent once more."""
        given = {
            f"field-{name}": self._colleagues[value].user if value in self._colleagues else value
            for name, value in values.items()
        }
        again = await self._sent(who, form, given)
        if isinstance(again, Card):
            again = await self._sent(who, again, {})
        assert not isinstance(again, Card)
        return again

    async def err(self, words: str) -> None:
        activity = json.dumps(self._teams.activity(words)).encode()
        right = f"Bearer {self._teams.token()}"
        assert (await send(self._server, activity, f"Bearer {self._teams.token('wrong audience')}"))[0] == 401
        assert (await send(self._server, activity[:-1], right))[0] == 400
        elsewhere = self._teams.activity(words, channelData={"tenant": {"id": "another"}})
        assert (await send(self._server, json.dumps(elsewhere).encode(), right))[0] == 403

    async def _sent(self, who: str, form: Shown, given: Mapping[str, str]) -> Shown:
        assert isinstance(form, Card), form.text
        [data] = [one for one in _pressable(form.card) if "form" in one][:1]
        inputs = {one["id"]: one["value"] for kind in _INPUTS for one in found(form.card, kind) if "value" in one}
        assert set(given) <= set(inputs), inputs
        whole, colleague = {**data, **inputs, **given}, self._colleagues[who]
        if form.in_dialog:
            return _form(await dialog(self._server, self._teams, "task/submit", whole, in_channel(colleague)))
        body = await click(self._server, self._teams, whole, by(colleague))
        assert body["statusCode"] == 200, body
        return _as_shown(body["value"], in_dialog=False)

    def _answer(self, colleague: Colleague, before: int) -> Shown:
        """Return what was posted in somebody's chat since: it is there before Teams is answered."""
        cards = [one.card for one in self._teams.sent[before:] if one.conversation == colleague.chat and _has_card(one)]
        forms = [one for one in (_as_shown(card, in_dialog=False) for card in cards) if isinstance(one, Card)]
        return forms[-1] if forms else Shown("\n".join(shown(card) for card in cards))

    def _offered(self, who: str, action: str, value: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the buttons for this that somebody sees now, the newest last, each with its place."""
        places = (CHANNEL, self._colleagues[who].chat) if who == self._desk else (self._colleagues[who].chat,)
        posted = {f"sent-{number}": one for number, one in enumerate(self._teams.sent, 1)}
        posted |= {one.answers: one for one in self._teams.edited}
        return [
            (place, data)
            for place in places
            for one in posted.values()
            if one.conversation == place and _has_card(one)
            for data in _pressable(one.card)
            if (data.get("action"), unmarked(data.get("value", ""))) == (action, value)
        ]


def _has_card(sent: Sent) -> bool:
    return bool(sent.activity.get("attachments"))


def _pressable(card: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one["data"] for kind in ("Action.Execute", "Action.Submit") for one in found(card, kind)]


def _as_shown(card: Mapping[str, Any], *, in_dialog: bool) -> Shown:
    is_form = any("form" in data for data in _pressable(card))
    return Card(shown(card), card=card, in_dialog=in_dialog) if is_form else Shown(shown(card))


def _form(task: Mapping[str, Any]) -> Shown:
    return _as_shown(card_of(task), in_dialog=True) if task["type"] == "continue" else Shown(task["value"])


@asynccontextmanager
async def teams(names: Mapping[str, str], desk: str) -> AsyncIterator[TeamsPeople]:
    async with FakeTeams() as fake:
        yield TeamsPeople(fake, names, desk)
