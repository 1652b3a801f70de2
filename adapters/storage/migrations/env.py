"""Runs the migrations on the connection that `database.upgrade` gives; it holds the lock and the transaction."""

from __future__ import annotations

from alembic import context

from adapters.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
