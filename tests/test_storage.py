"""The database: made and migrated at start by any number of servers, refused with a remedy when it cannot be used."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.settings import ROOT
from adapters.storage.database import Database, DatabaseError

UPGRADE = (
    "import asyncio, sys; from adapters.storage.database import Database; "
    "print('go', flush=True); asyncio.run(Database(sys.argv[1]).upgrade())"
)


async def upgrading(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", UPGRADE, url), cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def is_current(url: str) -> bool:
    database = Database(url)
    try:
        return await database.is_current()
    finally:
        await database.close()


async def test_four_first_starts_at_once_make_one_database(database_url: str) -> None:
    starts = [await upgrading(database_url) for _ in range(4)]
    told = await asyncio.gather(*(start.communicate() for start in starts))
    assert [start.returncode for start in starts] == [0] * 4, told
    assert await is_current(database_url)


async def test_a_start_that_is_killed_in_mid_migration_leaves_a_database_that_starts(database_url: str) -> None:
    for _ in range(5):
        start = await upgrading(database_url)
        assert start.stdout and await start.stdout.readline() == b"go\n"
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(start.wait(), 0.05 * (_ + 1))
        if start.returncode is None:
            start.kill()
            await start.wait()
    database = Database(database_url)
    await database.upgrade()
    assert await database.is_current()
    await database.close()


async def test_an_upgrade_keeps_what_is_there(database_url: str) -> None:
    database = Database(database_url)
    await database.upgrade()
    async with database.writer.begin() as connection:
        await connection.execute(text("INSERT INTO incoming VALUES ('k', '2026-11-24 09:00:00')"))
    await database.upgrade()
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT key FROM incoming"))).scalars().all() == ["k"]
    await database.close()


async def test_a_newer_database_is_refused_with_the_remedy(database_url: str) -> None:
    database = Database(database_url)
    await database.upgrade()
    async with database.writer.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="nieuwere versie"):
        await database.upgrade()
    await database.close()


async def test_a_file_that_is_no_database_is_refused_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "cases.sqlite3"
    file.write_text("this is a letter, not a database" * 100)
    with pytest.raises(DatabaseError, match="PROTOCOLWIJZER_DATABASE"):
        await Database(f"sqlite:///{file}").upgrade()
    assert file.read_text().startswith("this is a letter")


async def test_a_password_is_never_in_an_error() -> None:
    with pytest.raises(DatabaseError) as refused:
        await Database("postgresql://school:very-secret@127.0.0.1:1/school").upgrade()
    assert "very-secret" not in str(refused.value) and "127.0.0.1:1" in str(refused.value)


async def test_sqlite_erases_for_good_and_outlives_a_power_cut(tmp_path: Path) -> None:
    file = tmp_path / "cases.sqlite3"
    database = Database(f"sqlite:///{file}")
    await database.upgrade()
    async with database.writer.connect() as connection:
        pragmas = [(await connection.execute(text(f"PRAGMA {name}"))).scalar() for name in (
            "journal_mode", "synchronous", "foreign_keys", "secure_delete")]  # fmt: skip
    assert pragmas == ["wal", 2, 1, 1]
    await database.close()
    with contextlib.closing(sqlite3.connect(file)) as connection_:
        assert connection_.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_the_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from adapters.storage.tables import metadata

    database = Database(database_url)
    await database.upgrade()
    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda given: compare_metadata(MigrationContext.configure(given), metadata)
        )
    await database.close()
    assert differences == []
