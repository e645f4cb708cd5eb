"""Guidelines as something written, tried and agreed on; and the facts beside the scores that rules may rest on."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: table, column, type, and what older rows hold; None: nothing is known of them
_ADDED = (
    ("guideline_versions", "note", sa.String(), ""),
    ("guideline_versions", "approved_by", sa.String(), None),
    ("posts", "limited_at", sa.DateTime(timezone=True), None),
    ("revisions", "text_key", sa.String(), None),
    ("actions", "duration_days", sa.Integer(), None),
    ("actions", "ends_at", sa.DateTime(timezone=True), None),
)
_INDEXES = (
    ("ix_comments_author_id_received_at", "comments", ["author_id", "received_at"]),
    ("ix_revisions_text_key", "revisions", ["text_key"]),
)
#: in the order in which they may be dropped
_TABLES = ("shadow_outcomes", "backtest_flips", "backtests", "guideline_drafts", "author_facts")


def upgrade() -> None:
    for table, name, kind, before in _ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=before is None, server_default=before))
    effective = sa.Column(
        "effective_at", sa.DateTime(timezone=True), nullable=False, server_default="1970-01-01 00:00:00"
    )
    op.add_column("guideline_versions", effective)
    op.execute("UPDATE guideline_versions SET effective_at = published_at")
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns, unique=False)
    op.create_table(
        "author_facts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("author_id", sa.String(length=26), nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(length=26), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=26), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_author_facts_author_id_authors")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_author_facts_office_id_offices")),
        sa.ForeignKeyConstraint(["recorded_by"], ["members.id"], name=op.f("fk_author_facts_recorded_by_members")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["members.id"], name=op.f("fk_author_facts_withdrawn_by_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author_facts")),
    )
    op.create_index("ix_author_facts_author_id_fact", "author_facts", ["author_id", "fact"], unique=False)
    op.create_table(
        "guideline_drafts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("base_number", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(length=26), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=26), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.String(length=26), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("reviewed_by", sa.String(length=26), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_note", sa.String(), nullable=False),
        sa.Column("shadow_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version_id", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["members.id"], name=op.f("fk_guideline_drafts_created_by_members")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_guideline_drafts_office_id_offices")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["members.id"], name=op.f("fk_guideline_drafts_reviewed_by_members")),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["members.id"], name=op.f("fk_guideline_drafts_submitted_by_members")
        ),
        sa.ForeignKeyConstraint(["updated_by"], ["members.id"], name=op.f("fk_guideline_drafts_updated_by_members")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["guideline_versions.id"], name=op.f("fk_guideline_drafts_version_id_guideline_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guideline_drafts")),
    )
    op.create_index("ix_guideline_drafts_office_id_state", "guideline_drafts", ["office_id", "state"], unique=False)
    op.create_table(
        "backtests",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("draft_id", sa.String(length=26), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("version_id", sa.String(length=26), nullable=True),
        sa.Column("sample", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(length=26), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["members.id"], name=op.f("fk_backtests_asked_by_members")),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["guideline_drafts.id"], name=op.f("fk_backtests_draft_id_guideline_drafts")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_backtests_office_id_offices")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["guideline_versions.id"], name=op.f("fk_backtests_version_id_guideline_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtests")),
    )
    op.create_index("ix_backtests_draft_id_asked_at", "backtests", ["draft_id", "asked_at"], unique=False)
    op.create_table(
        "backtest_flips",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("backtest_id", sa.String(length=26), nullable=False),
        sa.Column("comment_id", sa.String(length=26), nullable=False),
        sa.Column("revision_id", sa.String(length=26), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("rules_before", sa.JSON(), nullable=False),
        sa.Column("rules_after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["backtest_id"], ["backtests.id"], name=op.f("fk_backtest_flips_backtest_id_backtests")
        ),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_backtest_flips_comment_id_comments")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_backtest_flips_revision_id_revisions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtest_flips")),
        sa.UniqueConstraint("backtest_id", "revision_id", name=op.f("uq_backtest_flips_backtest_id_revision_id")),
    )
    op.create_table(
        "shadow_outcomes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("draft_id", sa.String(length=26), nullable=False),
        sa.Column("draft_revision", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.String(length=26), nullable=False),
        sa.Column("revision_id", sa.String(length=26), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("rules_before", sa.JSON(), nullable=False),
        sa.Column("rules_after", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_shadow_outcomes_comment_id_comments")),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["guideline_drafts.id"], name=op.f("fk_shadow_outcomes_draft_id_guideline_drafts")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_shadow_outcomes_revision_id_revisions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_outcomes")),
        sa.UniqueConstraint("draft_id", "revision_id", name=op.f("uq_shadow_outcomes_draft_id_revision_id")),
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_column("guideline_versions", "effective_at")
    for table, name, _, _ in reversed(_ADDED):
        op.drop_column(table, name)
