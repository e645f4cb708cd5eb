"""Signals beyond wording: why a score came about, what an office switched off, and what its page is for.

And decisions are listed in their order, however many there are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: table, column, and what older rows hold: nobody said why, and nothing was switched off
_ADDED = (("assessments", "because", "{}"), ("ensemble_choices", "off", "[]"))


def upgrade() -> None:
    for table, name, before in _ADDED:
        op.add_column(table, sa.Column(name, sa.JSON(), nullable=False, server_default=before))
    op.create_table(
        "page_profiles",
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_page_profiles_office_id_offices")),
        sa.PrimaryKeyConstraint("office_id", name=op.f("pk_page_profiles")),
    )
    op.create_index("ix_decisions_office_id_state_id", "decisions", ["office_id", "state", "id"])
    by_people = sa.text("reason = 'person'")
    op.create_index(
        "ix_decisions_by_people", "decisions", ["comment_id"], sqlite_where=by_people, postgresql_where=by_people
    )


def downgrade() -> None:
    op.drop_index("ix_decisions_by_people", "decisions")
    op.drop_index("ix_decisions_office_id_state_id", "decisions")
    op.drop_table("page_profiles")
    for table, name, _ in reversed(_ADDED):
        op.drop_column(table, name)
