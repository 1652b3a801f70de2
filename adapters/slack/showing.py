"""Puts a reply or a form where it belongs: in the conversation, for one pair of eyes, or in a modal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import forms, render
from adapters.slack.forms import Kept, Words
from adapters.slack.people import CALL_ERRORS, SlackPeople
from adapters.slack.place import Place
from adapters.slack.rooms import Rooms
from adapters.slack.trouble import NO_ENTRY, code
from bot.events import Language
from bot.replies import Audience, Form, Heading, Paragraph, Reply

_PEOPLE_WAIT = 0.8  # seconds for who is in a form already: a trigger opens one for three
_TOO_LATE = ("expired_trigger_id", "invalid_trigger_id", "exchanged_trigger_id", "trigger_expired")
_log = structlog.get_logger()


class Showing:
    """Shows with `client`, which repeats by itself what may go well the second time."""

    def __init__(self, client: AsyncWebClient, people: SlackPeople, rooms: Rooms, words: Words, kept: Kept) -> None:
        self._client = client
        self._people = people
        self._rooms = rooms
        self._words = words
        self._kept = kept

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

    def ephemeral(self, reply: Reply, extra: Sequence[render.Block] = ()) -> list[dict[str, Any]]:
        """Return a reply as messages that one person sees, as a slash command is answered with."""
        written = render.messages(reply)
        made = [{"response_type": "ephemeral", "text": one.text, "blocks": one.blocks} for one in written]
        if extra and written and len(written[-1].blocks) + len(extra) <= render.MOST_BLOCKS:
            made[-1]["blocks"] = [*written[-1].blocks, *extra]
        return made

    async def respond(self, response_url: str, messages: Sequence[dict[str, Any]]) -> None:
        """Send messages by the address that came with a press or a command; it works for half an hour."""
        assert self._client.session is not None
        for message in messages:
            body = {"replace_original": False, "unfurl_links": False, **message}
            async with self._client.session.post(response_url, json=body) as response:
                response.raise_for_status()

    async def privately(self, user: str, thread: str, reply: Reply) -> None:
        """Post a reply in the direct message."""
        await self._post(await self._rooms.channel(self._client, user), thread, reply)

    async def _account(self, email: str) -> str:
        try:
            async with asyncio.timeout(_PEOPLE_WAIT):
                return await self._people.account(email)
        except CALL_ERRORS:
            return ""  # the form then shows the address

    async def _open_form(self, place: Place, form: Form) -> None:
        view = await self.form(form, place)
        try:
            if place.view:
                await self._client.views_push(trigger_id=place.trigger, view=view)
            else:
                await self._client.views_open(trigger_id=place.trigger, view=view)
        except SlackApiError as error:
            if code(error) not in (*_TOO_LATE, "push_limit_reached"):
                _log.error("form not opened", platform="slack", why=code(error))
            await self._reply(Place(place.user, place.channel, place.thread, place.response_url), self._late(form))

    def _late(self, form: Form) -> Reply:
        heading = Heading(self._words(form.language, "slack-form-late"))
        advice = Paragraph(self._words(form.language, "slack-form-late-advice"))
        return Reply((heading, advice), form.language, Audience.PERSON)

    async def _reply(self, place: Place, reply: Reply) -> None:
        if place.trigger and not place.channel:
            await self._in_modal(place, reply)
        elif place.response_url and (place.alone or (place.in_public and reply.audience is Audience.PERSON)):
            await self._for_one(place, reply)
        elif not place.channel or (place.in_public and reply.audience is Audience.PERSON):
            await self.privately(place.user, "" if place.in_public else place.thread, reply)
        else:
            await self._in_conversation(place, reply)

    async def _for_one(self, place: Place, reply: Reply) -> None:
        try:
            await self.respond(place.response_url, self.ephemeral(reply))
        except aiohttp.ClientError:  # it works for half an hour, five times
            await self.privately(place.user, "", reply)

    async def _in_conversation(self, place: Place, reply: Reply) -> None:
        try:
            await self._post(place.channel, place.thread, reply)
        except SlackApiError as error:
            if code(error) not in NO_ENTRY or not place.in_public:
                raise
            if place.response_url:  # under an answer that was shared where the bot is no member
                await self._for_one(place, reply)
            else:
                await self.privately(place.user, "", reply)

    async def _in_modal(self, place: Place, reply: Reply) -> None:
        view, whole = self.modal(place, reply)
        try:
            if place.view:
                await self._client.views_push(trigger_id=place.trigger, view=view)
            else:
                await self._client.views_open(trigger_id=place.trigger, view=view)
        except SlackApiError:  # too late, or three modals already
            whole = False
        if not whole:
            await self.privately(place.user, place.thread, reply)

    async def _post(self, channel: str, thread: str, reply: Reply) -> None:
        for message in render.messages(reply):
            await self._client.chat_postMessage(
                channel=channel,
                thread_ts=thread or None,
                text=message.text,
                blocks=message.blocks,
                unfurl_links=False,
                unfurl_media=False,
            )

    def _modal(self, reply: Reply, place: Place) -> forms.View | None:
        language: Language = reply.language
        title, close = self._words(language, "page-title"), self._words(language, "slack-close")
        return render.modal(reply, title, close, place.thread)
