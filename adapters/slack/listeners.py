"""What each kind of request leads to. What changes a case is stored before it is acknowledged, within two seconds.

A plain question takes milliseconds and waits for nothing, so it is acknowledged at once; its answer follows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.failures import failure
from adapters.slack import forms, render, to_event
from adapters.slack.answers import Answers
from adapters.slack.desk import LINK, Linking
from adapters.slack.forms import Words
from adapters.slack.home import Home
from adapters.slack.in_time import InTime
from adapters.slack.kept import Kept, LostError
from adapters.slack.languages import Languages
from adapters.slack.people import SlackPeople
from adapters.slack.place import Occasion, Place
from adapters.slack.presses import Presses
from adapters.slack.rooms import Rooms
from adapters.slack.showing import Showing
from bot.actions import Action
from bot.events import Arrived, Event, Language, Pressed
from bot.ports import StoreError
from bot.replies import Audience, Form, Heading, Paragraph, Reply

CHECK_MESSAGE, CHECK_DRAFT = "check_message", "check_draft"  # the shortcuts' ids, as in the manifest
_LAST_TRY = 3  # Slack's: nothing comes after it
_log = structlog.get_logger()


class Listeners:
    """Bolt's listeners; each returns what Slack is answered."""

    def __init__(
        self,
        answers: Answers,
        *,
        people: SlackPeople,
        languages: Languages,
        in_time: InTime,
        rooms: Rooms,
        showing: Showing,
        home: Home,
        linking: Linking,
        words: Words,
        kept: Kept,
    ) -> None:
        self._answers = answers
        self._people = people
        self._languages = languages
        self._in_time = in_time
        self._rooms = rooms
        self._showing = showing
        self._home = home
        self._linking = linking
        self._words = words
        self._kept = kept
        self._presses = Presses()
        self._under_way: set[asyncio.Task[None]] = set()

    async def settle(self) -> None:
        """Wait until everything that was acknowledged is shown: nobody sends it again."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._in_time.settle()
        await self._languages.settle()

    # Events

    async def said(self, ack: AsyncAck, body: dict[str, Any], request: AsyncBoltRequest) -> BoltResponse:
        occasion = to_event.message(body)
        if occasion is None:
            return await ack()
        if not occasion.place.in_public:
            self._rooms.saw(occasion.place.user, occasion.place.channel)
        try:
            shown = await self._answers.to(occasion.event)
        except StoreError:
            if _tries(request) < _LAST_TRY:
                return BoltResponse(status=503, body="Try again.")
            shown = self._answers.not_stored(occasion.event)
        self._later(self._showing.show(occasion.place, shown))
        return await ack()

    async def opened(self, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        """Show App Home, or what to ask in the conversation."""
        event = body["event"]
        if event.get("tab") == "home":
            self._later(self._home.publish(event["user"]))
        elif event.get("tab") == "messages":
            self._rooms.saw(event["user"], event["channel"])
            self._later(self._home.suggest(event["user"], event["channel"]))
        return await ack()

    async def ignored(self, ack: AsyncAck) -> BoltResponse:
        """Acknowledge what means nothing here; Slack would send it again, and in the end send no more."""
        return await ack()

    # Buttons

    async def pressed(self, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        occasion = to_event.press(body)
        if occasion is None or self._presses.is_double(body):
            return await ack()
        event, place = occasion.event, occasion.place
        assert isinstance(event.deed, Pressed)
        action, value, language = event.deed.action, event.deed.value, event.deed.language
        if action == to_event.SHARE:
            self._later(self._share(body, value, language))
        elif action == to_event.MORE:
            self._later(self._showing.more(place, value, language or "nl"))
        elif action == self._home.LANGUAGE:
            self._later(self._home.publish(place.user, to_event.spoken(value)))
        else:
            self._later(await self._step(body, occasion))
        return await ack()

    async def _step(self, body: Mapping[str, Any], occasion: Occasion) -> Coroutine[Any, Any, None]:
        """Do what was pressed; return what then shows it."""
        event, place = occasion.event, occasion.place
        try:
            shown = await self._answers.to(event)
        except StoreError:
            self._presses.forget(body)  # pressed again, it is tried again
            shown = self._answers.not_stored(event)
        return self._done(event, place) if shown is None else self._showing.show(place, shown)

    async def _done(self, event: Event, place: Place) -> None:
        """Show that a step was taken that says nothing itself: the case as it is now, or a word.

        What is pressed in a channel is the card of a case, which is edited there.
        """
        assert isinstance(event.deed, Pressed)
        language = event.deed.language or "nl"
        if place.in_public or (place.view and await self._case_renewed(event, place, language)):
            return
        done = Heading(self._words(language, "slack-done"))
        await self._showing.show(place, Reply((done,), language, Audience.PERSON))

    async def _case_renewed(self, event: Event, place: Place, language: Language) -> bool:
        """Show a case anew in the modal in which a step of it was taken; say whether it is shown."""
        assert isinstance(event.deed, Pressed)
        number = event.deed.value.partition(" ")[2]
        if event.deed.action != Action.CASE or not number:
            return False
        look = Pressed(Action.CASE, f"show {number}", language)
        try:
            case = await self._answers.to(replace(event, id=f"{event.id} shown", deed=look))
        except StoreError:  # of looking alone: the step was taken
            return False
        return isinstance(case, Reply) and await self._showing.renew(place, case)

    async def _share(self, body: Mapping[str, Any], question: str, language: Language | None) -> None:
        place, event = to_event.pressed_at(body), to_event.shared(body, question, language)
        try:
            shown = await self._answers.to(event)
        except StoreError:
            shown = replace(self._answers.not_stored(event), audience=Audience.PERSON)
        if not isinstance(shown, Reply) or shown.audience is not Audience.CONVERSATION:
            await self._showing.show(place, shown)
            return
        asked = Paragraph(self._words(shown.language, "slack-asked", question=question))
        await self._showing.share(place, Reply((asked, *shown.parts), shown.language))

    # Slash command and shortcuts

    async def commanded(self, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        occasion = to_event.command(body)
        event, place = occasion.event, occasion.place
        typed = str(body.get("text", "")).strip()
        try:
            if typed.lower() in LINK:
                linking = partial(self._linking.link, place)
                shown: Reply | Form | None = await self._in_time.do(event.key, linking)
            else:
                shown = await self._answers.to(event if typed else replace(event, deed=Arrived()))
        except StoreError:
            shown = self._answers.not_stored(event)
        if not isinstance(shown, Reply):
            self._later(self._showing.show(place, shown))
            return await ack()
        can_share = typed and shown.audience is Audience.CONVERSATION and render.can_share(typed, shown.language)
        label = self._words(shown.language, "share")
        extra = [render.share_button(label, typed, shown.language)] if can_share else []
        message = self._showing.command(shown, extra)
        return await ack(message) if message else await ack()

    async def chosen(self, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        """Take a shortcut: check somebody's message, or open the form for a draft."""
        language = await self._languages.of(body["user"]["id"]) or "nl"
        if body.get("callback_id") == CHECK_MESSAGE:
            occasion = to_event.draft_in(body, language)
        elif body.get("callback_id") == CHECK_DRAFT:
            occasion = to_event.check(body, language)
        else:
            return await ack()
        self._later(self._follow(occasion))
        return await ack()

    async def _follow(self, occasion: Occasion) -> None:
        await self._showing.show(occasion.place, await self._answers.anyhow(occasion.event))

    # Forms

    async def submitted(self, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        view = body["view"]
        if view.get("callback_id") != "form":
            return await ack()
        language = to_event.spoken(to_event.metadata(view).get("language")) or "nl"
        try:
            sent = partial(self._sent, body, view, language)
            return await ack(await self._in_time.do(view["id"], sent))
        except LostError:
            return await ack(forms.problem(view, self._words(language, "slack-form-old")))
        except StoreError:
            return await ack(forms.problem(view, self._words(language, "not-stored")))

    async def _sent(self, body: Mapping[str, Any], view: Mapping[str, Any], language: Language) -> dict[str, Any]:
        """Return what the form shows next; nothing of it stays when it went well."""
        values = forms.values_in(view, self._kept)
        accounts: dict[str, str] = {}
        for name, block_id in forms.people_in(view).items():
            account = values[name]
            email = await self._people.email(account) if account else ""
            if account and not email:
                return forms.problem(view, self._words(language, "no-colleague"), block_id)
            values[name] = email
            accounts[email] = account
        occasion = to_event.submitted(body, values)
        shown = await self._answers.to(occasion.event)
        if isinstance(shown, Form):
            return {"response_action": "update", "view": await self._showing.form(shown, occasion.place, accounts)}
        if shown is None:
            return {"response_action": "clear"}
        made, whole = self._showing.modal(occasion.place, shown)
        if not whole:
            self._later(self._showing.privately(occasion.place.user, occasion.place.thread, shown))
        return {"response_action": "update", "view": made}

    # Later

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(_logged(work))
        self._under_way.add(task)  # the loop itself holds it only weakly
        task.add_done_callback(self._under_way.discard)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 (the last door of what runs by itself)
        _log.error("reply not delivered", platform="slack", **failure(error))


def _tries(request: AsyncBoltRequest) -> int:
    """Return how often Slack has sent this before."""
    number = (request.headers.get("x-slack-retry-num") or ["0"])[0]
    return int(number) if number.isdecimal() else 0
