"""Requests of Teams that want an answer in the response itself: buttons that edit their card, dialogs, thumbs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from botbuilder.core import TurnContext
from botbuilder.core.invoke_response import InvokeResponse
from botbuilder.schema import Activity

from adapters.teams import forms, messages, render, to_event
from adapters.teams.forms import Say
from adapters.teams.render import Element
from adapters.teams.turns import Turns
from bot.actions import Action
from bot.drafts.presenting import CHECK_FORM, DRAFT_FIELD
from bot.events import Event, Language, Pressed, Submitted
from bot.ports import StoreError
from bot.replies import Audience, Buttons, Form, Paragraph, Reply

CHECK_MESSAGE, CHECK_DRAFT = "checkMessage", "checkDraft"  # the commands of the manifest
_MESSAGE = "application/vnd.microsoft.activity.message"
_ERROR = "application/vnd.microsoft.error"
_TITLE = "Protocolwijzer"
Body = dict[str, Any]


class Invokes:
    """A table of names; one that is not in it gets 501."""

    def __init__(self, turns: Turns, say: Say) -> None:
        self._turns = turns
        self._say = say
        self._known: Mapping[str, Callable[[TurnContext], Awaitable[InvokeResponse]]] = {
            "adaptiveCard/action": self._card_action,
            "task/fetch": self._task,
            "task/submit": self._task,
            "composeExtension/fetchTask": self._command,
            "composeExtension/submitAction": self._task,
            "message/submitAction": self._rated,
        }

    async def answer(self, turn: TurnContext) -> InvokeResponse:
        """Return the response to an invoke; its body is an object, turned into JSON once."""
        handler = self._known.get(turn.activity.name or "")
        if handler is None or not to_event.is_person(turn.activity):
            return InvokeResponse(status=501, body={"error": "This is not offered."})
        if not isinstance(turn.activity.value, dict):
            return _refused("The request has no value.", turn.activity.name)
        if not to_event.is_extension(turn.activity):  # it is used in chats that the app is not in
            self._turns.note(turn.activity)
        return await handler(turn)

    def late(self, activity: Activity) -> InvokeResponse:
        """Return the response when the time is over: what was typed stays, and sending it again has one effect."""
        event = to_event.event(activity, Pressed(""))
        if activity.name == "adaptiveCard/action":
            return _error(503, "NotStored", render.plain(self._turns.not_stored(event)))
        return InvokeResponse(status=503, body={"error": "The case could not be stored in time."})

    # Buttons in a message

    async def _card_action(self, turn: TurnContext) -> InvokeResponse:
        action = to_event.object_in(turn.activity.value, "action")
        deed, language = await self._turns.deed(to_event.object_in(action, "data"))
        if deed is None:
            return _refused("This is no button of this app.", turn.activity.name)
        event = to_event.event(turn.activity, deed, language=language)
        try:
            reply = await self._turns.handle(event)
        except StoreError:  # the card stays as it is, with what was typed in it
            return _error(503, "NotStored", render.plain(self._turns.not_stored(event)))
        if isinstance(deed, Submitted):
            return await self._form_sent(turn, event, reply)
        return await self._pressed(turn, event, reply)

    async def _form_sent(self, turn: TurnContext, event: Event, reply: Reply | Form | None) -> InvokeResponse:
        """Put in the form's place what came of it: the form again, or a word that it was sent."""
        language = event.person.language or "nl"
        if isinstance(reply, Form):
            card = forms.card(reply, self._say, in_dialog=False)
            return _ok(messages.CARD, card or render.cards(self._turns.too_large(reply.language))[0])
        if reply is None:
            reply = _said(self._say(language, "teams-sent"), language)
        first, *more = render.cards(reply, "shared" if to_event.is_shared(turn.activity) else "chat")
        for card in more:
            await turn.send_activity(messages.message(card))
        return _ok(messages.CARD, first)

    async def _pressed(self, turn: TurnContext, event: Event, reply: Reply | Form | None) -> InvokeResponse:
        language = to_language(event)
        if reply is None:
            return _ok(_MESSAGE, self._say(language, "teams-done"))
        shared = to_event.is_shared(turn.activity)
        if isinstance(reply, Form) and shared:
            return _ok(_MESSAGE, self._say(language, "teams-form-elsewhere"))
        if isinstance(reply, Reply) and reply.audience is Audience.PERSON and shared:
            # the message is shown to who pressed alone; what has buttons needs a place for them
            has_buttons = any(isinstance(part, Buttons) for part in reply.parts)
            said = await self._turns.in_private(event, reply) if has_buttons else reply
            return _ok(_MESSAGE, render.plain(said))
        await self._turns.show(turn, event, reply)
        return _ok(_MESSAGE, self._say(language, "teams-below"))

    # Dialogs: nobody else sees them

    async def _command(self, turn: TurnContext) -> InvokeResponse:
        """Open the dialog of a command: a message that is checked, or a form to paste one into."""
        value = turn.activity.value
        if value.get("commandId") == CHECK_MESSAGE or "messagePayload" in value:
            body = to_event.object_in(to_event.object_in(value, "messagePayload"), "body")
            content = body.get("content")
            text = content if isinstance(content, str) else ""
            words = to_event.text_of(text) if body.get("contentType") == "html" else text
            return await self._in_dialog(turn, Submitted(CHECK_FORM, {DRAFT_FIELD: words}), None)
        if value.get("commandId") == CHECK_DRAFT:
            return await self._in_dialog(turn, Pressed(Action.CHECK_FORM), None)
        return _refused("This app has no such command.", turn.activity.name)

    async def _task(self, turn: TurnContext) -> InvokeResponse:
        """Take a press on a button that opens a dialog, or on one inside of it, or a form that is sent from it."""
        deed, language = await self._turns.deed(to_event.object_in(turn.activity.value, "data"))
        if deed is None:
            return _refused("This is no button of this app.", turn.activity.name)
        return await self._in_dialog(turn, deed, language)

    async def _in_dialog(
        self, turn: TurnContext, deed: Pressed | Submitted, language: Language | None
    ) -> InvokeResponse:
        # who opens a dialog from a card in a group goes on with what was asked in the group
        alone = turn.activity.name != "task/fetch"
        event = replace(to_event.event(turn.activity, deed, in_dialog=alone, language=language), forms=True)
        try:
            reply = await self._turns.handle(event)
        except StoreError:  # Teams then keeps the dialog open, with what was typed in it
            return InvokeResponse(status=503, body={"error": "The case could not be stored."})
        spoken = language or to_language(event)
        if reply is None:
            done = "teams-sent" if isinstance(deed, Submitted) else "teams-done"
            return InvokeResponse(status=200, body={"task": {"type": "message", "value": self._say(spoken, done)}})
        if isinstance(reply, Form):
            card = forms.card(reply, self._say, in_dialog=True)
            if card:
                return _dialog(reply.title, card)
            reply = self._turns.too_large(reply.language)
        return _dialog(_TITLE, self._whole(reply))

    def _whole(self, reply: Reply) -> Element:
        """Return the one card that a dialog can hold, and say so when it is not all."""
        first, *more = render.cards(reply, "dialog")
        if more:
            look = render.Look(reply.language, "dialog")
            said = _said(self._say(reply.language, "teams-not-all"), reply.language)
            first["body"] = [*first["body"], *render.elements(said.parts, look)]
        return first

    # Thumbs

    async def _rated(self, turn: TurnContext) -> InvokeResponse:
        reaction = to_event.object_in(turn.activity.value, "actionValue").get("reaction")
        if turn.activity.value.get("actionName") == "feedback" and reaction in ("like", "dislike"):
            await self._turns.rate(turn.activity, liked=reaction == "like")
        return InvokeResponse(status=200, body={})


def to_language(event: Event) -> Language:
    pressed = event.deed.language if isinstance(event.deed, Pressed) else None
    return pressed or event.person.language or "nl"


def _said(sentence: str, language: Language) -> Reply:
    return Reply((Paragraph(sentence),), language)


def _ok(kind: str, value: Element | str) -> InvokeResponse:
    return InvokeResponse(status=200, body={"statusCode": 200, "type": kind, "value": value})


def _dialog(title: str, card: Element) -> InvokeResponse:
    shown = {"contentType": messages.CARD, "content": card}
    value = {"title": title, "width": "medium", "height": "large", "card": shown}
    return InvokeResponse(status=200, body={"task": {"type": "continue", "value": value}})


def _error(status: int, code: str, message: str) -> InvokeResponse:
    """Return an error of a universal action: the request itself went well."""
    return InvokeResponse(
        status=200, body={"statusCode": status, "type": _ERROR, "value": {"code": code, "message": message}}
    )


def _refused(why: str, name: str) -> InvokeResponse:
    if name == "adaptiveCard/action":
        return _error(400, "BadRequest", why)
    return InvokeResponse(status=400, body={"error": why})
