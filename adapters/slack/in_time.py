"""Two seconds and no more: Slack waits for three, and a database that is locked does not let go when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bot.ports import StoreError

DEADLINE = 2.0  # seconds until somebody hears that it did not work
T = TypeVar("T")


class InTime:
    """Gives work its time, then leaves it: what is left is cancelled and comes to its end by itself.

    Work of the same key waits until what was left has ended, so that a second try is not taken for a repeat of it.
    """

    def __init__(self) -> None:
        self._left: dict[str, asyncio.Task[Any]] = {}

    async def do(self, key: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what the work returns; raises `StoreError` when it took too long."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + DEADLINE
        if key in self._left:
            await asyncio.wait({self._left[key]}, timeout=DEADLINE)
            if key in self._left:
                raise StoreError("The try before has not ended.")
        task = loop.create_task(work())
        try:
            await asyncio.wait({task}, timeout=ends - loop.time())
        finally:  # also when whoever waits for this is cancelled
            if not task.done():
                self._leave(key, task)
        if not task.done():
            raise StoreError("It took too long.")
        return task.result()

    async def settle(self) -> None:
        """Wait until what was left has ended."""
        await asyncio.gather(*self._left.values(), return_exceptions=True)

    def _leave(self, key: str, task: asyncio.Task[Any]) -> None:
        def ended(_: asyncio.Task[Any]) -> None:
            self._left.pop(key, None)
            if not task.cancelled():
                task.exception()  # it was seen: nobody else will

        self._left[key] = task
        task.add_done_callback(ended)
        task.cancel()
