"""Two servers to compare: `python -m tests.bench.slack_server ours|bare API_URL DATA`; prints the port it listens on.

The bare one is a Bolt app as its documentation writes it, which calls the same engine and posts the same text.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from adapters import logs
from adapters.knowledge_source import KnowledgeSource
from adapters.server import build
from adapters.slack import render
from bot.presenting import Presenter
from tests.conftest import settings
from tests.fakes.slack import SECRET, TOKEN


def bare(source: KnowledgeSource, url: str) -> web.Application:
    client = AsyncWebClient(token=TOKEN, base_url=url)
    bolt = AsyncApp(client=client, signing_secret=SECRET)

    @bolt.event("message")
    async def answer(event: dict[str, str], say: AsyncSay) -> None:
        engine = source.engine()
        reply = Presenter(engine.knowledge).answer(engine.answer(event["text"]))
        await say(text=render.messages(reply)[0].text)

    async def receive(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.router.add_post("/slack/events", receive)
    return app


async def serve(which: str, url: str, data: str) -> None:
    logs.configure("json")
    chosen = settings(slack_bot_token=TOKEN, slack_signing_secret=SECRET, slack_api_url=url, data=Path(data), port=0)
    source = KnowledgeSource(chosen, progress=lambda said: None)
    runner = web.AppRunner(build(chosen, source) if which == "ours" else bare(source, url), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
