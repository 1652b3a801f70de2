"""Microsoft's connector: where replies are posted.

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

from adapters.teams.tokens import OwnToken, TokenUnavailableError

_AGAIN = (412, 429, 502, 504)  # statuses that Microsoft asks bots to try again
_ATTEMPTS = 3
_LONGEST_PAUSE = 3.0  # seconds; after 15 s Teams sends the turn again


class NotDeliveredError(Exception):
    """The connector did not take a reply; the text holds a status or a kind of error, never a word of the reply."""


class Connector:
    """What botbuilder's adapter uses of a `ConnectorClient`, for one service address."""

    def __init__(self, service_url: str, token: OwnToken, session: aiohttp.ClientSession) -> None:
        self._url = service_url.rstrip("/")
        self._token = token
        self._session = session
        self.conversations = self

    async def send_to_conversation(self, conversation: str, activity: Activity) -> ResourceResponse:
        """Post the activity; raises `NotDeliveredError`."""
        return await self._post(f"/v3/conversations/{quote(conversation, safe='')}/activities", activity)

    async def reply_to_activity(self, conversation: str, activity_id: str, activity: Activity) -> ResourceResponse:
        """Post the activity as an answer to another one; raises `NotDeliveredError`."""
        path = f"/v3/conversations/{quote(conversation, safe='')}/activities/{quote(activity_id, safe='')}"
        return await self._post(path, activity)

    async def _post(self, path: str, activity: Activity) -> ResourceResponse:
        # not as ASCII: Microsoft counts bytes, and \u00eb is six
        body = json.dumps(activity.serialize(), ensure_ascii=False).encode("utf-8", "replace")
        try:
            status, answer = await self._try(path, body)
        except (aiohttp.ClientError, TimeoutError, TokenUnavailableError) as error:
            raise NotDeliveredError(type(error).__name__) from error
        if status >= 300:  # noqa: PLR2004 (HTTP: 2xx is success)
            raise NotDeliveredError(f"status {status}")
        return ResourceResponse(id=answer.get("id"))

    async def _try(self, path: str, body: bytes) -> tuple[int, Mapping[str, Any]]:
        """Return the status and, where it is one, the object of the last attempt."""
        url = URL(f"{self._url}{path}", encoded=True)
        for attempt in range(1, _ATTEMPTS + 1):
            token = await self._token.get()
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=utf-8"}
            async with self._session.post(url, data=body, headers=headers) as response:
                status = response.status
                if status not in (401, *_AGAIN):
                    return status, await _object(response)
                pause = _pause(attempt, response.headers.get("Retry-After", ""))
            if status == 401:  # noqa: PLR2004 (HTTP: unauthorized)
                self._token.forget(token)  # withdrawn before its end, for example with the old secret
                pause = 0
            if attempt < _ATTEMPTS:
                await asyncio.sleep(pause)
        return status, {}


class Connectors(ConnectorFactory):
    """botbuilder's factory port."""

    def __init__(self, token: OwnToken, session: aiohttp.ClientSession) -> None:
        self._token = token
        self._session = session

    async def create(self, service_url: str, audience: str) -> Connector:
        return Connector(service_url, self._token, self._session)


async def _object(response: aiohttp.ClientResponse) -> Mapping[str, Any]:
    try:
        answer = json.loads(await response.read())
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _pause(attempt: int, retry_after: str) -> float:
    """Return the seconds before the next attempt: as asked for, else growing, with jitter."""
    asked = float(retry_after) if retry_after.isdecimal() else 0.25 * 2**attempt * (1 + random.random())  # noqa: S311
    return min(asked, _LONGEST_PAUSE)
