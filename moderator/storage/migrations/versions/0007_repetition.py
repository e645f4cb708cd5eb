"""Repetition: comments that say nearly the same, and the campaigns that they make up."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("comment_id", sa.String(length=26), nullable=False),
        sa.Column("comments", sa.Integer(), nullable=False),
        sa.Column("authors", sa.Integer(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_campaigns_comment_id_comments")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_campaigns_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_index("ix_campaigns_office_id_last_at", "campaigns", ["office_id", "last_at"])
    op.create_table(
        "campaign_comments",
        sa.Column("comment_id", sa.String(length=26), nullable=False),
        sa.Column("campaign_id", sa.String(length=26), nullable=False),
        sa.Column("author_id", sa.String(length=26), nullable=True),
        sa.Column("post_id", sa.String(length=26), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_campaign_comments_comment_id_comments")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_comments_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_campaign_comments")),
    )
    op.create_index("ix_campaign_comments_campaign_id_at", "campaign_comments", ["campaign_id", "at"])
    op.create_table(
        "echoes",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("comment_id", sa.String(length=26), nullable=False),
        sa.Column("revision_id", sa.String(length=26), nullable=False),
        sa.Column("author_id", sa.String(length=26), nullable=True),
        sa.Column("post_id", sa.String(length=26), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.Column("campaign_id", sa.String(length=26), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_echoes")),
    )
    in_one = sa.text("campaign_id IS NOT NULL")
    op.create_index(
        "ix_echoes_campaign_id_at", "echoes", ["campaign_id", "at"], sqlite_where=in_one, postgresql_where=in_one
    )
    op.create_table(
        "echo_keys",
        sa.Column("key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_echo_keys")),
    )


def downgrade() -> None:
    op.drop_table("echo_keys")
    op.drop_table("echoes")
    op.drop_table("campaign_comments")
    op.drop_table("campaigns")
