"""Socket Mode: Slack's requests over a connection that we open, so that the school needs no public address."""

from __future__ import annotations

import asyncio
import logging
import time

import structlog
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.failures import failure
from adapters.slack import shapes
from adapters.slack.routes import Dispatch
from adapters.slack.trouble import words

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0  # seconds between two tries to connect
_PING = 5.0  # seconds; after four without an answer the connection counts as lost
_log = structlog.get_logger()


class Socket:
    """One connection, opened anew whenever it is lost. What is not acknowledged Slack sends again."""

    def __init__(self, app_token: str, api_url: str, dispatch: Dispatch) -> None:
        self._app_token = app_token
        self._api_url = api_url
        self._dispatch = dispatch
        self._client: SocketModeClient | None = None
        self._connecting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect; the rest of the server does not wait for it."""
        web_client = AsyncWebClient(token=self._app_token, base_url=self._api_url, retry_handlers=[])
        logger = logging.getLogger("protocolwijzer.slack.socket")
        logger.setLevel(logging.CRITICAL)  # its messages hold addresses that let anybody in for half a minute
        client = SocketModeClient(self._app_token, logger=logger, web_client=web_client, ping_interval=_PING)
        client.socket_mode_request_listeners.append(self._take)
        self._client = client
        self._connecting = asyncio.get_running_loop().create_task(self._connect(client))

    async def close(self) -> None:
        if self._connecting:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._client:
            await self._client.close()  # type: ignore[no-untyped-call]

    async def _connect(self, client: SocketModeClient) -> None:
        wait = _FIRST_WAIT
        while not await client.is_connected():
            try:
                await client.connect_to_new_endpoint()
            except Exception as error:  # noqa: BLE001 (of the SDK and below; it is tried again)
                _log.error("no connection to Slack", platform="slack", problem=words(error))
            else:
                _log.info("connected to Slack", platform="slack")
                return
            await asyncio.sleep(wait)
            wait = min(_LONGEST_WAIT, wait * 2)

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        started = time.time()
        if wrong := shapes.problem(request.payload):
            _log.error("event refused", platform="slack", why=wrong)  # and acknowledged: sent again, it is no better
            await send_async_response(client, request, BoltResponse(status=200, body=""), started)
            return
        try:
            asked = AsyncBoltRequest(mode="socket_mode", body=request.payload, headers=build_headers(request))
            answer = await self._dispatch(asked)
            await send_async_response(client, request, answer, started)
        except Exception as error:  # noqa: BLE001 (not acknowledged, so Slack sends it again)
            _log.error("event failed", platform="slack", **failure(error))
