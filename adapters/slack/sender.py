"""`courier.Sender` of Slack: posts, edits, looks up by key. The client repeats nothing by itself; the courier does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import render
from adapters.slack.people import CALL_ERRORS, SlackPeople
from adapters.slack.rooms import Rooms
from adapters.slack.to_event import alone
from adapters.slack.trouble import GONE, code, not_sent
from bot.events import Address
from bot.replies import Reply

EVENT_TYPE = "protocolwijzer_delivery"
_PAGE, _MOST_PAGES = 100, 5


class SlackSender:
    """Sends with `client`, which must have no retry handlers: a repeat by the SDK would be seen twice."""

    def __init__(self, client: AsyncWebClient, people: SlackPeople, rooms: Rooms) -> None:
        self._client = client
        self._people = people
        self._rooms = rooms

    async def send(self, address: Address, reply: Reply, key: str, edits: str) -> str:
        """Post or edit; the id is the timestamps of the messages, nearly always one, with spaces between."""
        try:
            channel = await self._channel(address)
            written = render.messages(reply)
            before = edits.split()
            stamps: list[str] = []
            for number, message in enumerate(written):
                metadata = _metadata(key, number, len(written))
                stamp = before[number] if number < len(before) else ""
                if stamp and await self._edited(channel, stamp, message, metadata):
                    stamps.append(stamp)
                else:
                    stamps.append(await self._post(channel, address.thread, message, metadata))
            for stamp in before[len(written) :]:
                await self._delete(channel, stamp)
        except CALL_ERRORS as error:
            raise not_sent(error) from None
        return " ".join(stamps)

    async def find(self, address: Address, key: str) -> str | None:
        """Return the id of what was posted with this key; nothing unless all of it was."""
        try:
            channel = await self._channel(address)
            found: dict[int, str] = {}
            wanted = 0
            async for message in self._history(channel, address.thread):
                about = message.get("metadata") or {}
                payload = about.get("event_payload") or {}
                if about.get("event_type") == EVENT_TYPE and payload.get("key") == key:
                    found.setdefault(int(payload["part"]), str(message["ts"]))
                    wanted = int(payload["parts"])
                    if len(found) == wanted:
                        break
        except CALL_ERRORS as error:
            raise not_sent(error) from None
        return " ".join(found[part] for part in sorted(found)) if found and len(found) == wanted else None

    async def locate(self, email: str, _key: str) -> Address | None:
        """Return the direct message with a colleague, or with the account of a party that has no address."""
        if email.startswith("slack:"):
            return alone(email.removeprefix("slack:"))
        if "@" not in email:
            return None
        try:
            account = await self._people.account(email)
        except CALL_ERRORS as error:
            raise not_sent(error) from None
        return alone(account) if account else None

    async def _channel(self, address: Address) -> str:
        return await self._rooms.channel(self._client, address.conversation)

    async def _post(self, channel: str, thread: str, message: render.Message, metadata: Mapping[str, Any]) -> str:
        posted = await self._client.chat_postMessage(
            channel=channel,
            thread_ts=thread or None,
            text=message.text,
            blocks=message.blocks,
            metadata=dict(metadata),
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(posted["ts"])

    async def _edited(self, channel: str, stamp: str, message: render.Message, metadata: Mapping[str, Any]) -> bool:
        """Edit a message; say whether it was still there."""
        try:
            await self._client.chat_update(
                channel=channel, ts=stamp, text=message.text, blocks=message.blocks, metadata=dict(metadata)
            )
        except SlackApiError as error:
            if code(error) in GONE:
                return False
            raise
        return True

    async def _delete(self, channel: str, stamp: str) -> None:
        try:
            await self._client.chat_delete(channel=channel, ts=stamp)
        except SlackApiError as error:
            if code(error) not in GONE:
                raise

    async def _history(self, channel: str, thread: str) -> AsyncIterator[Mapping[str, Any]]:
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            asked: dict[str, Any] = {"channel": channel, "limit": _PAGE, "include_all_metadata": True, "cursor": cursor}
            if thread:
                page = await self._client.conversations_replies(ts=thread, **asked)
            else:
                page = await self._client.conversations_history(**asked)
            for message in page["messages"]:
                yield message
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return


def _metadata(key: str, part: int, parts: int) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key, "part": part, "parts": parts}}


def courier_client(token: str, base_url: str, session: aiohttp.ClientSession | None = None) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=base_url, retry_handlers=[], session=session)
