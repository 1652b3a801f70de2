"""The database: one SQLite file without any set-up, or PostgreSQL by one setting; brought up to date at start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Table, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY = 1_500  # ms that SQLite waits for a lock: less than a transaction may take, so that its own error says why
_READERS, _POSTGRES_CONNECTIONS = 4, 10
_CONNECT = 2  # seconds to reach PostgreSQL
_LOCK = 7_702_510  # any number of our own: PostgreSQL's lock for migrations
# What can go wrong with a database that is away: SQLAlchemy's errors, and the network's own (measured)
DATABASE_ERRORS = (SQLAlchemyError, OSError)


class DatabaseError(Exception):
    """The database cannot be used; the text says what to do."""


class Database:
    """Connections for writing and for reading. SQLite has one writer: four were slower (p99 287 ms against 77)."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        if self.url.drivername in ("postgresql", "postgres"):
            self.url = self.url.set(drivername="postgresql+psycopg")
        if self.url.drivername == "sqlite":
            self.url = self.url.set(drivername="sqlite+aiosqlite")
        self.is_postgres = self.url.get_backend_name() == "postgresql"
        if self.is_postgres:
            self.writer = self._engine(pool_size=_POSTGRES_CONNECTIONS)
            self.reader = self.writer
        else:
            self.writer = self._engine(pool_size=1)
            self.reader = self._engine(pool_size=_READERS)
            _sqlite(self.writer, "BEGIN IMMEDIATE")
            _sqlite(self.reader, "BEGIN")

    def _engine(self, pool_size: int) -> AsyncEngine:
        connect: dict[str, Any] = {"connect_timeout": _CONNECT} if self.is_postgres else {}
        return create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=2,
            pool_pre_ping=self.is_postgres,
            hide_parameters=True,  # they hold what people wrote
            connect_args=connect,
        )

    async def upgrade(self) -> None:
        """Create or migrate the tables; safe when several servers start at once. Raises `DatabaseError`."""
        if not self.is_postgres and self.url.database:
            try:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as error:
                raise DatabaseError(self._remedy(error)) from None
        # foreign keys are off while migrating: SQLite would silently delete rows of a table that is made anew
        engine = create_async_engine(self.url, poolclass=NullPool, hide_parameters=True)
        if not self.is_postgres:
            _sqlite(engine, "BEGIN IMMEDIATE", foreign_keys=False, busy=30_000)
        try:
            async with engine.begin() as connection:
                if self.is_postgres:
                    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                await connection.run_sync(_upgrade)
                if not self.is_postgres and (await connection.execute(text("PRAGMA foreign_key_check"))).first():
                    raise DatabaseError("The database has rows that belong to nothing. Restore a backup.")
        except CommandError:
            raise DatabaseError(
                "The database was made by a newer version of Protocolwijzer. Install that version, or restore a backup."
            ) from None
        except DATABASE_ERRORS as error:
            raise DatabaseError(self._remedy(error)) from None
        finally:
            await engine.dispose()

    def is_there(self) -> bool:
        """Say whether SQLite's file exists; PostgreSQL's database is taken to."""
        return self.is_postgres or Path(self.url.database or "").exists()

    async def is_current(self) -> bool:
        """Say whether the tables are those of this version."""
        async with self.reader.connect() as connection:
            return await connection.run_sync(_revision) == _head()

    async def close(self) -> None:
        await self.writer.dispose()
        await self.reader.dispose()

    def insert(self, table: Table) -> Any:
        """Return an INSERT that knows ON CONFLICT: each kind of database has its own."""
        return postgresql.insert(table) if self.is_postgres else sqlite.insert(table)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        async with self.reader.connect() as connection:
            yield connection

    def _remedy(self, error: BaseException) -> str:
        where = self.url.render_as_string(hide_password=True)
        cause = getattr(error, "orig", None) or error
        why = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        return (
            f"The database {where} cannot be used: {why.rstrip('.')}. "
            "Check PROTOCOLWIJZER_DATABASE, and whether there is room and permission to write."
        )


def _sqlite(engine: AsyncEngine, begin: str, *, foreign_keys: bool = True, busy: int = _BUSY) -> None:
    """Set up each connection; SQLAlchemy then begins transactions itself, as its documentation of SQLite says."""

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={busy}",
            "journal_mode=WAL",
            "synchronous=FULL",  # a case that was acknowledged outlives a power cut
            f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
            "secure_delete=ON",  # what is erased leaves no trace in the file
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    command.upgrade(_config(connection), "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()
