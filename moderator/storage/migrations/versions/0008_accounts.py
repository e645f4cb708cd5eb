"""Automation: what platforms tell about the accounts that comment, and when posts were published."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of older rows nothing is known.
    op.add_column("authors", sa.Column("account", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("posts", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("posts", "published_at")
    op.drop_column("authors", "account")
