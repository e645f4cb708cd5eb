"""The first tables: offices, channels, comments, decisions, jobs, and the append-only log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_REFUSAL = "audit entries are append-only"

_SQLITE_TRIGGERS = (
    f"""CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    # INSERT OR REPLACE deletes without firing the trigger above. https://www.sqlite.org/lang_conflict.html
    """CREATE TRIGGER audit_entries_no_replace BEFORE INSERT ON audit_entries
        WHEN EXISTS (SELECT 1 FROM audit_entries WHERE chain = NEW.chain AND sequence = NEW.sequence)
        BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END""",
)

_POSTGRESQL_TRIGGERS = (
    f"""CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$""",
    """CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries
        FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()""",
    """CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()""",
)


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("chain", sa.String(length=26), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "sequence", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_subject"), "audit_entries", ["subject"], unique=False)
    op.create_table(
        "audit_heads",
        sa.Column("chain", sa.String(length=26), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_jobs_kind_subject_id")),
    )
    op.create_index("ix_jobs_kind_run_after_id", "jobs", ["kind", "run_after", "id"], unique=False)
    op.create_table(
        "offices",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offices")),
        sa.UniqueConstraint("slug", name=op.f("uq_offices_slug")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_api_keys_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    op.create_index(op.f("ix_api_keys_office_id"), "api_keys", ["office_id"], unique=False)
    op.create_table(
        "channels",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("sealed_secrets", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_channels_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
    )
    op.create_index(op.f("ix_channels_office_id"), "channels", ["office_id"], unique=False)
    op.create_table(
        "members",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_members_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("email", name=op.f("uq_members_email")),
    )
    op.create_index(op.f("ix_members_office_id"), "members", ["office_id"], unique=False)
    op.create_table(
        "terms",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("banned", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_terms_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("office_id", "text", name=op.f("uq_terms_office_id_text")),
    )
    op.create_table(
        "authors",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("channel_id", sa.String(length=26), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_authors_channel_id_channels")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authors")),
        sa.UniqueConstraint("channel_id", "external_id", name=op.f("uq_authors_channel_id_external_id")),
    )
    op.create_table(
        "guideline_versions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_guideline_versions_office_id_offices")),
        sa.ForeignKeyConstraint(
            ["published_by"], ["members.id"], name=op.f("fk_guideline_versions_published_by_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guideline_versions")),
        sa.UniqueConstraint("office_id", "number", name=op.f("uq_guideline_versions_office_id_number")),
    )
    op.create_table(
        "member_sessions",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_member_sessions_member_id_members")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_member_sessions")),
    )
    op.create_index(op.f("ix_member_sessions_member_id"), "member_sessions", ["member_id"], unique=False)
    op.create_table(
        "posts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("channel_id", sa.String(length=26), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("permalink", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_posts_channel_id_channels")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("channel_id", "external_id", name=op.f("uq_posts_channel_id_external_id")),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_sign_in_links_member_id_members")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_links")),
    )
    op.create_index(op.f("ix_sign_in_links_member_id"), "sign_in_links", ["member_id"], unique=False)
    op.create_table(
        "comments",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("channel_id", sa.String(length=26), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(length=26), nullable=True),
        sa.Column("author_id", sa.String(length=26), nullable=True),
        sa.Column("parent_external_id", sa.String(), nullable=True),
        sa.Column("permalink", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("revision_id", sa.String(length=26), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_comments_author_id_authors")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_comments_channel_id_channels")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_comments_office_id_offices")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_comments_post_id_posts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sa.UniqueConstraint("channel_id", "external_id", name=op.f("uq_comments_channel_id_external_id")),
    )
    op.create_index(op.f("ix_comments_author_id"), "comments", ["author_id"], unique=False)
    op.create_index("ix_comments_office_id_received_at", "comments", ["office_id", "received_at"], unique=False)
    op.create_index("ix_comments_post_id_posted_at", "comments", ["post_id", "posted_at"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("comment_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=True),
        sa.Column("unreadable", sa.JSON(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_revisions_comment_id_comments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("comment_id", "number", name=op.f("uq_revisions_comment_id_number")),
    )
    op.create_table(
        "assessments",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("revision_id", sa.String(length=26), nullable=False),
        sa.Column("classifier", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_assessments_revision_id_revisions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
        sa.UniqueConstraint("revision_id", "classifier", name=op.f("uq_assessments_revision_id_classifier")),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("comment_id", sa.String(length=26), nullable=False),
        sa.Column("revision_id", sa.String(length=26), nullable=False),
        sa.Column("version_id", sa.String(length=26), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("maker", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=True),
        sa.Column("second_member_id", sa.String(length=26), nullable=True),
        sa.Column("verbs", sa.JSON(), nullable=False),
        sa.Column("rule_ids", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("previous_id", sa.String(), nullable=True),
        sa.Column("suggestion_followed", sa.Boolean(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_decisions_comment_id_comments")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_decisions_member_id_members")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_decisions_office_id_offices")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_decisions_revision_id_revisions")),
        sa.ForeignKeyConstraint(
            ["second_member_id"], ["members.id"], name=op.f("fk_decisions_second_member_id_members")
        ),
        sa.ForeignKeyConstraint(["undone_by"], ["members.id"], name=op.f("fk_decisions_undone_by_members")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["guideline_versions.id"], name=op.f("fk_decisions_version_id_guideline_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_comment_id_made_at", "decisions", ["comment_id", "made_at"], unique=False)
    op.create_table(
        "actions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("channel_id", sa.String(length=26), nullable=False),
        sa.Column("comment_id", sa.String(length=26), nullable=False),
        sa.Column("decision_id", sa.String(length=26), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_actions_channel_id_channels")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_actions_comment_id_comments")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_actions_decision_id_decisions")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_actions_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
        sa.UniqueConstraint("comment_id", "sequence", name=op.f("uq_actions_comment_id_sequence")),
    )
    op.create_index(op.f("ix_actions_channel_id"), "actions", ["channel_id"], unique=False)
    op.create_index(op.f("ix_actions_decision_id"), "actions", ["decision_id"], unique=False)
    op.create_index("ix_actions_office_id_state", "actions", ["office_id", "state"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("comment_id", sa.String(length=26), nullable=False),
        sa.Column("decision_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(["closed_by"], ["members.id"], name=op.f("fk_cases_closed_by_members")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_cases_comment_id_comments")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_cases_decision_id_decisions")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_cases_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index("ix_cases_queue", "cases", ["office_id", "state", "priority", "due_at", "id"], unique=False)
    op.create_index(
        "uq_cases_open",
        "cases",
        ["comment_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "evidence_snapshots",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("comment_id", sa.String(length=26), nullable=False),
        sa.Column("decision_id", sa.String(length=26), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_evidence_snapshots_comment_id_comments")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_evidence_snapshots_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_evidence_snapshots_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_snapshots")),
    )
    op.create_index(op.f("ix_evidence_snapshots_comment_id"), "evidence_snapshots", ["comment_id"], unique=False)
    op.create_index(op.f("ix_evidence_snapshots_decision_id"), "evidence_snapshots", ["decision_id"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("action_id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name=op.f("fk_receipts_action_id_actions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("action_id", "attempt", name=op.f("uq_receipts_action_id_attempt")),
    )

    triggers = _SQLITE_TRIGGERS if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL_TRIGGERS
    for trigger in triggers:
        op.execute(trigger)


def downgrade() -> None:
    for table in (
        "receipts",
        "evidence_snapshots",
        "cases",
        "actions",
        "decisions",
        "assessments",
        "revisions",
        "comments",
        "sign_in_links",
        "posts",
        "member_sessions",
        "guideline_versions",
        "authors",
        "terms",
        "members",
        "channels",
        "api_keys",
        "offices",
        "jobs",
        "audit_heads",
        "audit_entries",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")
