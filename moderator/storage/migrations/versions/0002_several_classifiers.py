"""Several classifiers: what each says beside its scores, whose answer counted, and what an office chooses."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: table, column, type, and what older rows hold: nothing was told, and nobody noted whose answer counted
_ADDED = (
    ("assessments", "language", sa.String(), ""),
    ("assessments", "doubts", sa.JSON(), "[]"),
    ("assessments", "views", sa.JSON(), "{}"),
    ("decisions", "answered", sa.JSON(), "{}"),
)


def upgrade() -> None:
    for table, name, kind, before in _ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=before))
    op.create_table(
        "ensemble_choices",
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("orders", sa.JSON(), nullable=False),
        sa.Column("margin", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_ensemble_choices_office_id_offices")),
        sa.PrimaryKeyConstraint("office_id", name=op.f("pk_ensemble_choices")),
    )


def downgrade() -> None:
    op.drop_table("ensemble_choices")
    for table, name, _, _ in reversed(_ADDED):
        op.drop_column(table, name)
