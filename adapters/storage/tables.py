"""The tables: cases and their steps, deliveries, and what makes people reachable."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from adapters.storage.sealing import Personal

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A time, aware of its zone; SQLite keeps none, so it gets UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return moment


cases = Table(
    "cases",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("opened_by", String(300), nullable=False, unique=True),  # the key of the form that opened it
    Column("asker", String(320), nullable=False, index=True),
    Column("asker_name", Personal, nullable=False),
    Column("school", Text, nullable=False),
    Column("platform", String(40), nullable=False),
    Column("conversation", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("language", String(2), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Personal, nullable=False),
    Column("note", Personal, nullable=False),
    Column("sections", Text, nullable=False),
    Column("unnamed", Boolean, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("fingerprint", String(20), nullable=False),
    Column("handler", String(20), nullable=False),
    Column("manager", String(320), nullable=True, index=True),
    Column("manager_name", Personal, nullable=True),
    Column("at_desk", Boolean, nullable=False),
    Column("created", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    Column("status", String(20), nullable=False),
    Column("claimer", String(320), nullable=True),
    Column("claimer_name", Personal, nullable=True),
    Column("escalated", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("remind_at", Moment, nullable=True, index=True),
    Column("escalate_at", Moment, nullable=True, index=True),
    Index("ix_cases_status_number", "status", "number"),
    sqlite_autoincrement=True,  # a number is never given twice, also after the newest case was erased
)

case_events = Table(
    "case_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", ForeignKey("cases.number", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(320), nullable=False),
    Column("by_name", Personal, nullable=False),
    Column("step", String(30), nullable=False),
    Column("text", Personal, nullable=False),
    Column("sections", Text, nullable=False),
    UniqueConstraint("number", "version"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(80), nullable=False, unique=True),
    Column("number", ForeignKey("cases.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("lane", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("person", String(320), nullable=False),
    Column("platform", String(40), nullable=False),  # empty until it is known where the person can be reached
    Column("conversation", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("state", String(20), nullable=False),  # due, sending, unknown, sent, given-up
    Column("due_at", Moment, nullable=False),
    Column("lease_until", Moment, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("message", Text, nullable=False),  # the platform's id of it, so that it can be edited
    Column("problem", Text, nullable=False),
    Column("blocked", Boolean, nullable=False),  # a person must do something about the problem
    Column("created", Moment, nullable=False),
    Column("sent_at", Moment, nullable=True),
    Index("ix_deliveries_state_due", "state", "due_at"),
    Index("ix_deliveries_lane_state", "lane", "state"),
    Index("ix_deliveries_place", "platform", "conversation", "sent_at"),
    sqlite_autoincrement=True,
)

incoming = Table(
    "incoming",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)

accounts = Table(
    "accounts",
    metadata,
    Column("platform", String(40), primary_key=True),
    Column("account", String(320), primary_key=True),
    Column("person", String(320), nullable=False, index=True),
    Column("name", Personal, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("seen_at", Moment, nullable=False),
)

chosen_managers = Table(
    "chosen_managers",
    metadata,
    Column("person", String(320), primary_key=True),
    Column("manager", String(320), nullable=False),
    Column("manager_name", Personal, nullable=False),
)

desks = Table(
    "desks",
    metadata,
    Column("platform", String(40), primary_key=True),
    Column("conversation", String(300), primary_key=True),
)

places = Table(
    "places",
    metadata,
    Column("conversation", String(500), primary_key=True),
    Column("service_url", Text, nullable=False),
    Column("account", String(320), nullable=False, index=True),
    Column("email", String(320), nullable=False, index=True),
    Column("team", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("key", String(300), nullable=False, unique=True),  # of the form that proposed it
    Column("id", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("question", Personal, nullable=False),
    Column("question_en", Personal, nullable=False),
    Column("title", Personal, nullable=False),
    Column("title_en", Personal, nullable=False),
    Column("gist", Personal, nullable=False),
    Column("gist_en", Personal, nullable=False),
    Column("route", String(20), nullable=False),
    Column("sections", Text, nullable=False),
    Column("contact", String(20), nullable=False),
    Column("case_number", Integer, nullable=False),  # no foreign key: the case may be erased, what was learnt stays
    Column("proposer", String(320), nullable=False),
    Column("proposer_name", Personal, nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("decider", String(320), nullable=True),
    Column("decider_name", Personal, nullable=True),
    Column("decided_at", Moment, nullable=True),
    Column("exported_at", Moment, nullable=True),
    sqlite_autoincrement=True,
)

counts = Table(  # never a person, never a text
    "counts",
    metadata,
    Column("day", Date, primary_key=True),  # in the organisation's zone
    Column("kind", String(20), primary_key=True),  # question, review, helped, not-helped, step
    Column("route", String(30), primary_key=True),  # of a review the verdict, of a step its name
    Column("section", String(80), primary_key=True),
    Column("language", String(2), primary_key=True),
    Column("certain", Boolean, primary_key=True),
    Column("count", Integer, nullable=False),
)

feedback = Table(  # never a person; a text only when somebody added one
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(40), nullable=False, unique=True),
    Column("at", Moment, nullable=False, index=True),
    Column("helped", Boolean, nullable=False),
    Column("language", String(2), nullable=False),
    Column("route", String(20), nullable=False),
    Column("section", String(80), nullable=False),
    Column("situation", String(80), nullable=False),
    Column("certain", Boolean, nullable=False),
    Column("fingerprint", String(20), nullable=False),
    Column("text", Personal, nullable=False),
    sqlite_autoincrement=True,
)
