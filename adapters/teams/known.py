"""The places that were seen, in memory before the database: a plain question writes nothing twice."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import replace

import structlog

from adapters.places import Place, Places
from bot.ports import StoreError

_MOST = 20_000  # places in memory
_log = structlog.get_logger()


class Known:
    """Remembers a place at every activity and writes down those that are new or changed, after the turn."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._noted: OrderedDict[str, Place] = OrderedDict()
        self._seen_in: OrderedDict[str, Place] = OrderedDict()  # by account: where somebody did something last
        self._writing: set[asyncio.Task[None]] = set()

    def note(self, place: Place, account: str = "") -> None:
        """Remember a place; `account` did something there."""
        if account:
            _put(self._seen_in, account, place)
        before = self._noted.get(place.conversation)
        place = replace(place, email=place.email or (before.email if before else ""))
        if place != before:
            _put(self._noted, place.conversation, place)
            self._start(self._write(place))

    async def keep(self, place: Place) -> None:
        """Write a place down now; raises `StoreError`."""
        await self._places.keep(place)
        _put(self._noted, place.conversation, place)

    async def learn(self, place: Place) -> None:
        """Write a place down now if it is new or changed: what is kept about somebody must be found when they ask.

        Raises `StoreError`.
        """
        if place != self._noted.get(place.conversation):
            await self.keep(place)

    async def clear(self) -> None:
        """Forget what is in memory once it is written down: who is erased in the store must not be believed stored."""
        await self.settle()
        self._noted.clear()
        self._seen_in.clear()

    def forget(self, conversation: str) -> None:
        """Forget a place from which the app was removed."""
        self._noted.pop(conversation, None)
        self._start(self._erase(conversation))

    def seen_in(self, account: str) -> Place | None:
        return self._seen_in.get(account)

    async def get(self, conversation: str) -> Place | None:
        """Return a conversation's place; raises `StoreError`, like the next two."""
        return self._noted.get(conversation) or await self._places.get(conversation)

    async def of_account(self, account: str) -> Place | None:
        return await self._places.of_account(account)

    async def of_email(self, email: str) -> Place | None:
        return await self._places.of_email(email)

    async def settle(self) -> None:
        """Wait until what is to be written has been written, or has failed."""
        await asyncio.gather(*self._writing)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, place: Place) -> None:
        try:
            await self._places.keep(place)
        except StoreError as error:
            self._noted.pop(place.conversation, None)  # with the next activity it is tried again
            _log.warning("place not kept", platform="teams", why=str(error))

    async def _erase(self, conversation: str) -> None:
        try:
            await self._places.forget(conversation)
        except StoreError as error:  # writing there is refused, and says so
            _log.warning("place not forgotten", platform="teams", why=str(error))


def _put(kept: OrderedDict[str, Place], key: str, place: Place) -> None:
    kept[key] = place
    kept.move_to_end(key)
    if len(kept) > _MOST:
        kept.popitem(last=False)


def base(conversation: str) -> str:
    """Return the channel of a thread; any other conversation as it is."""
    return conversation.partition(";")[0]
