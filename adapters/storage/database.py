"""The database: one SQLite file without any set-up, or PostgreSQL by one setting; brought up to date at start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Column, Connection, Table, event, func, make_url, select, text, type_coerce
from sqlalchemy import Text as PlainText
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from adapters.settings import Settings, SettingsError, read_encryption_keys
from adapters.storage import sealing
from adapters.storage.sealing import KEY_ID, PREFIX, Personal, Seal, SealError, UnreadableError
from adapters.storage.tables import metadata

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY = 1_500  # ms that SQLite waits for a lock: less than a transaction may take, so that its own error says why
_READERS, _POSTGRES_CONNECTIONS = 4, 10
_CONNECT = 2  # seconds to reach PostgreSQL
# a network that swallows packets is noticed within some ten seconds
KEEP_ALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
_LOCK = 7_702_510  # any number of our own: PostgreSQL's lock for migrations
# What can go wrong with a database that is away: SQLAlchemy's errors, and the network's own (measured)
DATABASE_ERRORS = (SQLAlchemyError, OSError)


def why_away(error: BaseException) -> str:
    """Return what to say of one of `DATABASE_ERRORS`: a text without its key is no database that is away."""
    if isinstance(error, UnreadableError):
        return f"{error} Every server needs the keys of PROTOCOLWIJZER_ENCRYPTION_KEYS or _KEY_FILE."
    return f"The database is away: {type(error).__name__}."


class DatabaseError(Exception):
    """The database cannot be used; the text says what to do."""


class Database:
    """Connections for writing and for reading. SQLite has one writer: four were slower (p99 287 ms against 77)."""

    def __init__(self, url: str, seal: Seal | None = None) -> None:
        self.seal = seal or Seal()
        self.has_traces = False  # something was erased that still stands in the files
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
        connect: dict[str, Any] = {"connect_timeout": _CONNECT, **KEEP_ALIVE} if self.is_postgres else {}
        engine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=2,
            pool_pre_ping=self.is_postgres,
            hide_parameters=True,  # they hold what people wrote
            connect_args=connect,
        )
        sealing.use(self.seal, engine.dialect)
        return engine

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
                    raise DatabaseError("De database heeft rijen die nergens bij horen. Zet een reservekopie terug.")
        except CommandError:
            raise DatabaseError(
                "De database is van een nieuwere versie van Protocolwijzer. Installeer die, of zet een reservekopie "
                "terug."
            ) from None
        except DATABASE_ERRORS as error:
            raise DatabaseError(self._remedy(error)) from None
        finally:
            await engine.dispose()
        await self.check_keys()

    async def check_keys(self) -> None:
        """Raise `DatabaseError` when something is sealed with a key that is not there."""
        if missing := await self.key_ids() - set(self.seal.key_ids):
            named = ", ".join(sorted(missing))
            which = (
                "er is geen sleutel ingesteld" if not self.seal.is_on else "de ingestelde sleutels openen niet alles"
            )
            raise DatabaseError(
                f"De database bevat versleutelde teksten, en {which} (wat ontbreekt: sleutel {named}). Zet "
                "PROTOCOLWIJZER_ENCRYPTION_KEYS of PROTOCOLWIJZER_ENCRYPTION_KEY_FILE op de sleutels waarmee ze zijn "
                "gemaakt, de nieuwste eerst. Zonder die sleutels kan niemand deze teksten lezen."
            )

    async def unreadable_key(self) -> str:
        """Return a key that texts are sealed with and that is not here; empty when there seems to be none.

        Cheap: it looks at the first and the last row of each table. After a rotation elsewhere the first one is sealed
        with the new key, whatever this server goes on adding with an old one. Raises `DATABASE_ERRORS`.
        """
        async with self.reader.connect() as connection:
            for table, columns in groupby(personal_columns(), key=lambda column: column.table):
                kept = [type_coerce(column, PlainText) for column in columns]
                keys = list(table.primary_key)
                for order in (keys, [key.desc() for key in keys]):
                    row = (await connection.execute(select(*kept).order_by(*order).limit(1))).first()
                    sealed: list[str] = [value for value in row or () if value and value.startswith(PREFIX)]
                    found = {value[len(PREFIX) : len(PREFIX) + KEY_ID] for value in sealed}
                    if missing := found - set(self.seal.key_ids):
                        return min(missing)
        return ""

    async def key_ids(self) -> set[str]:
        """Return which keys the values in the database are sealed with. Raises `DatabaseError`."""
        found: set[str] = set()
        try:
            async with self.reader.connect() as connection:
                for column in personal_columns():
                    kept = type_coerce(column, PlainText)
                    query = select(func.substr(kept, len(PREFIX) + 1, KEY_ID)).distinct()
                    sealed = func.substr(kept, 1, len(PREFIX)) == PREFIX  # LIKE would take capitals too
                    found.update((await connection.execute(query.where(sealed))).scalars())
        except DATABASE_ERRORS as error:
            raise DatabaseError(self._remedy(error)) from None
        return found

    def is_there(self) -> bool:
        """Say whether SQLite's file exists; PostgreSQL's database is taken to."""
        return self.is_postgres or Path(self.url.database or "").exists()

    async def is_current(self) -> bool:
        """Say whether the tables are those of this version."""
        async with self.reader.connect() as connection:
            return await connection.run_sync(_revision) == _head()

    async def leave_no_trace(self) -> bool:
        """Bring the files in line with what was erased; say whether that is done, or somebody was reading.

        SQLite overwrites what is erased, and its log ends here; PostgreSQL frees the room to be overwritten.
        """
        self.has_traces = True
        if self.is_postgres:
            engine = self.writer.execution_options(isolation_level="AUTOCOMMIT")
            async with engine.connect() as connection:
                for table in metadata.sorted_tables:
                    await connection.execute(text(f'VACUUM "{table.name}"'))
            self.has_traces = False
            return True
        async with self.writer.connect() as connection:
            # not through SQLAlchemy, which begins a transaction: a checkpoint cannot be in one
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            busy, _, _ = await (await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")).fetchone()
            self.has_traces = bool(busy)
            return not busy

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
            f"Database {where} is niet te gebruiken: {why.rstrip('.')}. "
            "Kijk naar PROTOCOLWIJZER_DATABASE, en of er ruimte en toestemming is om te schrijven."
        )


def database_of(settings: Settings) -> Database:
    """Return the database that the settings name, with its keys; raises `DatabaseError`."""
    try:
        return Database(settings.database_url, Seal(read_encryption_keys(settings)))
    except (SealError, SettingsError) as error:
        raise DatabaseError(str(error)) from None


def personal_columns() -> list[Column[Any]]:
    """Return the columns that hold what people wrote or what they are called."""
    return [column for table in metadata.sorted_tables for column in table.columns if isinstance(column.type, Personal)]


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
