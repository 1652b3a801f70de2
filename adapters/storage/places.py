"""`places.Places` in the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from adapters.places import Place
from adapters.storage.case_store import LONGEST_TRANSACTION
from adapters.storage.database import DATABASE_ERRORS, Database, why_away
from adapters.storage.tables import places
from bot.ports import Clock, StoreError


class StoredPlaces:
    """The places of one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, conversation: str) -> Place | None:
        return await self._newest(places.c.conversation == conversation)

    async def of_account(self, account: str) -> Place | None:
        return await self._newest(places.c.account == account)

    async def of_email(self, email: str) -> Place | None:
        return await self._newest(places.c.email == email)

    async def keep(self, place: Place) -> None:
        """Store a place; an address that is known stays known when it comes without."""
        values: dict[str, Any] = {
            "service_url": place.service_url,
            "account": place.account,
            "team": place.team,
            "seen_at": self._clock.now(),
        }
        if place.email:
            values["email"] = place.email
        insert = postgresql.insert if self._database.is_postgres else sqlite.insert
        made = insert(places).values({"email": "", **values, "conversation": place.conversation})
        async with _store_errors(), self._database.writer.begin() as connection:
            await connection.execute(made.on_conflict_do_update(index_elements=["conversation"], set_=values))

    async def forget(self, conversation: str) -> None:
        async with _store_errors(), self._database.writer.begin() as connection:
            await connection.execute(delete(places).where(places.c.conversation == conversation))

    async def _newest(self, condition: ColumnElement[bool]) -> Place | None:
        query = select(places).where(condition).order_by(places.c.seen_at.desc()).limit(1)
        async with _store_errors(), self._database.reading() as connection:
            row = (await connection.execute(query)).first()
        return _place(row) if row else None


def _place(row: Row[Any]) -> Place:
    return Place(row.conversation, row.service_url, row.account, row.email, row.team)


@asynccontextmanager
async def _store_errors() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(LONGEST_TRANSACTION):
            yield
    except TimeoutError:
        raise StoreError("The database took too long.") from None
    except DATABASE_ERRORS as error:
        raise StoreError(why_away(error)) from None
