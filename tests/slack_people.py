"""Slack, as people use it to talk to a server in another process: signed requests, and only buttons that are shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bot.actions import Action
from bot.handoff.hand_off import opens_form
from tests.conftest import Server
from tests.fakes.slack import FakeSlack, signed
from tests.fakes.slack_methods import user
from tests.fakes.slack_payloads import event, send
from tests.fakes.slack_rules import buttons
from tests.fakes.slack_user import Http, User, shown
from tests.web_people import Shown, unmarked

CHANNEL = "G1"  # the private one of communications


class SlackPeople:
    """People by their e-mail address; `desk` is the one who works at communications."""

    def __init__(self, slack: FakeSlack, names: Mapping[str, str], desk: str) -> None:
        self._slack = slack
        self._desk = desk
        self._accounts = {email: f"U0XQZ{number}KWRT" for number, email in enumerate(names)}
        for email, account in self._accounts.items():
            about = {"email": email, "real_name": names[email]}
            slack.methods.users[account] = user(names[email], profile=about)
        slack.methods.channels[CHANNEL].members.append(self._accounts[desk])
        self._server: Server

    @property
    def settings(self) -> dict[str, str]:
        return self._slack.settings

    async def come_in(self, session: aiohttp.ClientSession) -> None:
        self._server = Server("", session)
        linked = await User(self._slack, Http(self._server), "UADMIN").commands("koppel", CHANNEL)
        assert "Nieuwe zaken komen voortaan hier." in linked["text"]

    def ids(self, who: str) -> list[str]:
        return [who, self._accounts[who]]

    async def say(self, who: str, text: str) -> Shown:
        said = self._user(who)
        before = len(self._answers(said))
        assert await said.says(text) == 200
        return await self._answer(said, before)

    async def press(self, who: str, action: str, value: str = "") -> Shown:
        presser = self._user(who)
        await self._slack.happens(lambda: self._offered(presser, action, value) != [])
        message, button = self._offered(presser, action, value)[-1]
        answers, views = len(self._answers(presser)), self._slack.methods.views
        opened = len(views)
        assert await presser.presses(button, message) == 200
        if opens_form(action, value):
            await self._slack.happens(lambda: len(views) > opened)
            return Shown(form=views[-1]["id"])
        if action == Action.CASE:  # stored before Slack was answered; the cards follow
            return Shown()
        return await self._answer(presser, answers)

    async def fill(self, who: str, form: Shown, **values: str) -> Shown:
        view = next(one for one in self._slack.methods.views if one["id"] == form.form)
        filled = {name: self._accounts.get(value, value) for name, value in values.items()}
        answer = await self._user(who).submits(view, **filled)
        if answer["response_action"] == "update":
            answer = await self._user(who).submits({**view, **answer["view"], "hash": "another"})
        assert answer == {"response_action": "clear"}
        return Shown()

    async def err(self, words: str) -> None:
        body = json.dumps(event(text=words)).encode()
        kind = {"Content-Type": "application/json"}
        assert (await send(self._server, body, {**kind, **signed(body, secret="another")}))[0] == 401
        assert (await send(self._server, body[:-1], {**kind, **signed(body[:-1])}))[0] == 400
        assert (await send(self._server, body, {**kind, **signed(body, at=0)}))[0] == 401

    def _user(self, who: str) -> User:
        return User(self._slack, Http(self._server), self._accounts[who])

    async def _answer(self, user: User, before: int) -> Shown:
        await self._slack.happens(lambda: len(self._answers(user)) > before)
        return Shown(shown(self._answers(user)[before]["blocks"]))

    def _answers(self, user: User) -> list[dict[str, Any]]:
        """Return what was answered at once in somebody's direct message: what is brought later bears metadata."""
        return [one for one in self._slack.methods.shown(user.direct) if not one.get("metadata")]

    def _offered(self, user: User, action: str, value: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return the buttons for this that somebody sees now, the newest last, each with its message."""
        at_desk = user.account == self._accounts[self._desk]
        places = [CHANNEL, user.direct] if at_desk else [user.direct]
        found = []
        for message in (one for place in places for one in self._slack.methods.shown(place)):
            for button in buttons(message["blocks"]):
                does, what, _ = json.loads(button["value"])
                if (does, unmarked(what)) == (action, value):
                    found.append((message, button))
        return found


@asynccontextmanager
async def slack(names: Mapping[str, str], desk: str) -> AsyncIterator[SlackPeople]:
    async with FakeSlack() as fake:
        yield SlackPeople(fake, names, desk)
