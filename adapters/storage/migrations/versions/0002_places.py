"""Where the conversations of a platform live, so that somebody can be written to later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("conversation", sa.String(length=500), nullable=False),
        sa.Column("service_url", sa.Text(), nullable=False),
        sa.Column("account", sa.String(length=320), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation", name=op.f("pk_places")),
    )
    with op.batch_alter_table("places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_places_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_places_email"), ["email"], unique=False)
