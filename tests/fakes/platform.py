"""A platform that belongs to nobody: takes messages over a real socket, with a look-up by key, and can be made ill."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from adapters.sending import NotSentError, OutcomeUnknownError
from bot.events import Address
from bot.replies import Heading, Reply


@dataclass
class Message:
    """A message as people see it; an edit changes `text`."""

    id: str
    place: str
    key: str
    text: str
    edits: list[str] = field(default_factory=list)


class FakePlatform:
    """The server side. `ill` is how it answers now; `broken` are places that it refuses for good."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
        self.order: list[tuple[str, str]] = []  # (place, key) as they arrived, edits too
        self.requests = 0
        self.ill = ""  # "429", "500", "silent" (takes it, never answers), "deaf" (takes nothing, never answers)
        self.broken: set[str] = set()
        self.silent_at: set[str] = set()  # places that never answer
        self.uneditable: set[str] = set()  # places in which nothing can be edited any more
        self.latency = 0.0
        self.arrived = asyncio.Condition()
        self._numbers = itertools.count(1)
        self._silent: set[asyncio.Future[None]] = set()
        self._runner: web.AppRunner
        self.url = ""

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/messages", self._post)
        app.router.add_get("/messages", self._find)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self.heal()
        await self._runner.cleanup()

    def heal(self) -> None:
        self.ill = ""
        for waiting in self._silent:
            if not waiting.done():
                waiting.set_result(None)

    def doubles(self) -> list[str]:
        """Return the keys that people see twice."""
        counted = Counter(message.key for message in self.messages.values())
        return [key for key, times in counted.items() if times > 1]

    def at(self, place: str) -> list[Message]:
        return [message for message in self.messages.values() if message.place == place]

    async def until(self, holds: Callable[[], bool], within: float = 60.0) -> None:
        """Wait until something holds of what arrived."""
        async with asyncio.timeout(within), self.arrived:
            await self.arrived.wait_for(holds)

    async def _post(self, request: web.Request) -> web.Response:
        self.requests += 1
        asked = await request.json()
        if self.ill == "429":
            return web.json_response({}, status=429, headers={"Retry-After": "1"})
        if self.ill == "500":
            return web.json_response({}, status=500)
        if self.ill == "deaf" or asked["place"] in self.silent_at:
            await self._never()
        if asked["edits"] and asked["place"] in self.uneditable:
            return web.json_response({"error": "no such message"}, status=404)
        if asked["place"] in self.broken:
            return web.json_response({"error": "no such place"}, status=404)
        await asyncio.sleep(self.latency)
        message = self._take(asked)
        async with self.arrived:
            self.arrived.notify_all()
        if self.ill == "silent":
            await self._never()
        return web.json_response({"id": message.id})

    def _take(self, asked: dict[str, str]) -> Message:
        self.order.append((asked["place"], asked["key"]))
        if asked["edits"]:
            message = self.messages[asked["edits"]]
            message.text = asked["text"]
            message.edits.append(asked["key"])
            return message
        message = Message(f"m{next(self._numbers)}", asked["place"], asked["key"], asked["text"])
        self.messages[message.id] = message
        return message

    async def _find(self, request: web.Request) -> web.Response:
        if self.ill:
            return web.json_response({}, status=500)
        found = [message.id for message in self.messages.values() if message.key == request.query["key"]]
        return web.json_response({"id": found[0] if found else None})

    async def _never(self) -> None:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._silent.add(waiting)
        await waiting
        raise web.HTTPServiceUnavailable


class FakeSender:
    """`sending.Sender` for that platform, as an adapter would write it."""

    def __init__(self, url: str, session: aiohttp.ClientSession, timeout: float = 1.0) -> None:
        self._url = url
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def send(self, address: Address, reply: Reply, key: str, edits: str) -> str:
        text = next((part.text for part in reply.parts if isinstance(part, Heading)), "")
        asked = {"place": address.conversation, "key": key, "edits": edits, "text": text}
        try:
            async with self._session.post(f"{self._url}/messages", json=asked, timeout=self._timeout) as response:
                if response.status == 429:
                    wait = float(response.headers["Retry-After"])
                    raise NotSentError("Het platform vraagt geduld.", retry_after=wait, platform_down=True)
                if response.status == 404:
                    raise NotSentError("Deze plek bestaat niet.", blocked=True)
                if response.status >= 500:
                    raise NotSentError("Het platform is er even niet.", platform_down=True)
                message: str = (await response.json())["id"]
                return message
        except aiohttp.ClientConnectorError:
            raise NotSentError("Het platform is onbereikbaar.", platform_down=True) from None
        except (TimeoutError, aiohttp.ClientError):
            raise OutcomeUnknownError("Het platform antwoordt niet.") from None

    async def find(self, address: Address, key: str) -> str | None:
        async with self._session.get(f"{self._url}/messages", params={"key": key}, timeout=self._timeout) as response:
            if response.status != 200:
                raise NotSentError("Het platform is er even niet.", platform_down=True)
            found: str | None = (await response.json())["id"]
            return found

    async def locate(self, email: str, _key: str) -> Address | None:
        name = re.match(r"[a-z]+", email)
        return Address("fake", f"D-{name[0]}") if name and not email.startswith("onbekend") else None
