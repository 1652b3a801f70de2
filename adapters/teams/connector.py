"""Microsoft's connector: where replies are posted, cards are edited and members are looked up.

botbuilder's own client would do it with a thread per request, 10 ms of processor time per turn and no retry.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
from botbuilder.schema import Activity, ResourceResponse
from botframework.connector.auth import ConnectorFactory
from yarl import URL

from adapters.teams.messages import Citations
from adapters.teams.tokens import OwnToken, TokenUnavailableError

_AGAIN = (412, 429, 502, 504)  # statuses that Microsoft asks bots to try again
IN_A_TURN = 3  # attempts while somebody waits
_LONGEST_PAUSE = 3.0  # seconds; after 15 s Teams sends the turn again


class NotDeliveredError(Exception):
    """The connector did not take a request; the text holds a status or a kind of error, never a word of the reply.

    `status` is 0 when there was no answer; `code` is Microsoft's own word for what is wrong, `retry_after` in seconds.
    """

    def __init__(self, why: str, status: int = 0, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.code = code
        self.retry_after = retry_after


class UnreachedError(NotDeliveredError):
    """Nothing was sent: there was no connection, or no token to send it with."""


class Connector:
    """What botbuilder's adapter uses of a `ConnectorClient`, for one service address; and what we need beside it.

    Everything raises `NotDeliveredError`.
    """

    def __init__(
        self, service_url: str, token: OwnToken, session: aiohttp.ClientSession, attempts: int = IN_A_TURN
    ) -> None:
        self._url = service_url.rstrip("/")
        self._token = token
        self._session = session
        self._attempts = attempts
        self.conversations = self

    async def send_to_conversation(self, conversation: str, activity: Activity) -> ResourceResponse:
        return await self._send("POST", f"/v3/conversations/{_quoted(conversation)}/activities", activity)

    async def reply_to_activity(self, conversation: str, activity_id: str, activity: Activity) -> ResourceResponse:
        path = f"/v3/conversations/{_quoted(conversation)}/activities/{_quoted(activity_id)}"
        return await self._send("POST", path, activity)

    async def update_activity(self, conversation: str, activity_id: str, activity: Activity) -> ResourceResponse:
        path = f"/v3/conversations/{_quoted(conversation)}/activities/{_quoted(activity_id)}"
        return await self._send("PUT", path, activity)

    async def delete_activity(self, conversation: str, activity_id: str) -> None:
        await self.ask("DELETE", f"/v3/conversations/{_quoted(conversation)}/activities/{_quoted(activity_id)}")

    async def member(self, conversation: str, account: str) -> Mapping[str, Any]:
        """Return what Teams knows about a member of a conversation; of a channel those of its team are members."""
        return await self.ask("GET", f"/v3/conversations/{_quoted(conversation)}/members/{_quoted(account)}")

    async def members(self, conversation: str) -> Mapping[str, Any]:
        """Return a first page of who is in a conversation."""
        return await self.ask("GET", f"/v3/conversations/{_quoted(conversation)}/pagedmembers?pageSize=50")

    async def create_personal(self, account: str, bot: str, tenant: str) -> str:
        """Return the id of the chat with one person; it needs the app to be installed for them."""
        wanted = {
            "isGroup": False,
            "bot": {"id": bot},
            "members": [{"id": account}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        return str((await self.ask("POST", "/v3/conversations", wanted)).get("id") or "")

    async def _send(self, method: str, path: str, activity: Activity) -> ResourceResponse:
        answer = await self.ask(method, path, plain(activity))
        return ResourceResponse(id=answer.get("id"))

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Return the object of Microsoft's answer; tried again where Microsoft asks for that."""
        # not as ASCII: Microsoft counts bytes, and \u00eb is six
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        for attempt in range(1, self._attempts + 1):
            try:
                return await self._once(method, path, data)
            except NotDeliveredError as error:
                if attempt == self._attempts or error.status not in (401, *_AGAIN):
                    raise
                if error.status != 401:  # noqa: PLR2004 (HTTP: unauthorized; the token is a new one next time)
                    await asyncio.sleep(_pause(attempt, error.retry_after))
        raise AssertionError("There is at least one attempt.")

    async def _once(self, method: str, path: str, data: bytes | None) -> Mapping[str, Any]:
        url = URL(f"{self._url}{path}", encoded=True)
        try:
            token = await self._token.get()
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            if data is not None:
                headers["Content-Type"] = "application/json; charset=utf-8"
            async with self._session.request(method, url, data=data, headers=headers) as response:
                status, answer = response.status, await _object(response)
                asked = response.headers.get("Retry-After", "")
        except (aiohttp.ClientConnectorError, TokenUnavailableError) as error:
            raise UnreachedError(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotDeliveredError(type(error).__name__) from error
        if status < 300:  # noqa: PLR2004 (HTTP: 2xx is success)
            return answer
        if status == 401:  # noqa: PLR2004 (HTTP: unauthorized)
            self._token.forget(token)  # withdrawn before its end, for example with the old secret
        told = answer.get("error")
        code = str(told.get("code", "")) if isinstance(told, dict) else ""
        raise NotDeliveredError(f"status {status}", status, code, float(asked) if asked.isdecimal() else None)


class Connectors(ConnectorFactory):
    """botbuilder's factory port."""

    def __init__(self, token: OwnToken, session: aiohttp.ClientSession) -> None:
        self.token = token
        self._session = session

    async def create(self, service_url: str, audience: str) -> Connector:
        return self.to(service_url)

    def to(self, service_url: str, attempts: int = IN_A_TURN) -> Connector:
        return Connector(service_url, self.token, self._session, attempts)


def plain(activity: Activity) -> dict[str, Any]:
    """Return an activity as JSON has it.

    Cards and citations are plain values already: botbuilder would go through every one of them, which takes 6 ms for a
    usual card.
    """
    entities, activity.entities = activity.entities, None
    attachments = activity.attachments or []
    cards = [attachment.content for attachment in attachments]
    for attachment in attachments:
        attachment.content = None
    body: dict[str, Any] = activity.serialize()
    for attachment, card, made in zip(attachments, cards, body.get("attachments", ()), strict=True):
        attachment.content = made["content"] = card
    if entities:
        activity.entities = entities
        body["entities"] = [one.plain if isinstance(one, Citations) else one.serialize() for one in entities]
    return body


def _quoted(name: str) -> str:
    return quote(name, safe="")


async def _object(response: aiohttp.ClientResponse) -> Mapping[str, Any]:
    try:
        answer = json.loads(await response.read())
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _pause(attempt: int, retry_after: float | None) -> float:
    """Return the seconds before the next attempt: as asked for, else growing, with jitter."""
    asked = retry_after if retry_after is not None else 0.25 * 2**attempt * (1 + random.random())  # noqa: S311
    return min(asked, _LONGEST_PAUSE)
