"""Socket Mode's side of Slack: envelopes over a websocket, each acknowledged by its id."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import WSMsgType, web

_PATIENCE = 10  # seconds


class Sockets:
    """The connections of one app; envelopes go over the newest."""

    def __init__(self) -> None:
        self.open: list[web.WebSocketResponse] = []
        self.tickets: list[str] = []
        self.acknowledged: dict[str, Mapping[str, Any] | None] = {}
        self._changed = asyncio.Condition()
        self._numbers = itertools.count(1)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0"}})
        async with self._changed:
            self.open.append(socket)
            self.tickets.append(request.query["ticket"])
            self._changed.notify_all()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                said = json.loads(message.data)
                async with self._changed:
                    self.acknowledged[said["envelope_id"]] = said.get("payload")
                    self._changed.notify_all()
        return socket

    async def connected(self, count: int = 1) -> None:
        """Wait until so many connections were made in all."""
        async with asyncio.timeout(_PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.tickets) >= count)

    async def send(self, kind: str, payload: Mapping[str, Any], tries: int = 0) -> str:
        """Send an envelope; return its id."""
        envelope = f"E{next(self._numbers)}"
        about = {"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": True}
        await self.open[-1].send_json({**about, **({"retry_attempt": tries} if tries else {})})
        return envelope

    async def answer_to(self, envelope: str) -> Mapping[str, Any] | None:
        """Return what came with the acknowledgement of an envelope, once it is there."""
        async with asyncio.timeout(_PATIENCE), self._changed:
            await self._changed.wait_for(lambda: envelope in self.acknowledged)
        return self.acknowledged[envelope]

    async def refresh(self) -> None:
        """Ask for a new connection, as Slack does every hour or so."""
        await self.open[-1].send_json({"type": "disconnect", "reason": "refresh_requested"})

    async def drop(self) -> None:
        """Close the connection without a word."""
        await self.open[-1].close()

    async def close(self, _: web.Application) -> None:
        for socket in self.open:
            await socket.close()
