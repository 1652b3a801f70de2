"""The whole server with one more platform: `python -m tests.faults.server DATABASE PLATFORM PORT [LARGEST FILE]`.

Events of that platform come in as JSON on /fake/events; a 503 asks to send them again.
"""

from __future__ import annotations

import contextlib
import resource
import sys
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from adapters import logs
from adapters.knowledge_source import KnowledgeSource
from adapters.server import CASES, CONVERSATION, build
from bot.events import Address, Event, Person, Pressed, Submitted
from bot.ports import StoreError
from tests.conftest import settings
from tests.fakes.platform import FakeSender
from tests.offices import FakePeople

DESK = Address("fake", "C-loket")


def main(database: str, platform: str, port: int, largest_file: int = 0) -> None:
    logs.configure("json")  # to the standard error, so that "ready" alone is said on the output
    chosen = settings(database=database, port=port)
    app = build(chosen, KnowledgeSource(chosen, progress=lambda said: None))
    cases, conversation = app[CASES], app[CONVERSATION]
    cases.people.add({"fake": FakePeople()})

    async def connected(_: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            cases.senders["fake"] = FakeSender(platform, session)
            with contextlib.suppress(StoreError):
                async with cases.store.writing() as writing:
                    await writing.set_desk(DESK)
            yield

    async def events(request: web.Request) -> web.Response:
        asked = await request.json()
        person, here = Person(asked["who"], "nl"), Address("fake", f"D-{asked['who']}")
        deed = (
            Submitted(asked["form"], asked["values"])
            if "form" in asked
            else Pressed(asked["action"], asked["value"], "nl")
        )
        event = Event(asked["id"], person, here, deed, forms=True, reachable=True)
        try:
            reply = (await conversation.handle(event)).reply
        except StoreError:
            return web.json_response({}, status=503)
        # a form that comes back says that nothing was stored
        again = reply is not None and not hasattr(reply, "audience")
        return web.json_response({"again": again}, status=503 if again else 200)

    app.router.add_post("/fake/events", events)
    app.cleanup_ctx.append(connected)
    if largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=lambda *_: print("ready", flush=True))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *map(int, sys.argv[4:5]))
