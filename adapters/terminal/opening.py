"""Opens the database for a command, and says what is wrong with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from adapters.settings import Settings
from adapters.storage.database import DATABASE_ERRORS, Database, DatabaseError, database_of
from adapters.storage.sealing import UnreadableError
from bot.ports import StoreError


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Give the database of a server that has been started before; raises `click.ClickException`, also for what
    goes wrong with it meanwhile.
    """
    try:
        database = database_of(settings)
    except DatabaseError as error:
        raise click.ClickException(str(error)) from None
    try:
        if not database.is_there() or not await database.is_current():
            raise click.ClickException("Er is nog geen bijgewerkte database: start de server een keer, met make run.")
        await database.check_keys()
        yield database
    except (DatabaseError, StoreError, UnreadableError) as error:
        raise click.ClickException(str(error)) from None
    except DATABASE_ERRORS as error:
        raise click.ClickException(
            f"De database is onbereikbaar ({type(error).__name__}). protocolwijzer doctor zegt meer."
        ) from None
    finally:
        await database.close()
