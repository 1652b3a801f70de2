"""What Teams reports, and what is shown in answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from typing import Any

import structlog
from botbuilder.core import TurnContext
from botbuilder.schema import Activity

from adapters.failures import failure
from adapters.places import PERSON
from adapters.sending import NotSentError, OutcomeUnknownError
from adapters.teams import forms, messages, to_event
from adapters.teams.connector import NotDeliveredError
from adapters.teams.desk import DeskChannel
from adapters.teams.forms import Say
from adapters.teams.known import Known
from adapters.teams.people import TeamsPeople
from adapters.teams.sender import TeamsSender
from bot.actions import Action
from bot.conversation import Conversation
from bot.events import Address, Arrived, Event, Language, Pressed, Said, Submitted
from bot.ports import StoreError
from bot.replies import Audience, Form, Reply

_PATIENCE = 1.0  # seconds until somebody sees that the bot is at work
_RATABLE = 10_000  # messages that can be rated with Teams' own thumbs
_LIKED = ("like", "heart", "laugh", "surprised")
_DISLIKED = ("sad", "angry", "dislike")
_log = structlog.get_logger()


class Turns:
    """Handles an activity, and shows what comes of it."""

    def __init__(
        self,
        conversation: Conversation,
        say: Say,
        *,
        known: Known,
        people: TeamsPeople,
        sender: TeamsSender,
        desk: DeskChannel,
    ) -> None:
        self.say = say
        self._conversation = conversation
        self._known = known
        self._people = people
        self._sender = sender
        self._desk = desk
        self._ratable: OrderedDict[str, str] = OrderedDict()

    async def take(self, turn: TurnContext) -> None:
        """Do what follows from anything but an invoke."""
        activity = turn.activity
        if not to_event.is_person(activity):
            return
        match activity.type:
            case "message":
                await self._message(turn)
            case "installationUpdate":
                await self._installation(turn)
            case "messageReaction":
                await self._reaction(activity)
            case "conversationUpdate":
                self._known.note(to_event.place(activity))

    async def _message(self, turn: TurnContext) -> None:
        activity = turn.activity
        self.note(activity)
        deed: Said | Pressed | Submitted | None
        if isinstance(activity.value, dict):
            deed, language = await self.deed(activity.value)
        else:
            deed, language = Said(to_event.readable(activity.text or "")), None
        if deed is None:
            return  # the button of another card
        event = to_event.event(activity, deed, language=language)
        if isinstance(deed, Said) and self._desk.is_asked(activity, deed.text):
            await self.show(turn, event, await self._link(activity, event, deed.text))
            return
        async with self._typing(turn):
            reply = await self._handled(event)
        await self.show(turn, event, reply)

    async def _link(self, activity: Activity, event: Event, text: str) -> Reply:
        try:
            return await self._desk.link(activity, text)
        except StoreError:
            return self._conversation.not_stored(event)

    async def _installation(self, turn: TurnContext) -> None:
        """Greet at the first installation: not when the app is brought up to date."""
        activity = turn.activity
        if activity.action and activity.action.startswith("remove"):
            self._known.forget(to_event.place(activity).conversation)
            return
        self.note(activity)
        if activity.action == "add":
            event = to_event.event(activity, Arrived())
            await self._acquaint(event)
            await self.show(turn, event, await self._handled(event))

    async def _acquaint(self, event: Event) -> None:
        """Learn who it is, so that a colleague's case reaches who has never asked anything."""
        if event.private:
            with contextlib.suppress(StoreError):
                await self._people.profile(event.person, event.address)

    async def _reaction(self, activity: Activity) -> None:
        for reaction in activity.reactions_added or ():
            if reaction is not None and reaction.type in (*_LIKED, *_DISLIKED):
                await self.rate(activity, liked=reaction.type in _LIKED)
                return

    async def rate(self, activity: Activity, *, liked: bool) -> None:
        """Count a thumb; one for a message that is no answer of ours says nothing."""
        which = self._ratable.get(f"{activity.conversation.id} {activity.reply_to_id}")
        if which:
            said = "yes" if liked else "no"
            await self._conversation.handle(to_event.event(activity, Pressed(Action.HELPED, f"{said} {which}")))

    def note(self, activity: Activity) -> None:
        """Remember where this was, so that an answer can be brought there later."""
        self._known.note(to_event.place(activity), activity.from_property.id)

    async def deed(self, data: Mapping[str, Any]) -> tuple[Pressed | Submitted | None, Language | None]:
        """Return what a card sends, and the form's language; a chosen colleague becomes their address."""
        filled = forms.filled(data)
        if filled is None:
            return to_event.press(data), None
        values = dict(filled.values)
        for name in filled.persons:
            chosen = values.get(name, "")
            if chosen and "@" not in chosen:
                # without an address it stays what it is, and the form comes back with a line to type one in
                values[name] = await self._people.email_of(chosen) or chosen
        return Submitted(filled.form, values), filled.language

    async def handle(self, event: Event) -> Reply | Form | None:
        """Return the outcome; raises `StoreError` when a case could not be stored."""
        try:
            return (await self._conversation.handle(event)).reply
        except StoreError as error:
            _log.error("case not stored", platform="teams", why=str(error))
            raise
        except Exception as error:  # noqa: BLE001 (logged without its words, and said to the person)
            _log.error("event failed", platform="teams", **failure(error))
            return self._conversation.sorry(event)

    def not_stored(self, event: Event) -> Reply:
        return self._conversation.not_stored(event)

    async def _handled(self, event: Event) -> Reply | Form | None:
        try:
            return await self.handle(event)
        except StoreError:
            return self._conversation.not_stored(event)

    async def show(self, turn: TurnContext, event: Event, reply: Reply | Form | None) -> None:
        """Post what came of an event; what is for the person alone is never posted where others read along."""
        if isinstance(reply, Form):
            card = forms.card(reply, self.say, in_dialog=False)
            if card:
                await turn.send_activity(messages.message(card))
                return
            reply = self.too_large(reply.language)
        if reply is None:
            return
        if reply.audience is Audience.PERSON and to_event.is_shared(turn.activity):
            reply = await self.in_private(event, reply)
        for activity in messages.messages(reply, shared=to_event.is_shared(turn.activity)):
            sent = await turn.send_activity(activity)
            self._remember(turn.activity.conversation.id, sent.id if sent else "", reply)

    async def in_private(self, event: Event, reply: Reply) -> Reply:
        """Bring a reply to the person's own chat; return what is said about that where others read along."""
        try:
            await self._sender.send(Address("teams", f"{PERSON}{event.person.account}"), reply, "", "")
        except (NotSentError, OutcomeUnknownError):
            return self._desk.hand_off.office.plain(reply.language, "teams-no-chat")
        return self._desk.hand_off.office.plain(reply.language, "teams-in-private")

    def too_large(self, language: Language) -> Reply:
        return self._desk.hand_off.office.plain(language, "teams-too-large")

    def _remember(self, conversation: str, message: str, reply: Reply) -> None:
        which = messages.feedback_of(reply)
        if message and which:
            self._ratable[f"{conversation} {message}"] = which
            if len(self._ratable) > _RATABLE:
                self._ratable.popitem(last=False)

    @contextlib.asynccontextmanager
    async def _typing(self, turn: TurnContext) -> AsyncIterator[None]:
        """Show that the bot is at work once that takes over a second."""

        async def show() -> None:
            with contextlib.suppress(NotDeliveredError):
                await turn.send_activity(Activity(type="typing"))

        loop, showing = asyncio.get_running_loop(), list[asyncio.Task[None]]()
        later = loop.call_later(_PATIENCE, lambda: showing.append(loop.create_task(show())))
        try:
            yield
        finally:
            later.cancel()
            for task in showing:
                task.cancel()
            await asyncio.gather(*showing, return_exceptions=True)
