"""Approved additions at work in one server: taken from the database whenever they change, whoever approved them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog

from adapters.failures import failure
from adapters.knowledge_source import KnowledgeSource
from adapters.storage.proposals import Proposals
from bot.ports import StoreError

_EVERY = 3.0  # seconds between two looks: every server has an addition within ten
_log = structlog.get_logger()


class Growth:
    """Keeps the engine of one server up to date with the additions of all."""

    def __init__(self, source: KnowledgeSource, proposals: Proposals) -> None:
        self._source = source
        self._proposals = proposals
        self._decided = asyncio.Event()
        self._version: object = (0, None)  # nothing was approved yet

    def decided(self) -> None:
        """Look at once: something was decided here."""
        self._decided.set()

    async def context(self, _: object) -> AsyncIterator[None]:
        """Look as long as the server runs."""
        task = asyncio.get_running_loop().create_task(self._looking())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _looking(self) -> None:
        while True:
            self._decided.clear()
            try:
                await self.look()
            except StoreError:
                _log.warning("the additions wait for the database")
            except Exception as error:  # noqa: BLE001 (it goes on, whatever it was)
                _log.error("growing stumbled", **failure(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await self._decided.wait()

    async def look(self) -> None:
        """Take the additions over when they are others than before."""
        version = await self._proposals.version()
        if version == self._version:
            return
        additions = await self._proposals.additions()
        await asyncio.to_thread(self._source.grow, additions)
        self._version = version
        _log.info("additions taken over", count=len(additions))
