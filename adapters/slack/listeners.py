"""What each kind of request leads to. What changes a case is stored before it is acknowledged, within two seconds.

A plain question takes milliseconds and waits for nothing, so it is acknowledged at once; its answer follows.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.failures import failure
from adapters.slack import forms, render, to_event
from adapters.slack.desk import LINK, Linking
from adapters.slack.forms import FormLostError, Kept, Words
from adapters.slack.home import Home
from adapters.slack.in_time import InTime
from adapters.slack.people import SlackPeople
from adapters.slack.place import Occasion
from adapters.slack.rooms import Rooms
from adapters.slack.showing import Showing
from bot.conversation import Conversation
from bot.events import Arrived, Event, Language, Person, Pressed
from bot.ports import StoreError
from bot.replies import Audience, Form, Paragraph, Reply

CHECK_MESSAGE, CHECK_DRAFT = "check_message", "check_draft"  # the shortcuts' ids, as in the manifest
_LANGUAGE_WAIT = 0.8  # seconds: a trigger opens a form for three
_LAST_TRY = 3  # Slack's: nothing comes after it
_MOST_PRESSES = 1_000
_log = structlog.get_logger()


class Listeners:
    """Bolt's listeners; each returns what Slack is answered."""

    def __init__(
        self,
        conversation: Conversation,
        *,
        people: SlackPeople,
        rooms: Rooms,
        showing: Showing,
        home: Home,
        linking: Linking,
        words: Words,
        kept: Kept,
    ) -> None:
        self._conversation = conversation
        self._people = people
        self._rooms = rooms
        self._showing = showing
        self._home = home
        self._linking = linking
        self._words = words
        self._kept = kept
        self._presses: OrderedDict[str, float | None] = OrderedDict()
        self._in_time = InTime()
        self._under_way: set[asyncio.Task[None]] = set()

    async def settle(self) -> None:
        """Wait until everything that was acknowledged is shown: nobody sends it again."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._in_time.settle()

    # Events

    async def said(self, ack: AsyncAck, body: dict[str, Any], request: AsyncBoltRequest) -> BoltResponse:
        occasion = to_event.message(body)
        if occasion is None:
            return await ack()
        if not occasion.place.in_public:
            self._rooms.saw(occasion.place.user, occasion.place.channel)
        try:
            shown = await self._handled(occasion.event)
        except StoreError:
            if _tries(request) < _LAST_TRY:
                return BoltResponse(status=503, body="Try again.")
            shown = self._conversation.not_stored(occasion.event)
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
        if occasion is None or self._is_double(body):
            return await ack()
        assert isinstance(occasion.event.deed, Pressed)
        action, value, language = occasion.event.deed.action, occasion.event.deed.value, occasion.event.deed.language
        if action == to_event.SHARE:
            self._later(self._share(body, value, language))
        elif action == self._home.LANGUAGE:
            self._later(self._home.publish(occasion.place.user, to_event.spoken(value)))
        else:
            try:
                shown = await self._handled(occasion.event)
            except StoreError:
                self._presses.pop(to_event.button_of(body), None)  # pressed again, it is tried again
                shown = self._conversation.not_stored(_in_language(occasion.event, language))
            self._later(self._showing.show(occasion.place, shown))
        return await ack()

    def _is_double(self, body: Mapping[str, Any]) -> bool:
        button = to_event.button_of(body)
        double = to_event.is_double(body, self._presses.get(button))
        self._presses[button] = to_event.pressed_when(body)
        if len(self._presses) > _MOST_PRESSES:
            self._presses.popitem(last=False)
        return double

    async def _share(self, body: Mapping[str, Any], question: str, language: Language | None) -> None:
        event = to_event.shared(body, question, language)
        shown = await self._handled(event)
        if isinstance(shown, Reply) and shown.audience is Audience.CONVERSATION:
            asked = Paragraph(self._words(shown.language, "slack-asked", question=question))
            whole = Reply((asked, *shown.parts), shown.language)
            messages = [{**one, "response_type": "in_channel"} for one in self._showing.ephemeral(whole)]
            await self._showing.respond(body["response_url"], messages)

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
                shown = await self._handled(event if typed else _arriving(event))
        except StoreError:
            shown = self._conversation.not_stored(event)
        if not isinstance(shown, Reply):
            self._later(self._showing.show(place, shown))
            return await ack()
        can_share = typed and shown.audience is Audience.CONVERSATION and render.can_share(typed, shown.language)
        label = self._words(shown.language, "share")
        extra = [render.share_button(label, typed, shown.language)] if can_share else []
        messages = self._showing.ephemeral(shown, extra)
        if messages[1:]:
            self._later(self._showing.respond(place.response_url, messages[1:]))
        return await ack(messages[0]) if messages else await ack()

    async def chosen(self, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        """Take a shortcut: check somebody's message, or open the form for a draft."""
        language = await self._language(body["user"]["id"])
        if body.get("callback_id") == CHECK_MESSAGE:
            occasion = to_event.draft_in(body, language)
        elif body.get("callback_id") == CHECK_DRAFT:
            occasion = to_event.check(body, language)
        else:
            return await ack()
        self._later(self._follow(occasion))
        return await ack()

    async def _follow(self, occasion: Occasion) -> None:
        await self._showing.show(occasion.place, await self._handled(occasion.event))

    async def _language(self, user: str) -> Language:
        try:
            async with asyncio.timeout(_LANGUAGE_WAIT):
                return await self._people.language(user) or "nl"
        except TimeoutError:
            return "nl"

    # Forms

    async def submitted(self, ack: AsyncAck, body: dict[str, Any]) -> BoltResponse:
        view = body["view"]
        if view.get("callback_id") != "form":
            return await ack()
        language = to_event.spoken(to_event.metadata(view).get("language")) or "nl"
        try:
            sent = partial(self._sent, body, view, language)
            return await ack(await self._in_time.do(view["id"], sent))
        except FormLostError:
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
        shown = await self._handled(occasion.event)
        if isinstance(shown, Form):
            return {"response_action": "update", "view": await self._showing.form(shown, occasion.place, accounts)}
        if shown is None:
            return {"response_action": "clear"}
        made, whole = self._showing.modal(occasion.place, shown)
        if not whole:
            self._later(self._showing.privately(occasion.place.user, occasion.place.thread, shown))
        return {"response_action": "update", "view": made}

    # What they share

    async def _handled(self, event: Event) -> Reply | Form | None:
        """Return what follows; raises `StoreError` when it could not be stored in time."""
        try:
            return (await self._in_time.do(event.key, partial(self._conversation.handle, event))).reply
        except StoreError as error:
            _log.error("case not stored", platform="slack", why=str(error))
            raise
        except Exception as error:  # noqa: BLE001 (logged, and said to the person)
            _log.error("event failed", platform="slack", **failure(error))
            return self._conversation.sorry(event)

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


def _arriving(event: Event) -> Event:
    return Event(event.id, event.person, event.address, Arrived(), forms=True, reachable=True)


def _in_language(event: Event, language: Language | None) -> Event:
    person = Person(event.person.account, language)
    return Event(event.id, person, event.address, event.deed, event.private)
