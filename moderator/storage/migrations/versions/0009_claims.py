"""Claims: what was checked, by whom, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checked_claims",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("rating", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("added_by", sa.String(length=26), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=26), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.Column("vector_version", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["members.id"], name=op.f("fk_checked_claims_added_by_members")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_checked_claims_office_id_offices")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["members.id"], name=op.f("fk_checked_claims_withdrawn_by_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checked_claims")),
        sa.UniqueConstraint("office_id", "key", name=op.f("uq_checked_claims_office_id_key")),
    )
    op.create_index("ix_checked_claims_office_id_id", "checked_claims", ["office_id", "id"])
    op.create_table(
        "claim_stores",
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("stamp", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_claim_stores_office_id_offices")),
        sa.PrimaryKeyConstraint("office_id", name=op.f("pk_claim_stores")),
    )
    op.create_table(
        "claim_matches",
        sa.Column("revision_id", sa.String(length=26), nullable=False),
        sa.Column("claim_id", sa.String(length=26), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["checked_claims.id"], name=op.f("fk_claim_matches_claim_id_checked_claims")
        ),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_claim_matches_revision_id_revisions")),
        sa.PrimaryKeyConstraint("revision_id", "claim_id", name=op.f("pk_claim_matches")),
    )


def downgrade() -> None:
    op.drop_table("claim_matches")
    op.drop_table("claim_stores")
    op.drop_table("checked_claims")
