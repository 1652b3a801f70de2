"""Seals everything in the database anew with the first key; what was plain is sealed then too."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Table, Text, and_, bindparam, func, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.database import Database, personal_columns
from adapters.storage.sealing import PREFIX, Seal

_AT_ONCE = 500  # values between two transactions: a server that runs meanwhile never waits long


async def rotate(database: Database) -> int:
    """Seal all that is not sealed with the first key; return how many values were.

    It can be stopped and begun again, and servers that have the new key can run meanwhile: the rows are locked.
    """
    done = 0
    for column in personal_columns():
        while changed := await _some(database, column):
            done += changed
    await database.leave_no_trace()
    return done


@dataclass(frozen=True, slots=True)
class Unsealed:
    """How many values are not sealed with the first key: `plain` with none at all, `older` with another one."""

    plain: int
    older: int

    @property
    def all(self) -> int:
        return self.plain + self.older


async def to_rotate(database: Database) -> Unsealed:
    """Return how many values are not sealed with the first key; without any key, all of them are plain."""
    plain = older = 0
    async with database.reading() as connection:
        for column in personal_columns():
            kept = type_coerce(column, Text)
            sealed = func.substr(kept, 1, len(PREFIX)) == PREFIX
            counted = select(func.count().filter(~sealed), func.count().filter(sealed)).select_from(column.table)
            row = (await connection.execute(counted.where(_stale(database.seal, column)))).one()
            plain, older = plain + row[0], older + row[1]
    return Unsealed(plain, older)


async def begins_anew(database: Database) -> bool:
    """Say whether texts are there and the first key seals none of them: servers that run may not have it yet."""
    return (await to_rotate(database)).all > 0 and database.seal.key_ids[0] not in await database.key_ids()


def _stale(seal: Seal, column: Column[str]) -> ColumnElement[bool]:
    kept = type_coerce(column, Text)
    return and_(kept != "", func.substr(kept, 1, len(seal.newest)) != seal.newest)


async def _some(database: Database, column: Column[str]) -> int:
    table: Table = column.table
    keys = list(table.primary_key)
    async with database.writer.begin() as connection:
        query = select(*keys, type_coerce(column, Text).label("kept")).where(_stale(database.seal, column))
        rows = (await connection.execute(query.limit(_AT_ONCE).with_for_update())).all()
        for row in rows:
            await _write(connection, column, row[:-1], _anew(database.seal, row.kept))
    return len(rows)


async def _write(connection: AsyncConnection, column: Column[str], key: tuple[object, ...], value: str) -> None:
    table: Table = column.table
    here = [one == given for one, given in zip(table.primary_key, key, strict=True)]
    await connection.execute(update(table).where(*here).values({column: bindparam("kept", value, type_=Text)}))


def _anew(seal: Seal, kept: str) -> str:
    return seal.close(seal.open(kept))
