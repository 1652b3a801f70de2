"""The statements of every hand-off, built once: SQLAlchemy then neither builds nor compiles them again."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable, Table, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.storage.tables import accounts, case_events, cases, chosen_managers, deliveries, incoming


class Statements:
    """For one kind of database; parameters are named as the columns."""

    def __init__(self, *, is_postgres: bool) -> None:
        insert_into: Callable[[Table], Any] = postgresql.insert if is_postgres else sqlite.insert
        # rowcount is -1 after ON CONFLICT DO NOTHING with psycopg: only what comes back tells
        self.first = insert_into(incoming).on_conflict_do_nothing().returning(incoming.c.key)
        self.open = insert_into(cases).on_conflict_do_nothing(index_elements=["opened_by"]).returning(cases.c.number)
        self.save: Executable = (
            update(cases)
            .where(cases.c.number == bindparam("of_number"), cases.c.version == bindparam("of_version"))
            .returning(cases.c.number)
        )
        self.record: Executable = insert(case_events)
        self.deliver: Executable = insert(deliveries)
        self.touch = _upsert(insert_into(incoming), ("key",), ("at",))
        known = ("person", "name", "conversation", "thread", "language", "seen_at")
        self.seen = _upsert(insert_into(accounts), ("platform", "account"), known)
        self.choose = _upsert(insert_into(chosen_managers), ("person",), ("manager", "manager_name"))


@lru_cache(maxsize=2)
def statements(*, is_postgres: bool) -> Statements:
    """Return the statements for SQLite or PostgreSQL."""
    return Statements(is_postgres=is_postgres)


def _upsert(made: Any, keys: tuple[str, ...], others: tuple[str, ...]) -> Any:
    return made.on_conflict_do_update(index_elements=list(keys), set_={name: made.excluded[name] for name in others})
