"""Puts a reply or a form where it belongs: in the conversation, for one pair of eyes, or in a modal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import forms, render
from adapters.slack.forms import Words
from adapters.slack.instalments import Instalments
from adapters.slack.kept import Kept, LostError
from adapters.slack.people import CALL_ERRORS, SlackPeople
from adapters.slack.place import Place
from adapters.slack.render import Message
from adapters.slack.rooms import Rooms
from adapters.slack.trouble import NO_ENTRY, code, words
from bot.events import Language
from bot.replies import Audience, Form, Heading, Paragraph, Reply

_PEOPLE_WAIT = 0.8  # seconds for who is in a form already: a trigger opens one for three
_TRIGGER_WAIT = 4.0  # seconds: a trigger lives for three; what has not opened by then is shown elsewhere
_TOO_LATE = ("expired_trigger_id", "invalid_trigger_id", "exchanged_trigger_id", "trigger_expired")
_log = structlog.get_logger()


class Showing:
    """Shows with `client`, which repeats by itself what may go well the second time."""

    def __init__(
        self,
        client: AsyncWebClient,
        people: SlackPeople,
        rooms: Rooms,
        words: Words,
        *,
        kept: Kept,
        instalments: Instalments,
    ) -> None:
        self._client = client
        self._people = people
        self._rooms = rooms
        self._words = words
        self._kept = kept
        self._instalments = instalments

    async def show(self, place: Place, shown: Reply | Form | None) -> None:
        """Show it; what cannot be shown is logged, without its words."""
        try:
            if isinstance(shown, Form):
                await self._open_form(place, shown)
            elif isinstance(shown, Reply):
                await self._reply(place, shown)
        except SlackApiError as error:
            _log.error("reply not delivered", platform="slack", why=code(error))
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.error("reply not delivered", platform="slack", why=type(error).__name__)

    async def form(self, form: Form, place: Place, known: dict[str, str] | None = None) -> forms.View:
        """Return a form as a view; `known` are accounts by e-mail address that need not be looked up."""
        accounts = dict(known or {})
        for field in form.fields:
            if field.kind == "person" and field.value and field.value not in accounts:
                account = await self._account(field.value)
                accounts |= {field.value: account} if account else {}
        # from a channel the form leads to the direct message, where that thread is not
        return forms.view(form, self._words, self._kept, accounts, "" if place.in_public else place.thread)

    def modal(self, place: Place, reply: Reply) -> tuple[forms.View, bool]:
        """Return a reply as a modal, and whether that is all of it; a longer one goes to the direct message."""
        made = self._modal(reply, place)
        if made is not None:
            return made, True
        said = Heading(self._words(reply.language, "slack-sent-privately"))
        short = self._modal(Reply((said,), reply.language), place)
        assert short is not None  # one sentence fits
        return short, False

    async def renew(self, place: Place, reply: Reply) -> bool:
        """Show a reply in the modal in which something was pressed, in place of what it showed; say whether it is."""
        view, whole = self.modal(place, reply)
        try:
            await self._client.views_update(view_id=place.view, view=view)
        except CALL_ERRORS:  # closed meanwhile, or Slack is slow
            return False
        if not whole:
            await self.privately(place.user, place.thread, reply)
        return True

    def command(self, reply: Reply, beside: Sequence[render.Block] = ()) -> dict[str, Any] | None:
        """Return a reply as what a slash command is answered with at once; nothing where nothing can be seen."""
        message = self._instalments.first(reply, beside)
        return None if message is None else _for_one(message)

    async def more(self, place: Place, name: str, language: Language) -> None:
        """Show the next part of a reply, and take the button for it away from the part before."""
        try:
            before, after = self._instalments.next(name, language)
        except LostError:
            await self.show(place, self._sentences(language, "slack-more-gone", "slack-more-gone-advice"))
            return
        await self._message(place, after)
        if place.response_url:
            with contextlib.suppress(*CALL_ERRORS):  # the button stays: pressed again, it shows the same again
                await self._respond(place, {**_body(before), "replace_original": True})

    async def share(self, place: Place, reply: Reply) -> None:
        """Show a reply to the whole channel in which somebody pressed a button that only they see."""
        message = self._instalments.first(reply)
        if message is None:
            return
        try:
            await self._respond(place, {**_body(message), "response_type": "in_channel"})
        except CALL_ERRORS as error:
            _log.error("reply not shared", platform="slack", why=words(error))
            said = Heading(self._words(reply.language, "slack-not-shared"))
            await self.privately(place.user, "", Reply((said, *reply.parts), reply.language))

    async def privately(self, user: str, thread: str, reply: Reply) -> None:
        """Post a reply in the direct message."""
        message = self._instalments.first(reply)
        if message is not None:
            await self._post_privately(user, thread, message)

    async def _account(self, email: str) -> str:
        try:
            async with asyncio.timeout(_PEOPLE_WAIT):
                return await self._people.account(email)
        except CALL_ERRORS:
            return ""  # the form then shows the address

    # Modals

    async def _open_form(self, place: Place, form: Form) -> None:
        try:
            await self._open(place, await self.form(form, place))
        except CALL_ERRORS as error:
            if not isinstance(error, SlackApiError) or code(error) not in (*_TOO_LATE, "push_limit_reached"):
                _log.error("form not opened", platform="slack", why=words(error))
            here = Place(place.user, place.channel, place.thread, place.response_url, alone=place.alone)
            await self._reply(here, self._sentences(form.language, "slack-form-late", "slack-form-late-advice"))

    async def _in_modal(self, place: Place, reply: Reply) -> None:
        view, whole = self.modal(place, reply)
        try:
            await self._open(place, view)
        except CALL_ERRORS:  # too late, or three modals already
            whole = False
        if not whole:
            await self.privately(place.user, place.thread, reply)

    async def _open(self, place: Place, view: forms.View) -> None:
        async with asyncio.timeout(_TRIGGER_WAIT):
            if place.view:
                await self._client.views_push(trigger_id=place.trigger, view=view)
            else:
                await self._client.views_open(trigger_id=place.trigger, view=view)

    # Messages

    async def _reply(self, place: Place, reply: Reply) -> None:
        if place.trigger and not place.channel:
            await self._in_modal(place, reply)
        elif (message := self._instalments.first(reply)) is not None:
            await self._message(place, message, for_one=reply.audience is Audience.PERSON)

    async def _message(self, place: Place, message: Message, *, for_one: bool = False) -> None:
        alone = place.alone or (place.in_public and for_one)
        if alone and place.response_url:
            await self._for_one(place, message)
        elif alone or not place.channel:
            await self._post_privately(place.user, "" if place.in_public else place.thread, message)
        else:
            await self._in_conversation(place, message)

    async def _for_one(self, place: Place, message: Message) -> None:
        try:
            await self._respond(place, _for_one(message))
        except CALL_ERRORS:  # it works for half an hour, five times
            await self._post_privately(place.user, "", message)

    async def _in_conversation(self, place: Place, message: Message) -> None:
        try:
            await self._post(place.channel, place.thread, message)
        except SlackApiError as error:
            if code(error) not in NO_ENTRY or not place.in_public:
                raise
            if place.response_url:  # under an answer that was shared where the bot is no member
                await self._for_one(place, message)
            else:
                await self._post_privately(place.user, "", message)

    async def _post_privately(self, user: str, thread: str, message: Message) -> None:
        await self._post(await self._rooms.channel(self._client, user), thread, message)

    async def _post(self, channel: str, thread: str, message: Message) -> None:
        await self._client.chat_postMessage(
            channel=channel,
            thread_ts=thread or None,
            text=message.text,
            blocks=message.blocks,
            unfurl_links=False,
            unfurl_media=False,
        )

    async def _respond(self, place: Place, message: Mapping[str, Any]) -> None:
        """Send a message by the address that came with a press or a command; it works for half an hour."""
        assert self._client.session is not None
        body = {"replace_original": False, "unfurl_links": False, **message}
        async with self._client.session.post(place.response_url, json=body) as response:
            response.raise_for_status()

    def _sentences(self, language: Language, heading: str, advice: str) -> Reply:
        parts = (Heading(self._words(language, heading)), Paragraph(self._words(language, advice)))
        return Reply(parts, language, Audience.PERSON)

    def _modal(self, reply: Reply, place: Place) -> forms.View | None:
        language: Language = reply.language
        title, close = self._words(language, "page-title"), self._words(language, "slack-close")
        return render.modal(reply, title, close, place.thread)


def _body(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": message.blocks}


def _for_one(message: Message) -> dict[str, Any]:
    return {"response_type": "ephemeral", **_body(message)}
