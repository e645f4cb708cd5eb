"""The review room: cases by urgency, leases, notes, bulk runs, replies, preferences, roles per channel, figures."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LONG_AGO = "1970-01-01 00:00:00"

#: table, column, type, and what older rows hold; None: nothing is known of them
_ADDED: tuple[tuple[str, str, sa.types.TypeEngine[Any], str | None], ...] = (
    ("actions", "text", sa.String(), ""),
    ("actions", "waits_until", sa.DateTime(timezone=True), None),
    ("cases", "channel_id", sa.String(length=26), ""),
    ("cases", "author_id", sa.String(), None),
    ("cases", "language", sa.String(), None),
    ("cases", "urgent_at", sa.DateTime(timezone=True), _LONG_AGO),
    ("cases", "reach", sa.Integer(), "0"),
    ("cases", "severe", sa.Boolean(), "false"),
    ("cases", "assignee_id", sa.String(), None),
    ("cases", "assigned_by", sa.String(), None),
    ("cases", "escalated_by", sa.String(), None),
    ("cases", "first_seen_at", sa.DateTime(timezone=True), None),
    ("members", "ends_at", sa.DateTime(timezone=True), None),
    ("members", "representative", sa.Boolean(), "false"),
    ("offices", "lease_minutes", sa.JSON(), "{}"),
    ("offices", "severe_per_hour", sa.Integer(), None),
    ("offices", "severe_per_day", sa.Integer(), None),
)
_INDEXES = (
    ("ix_cases_queue", "cases", ["office_id", "state", "urgent_at", "id"]),
    ("ix_cases_lane", "cases", ["office_id", "state", "lane", "urgent_at", "id"]),
    ("ix_cases_channel", "cases", ["office_id", "state", "channel_id", "urgent_at", "id"]),
    ("ix_cases_due", "cases", ["office_id", "state", "lane", "due_at"]),
    ("ix_cases_opened", "cases", ["office_id", "state", "opened_at"]),
    ("ix_cases_assignee_id", "cases", ["assignee_id"]),
    ("ix_cases_author_id", "cases", ["author_id"]),
    ("ix_cases_comment_id_closed_at", "cases", ["comment_id", "closed_at"]),
    ("ix_comments_answers", "comments", ["channel_id", "parent_external_id", "posted_at"]),
    ("ix_decisions_member_id_made_at", "decisions", ["member_id", "made_at"]),
    ("ix_decisions_second_member_id_made_at", "decisions", ["second_member_id", "made_at"]),
)
#: of open cases alone: everything that a view of the queue asks of them
_OPEN_COLUMNS = [
    "office_id",
    "urgent_at",
    "id",
    "lane",
    "channel_id",
    "language",
    "opened_at",
    "severe",
    "assignee_id",
    "escalated_by",
]
_OLD_QUEUE = ["office_id", "state", "priority", "due_at", "id"]
#: in the order in which they may be dropped
_TABLES = (
    "leases",
    "case_passes",
    "case_facets",
    "bulk_items",
    "mentions",
    "notes",
    "saved_filters",
    "preferences",
    "invitations",
    "exposures",
    "channel_roles",
    "canned_replies",
    "bulk_runs",
    "figures",
)

#: Labels of what weighs on whoever reads it.
_SEVERE = frozenset({"threat", "sexual", "discrimination"})


def upgrade() -> None:
    for table, name, kind, before in _ADDED:
        op.add_column(table, sa.Column(name, kind, nullable=before is None, server_default=before))
    op.execute("UPDATE offices SET severe_per_hour = 20, severe_per_day = 60")
    op.execute(
        "UPDATE cases SET urgent_at = due_at,"
        " channel_id = (SELECT channel_id FROM comments WHERE comments.id = cases.comment_id),"
        " author_id = (SELECT author_id FROM comments WHERE comments.id = cases.comment_id),"
        " language = (SELECT language FROM comments WHERE comments.id = cases.comment_id)"
    )
    op.drop_index("ix_cases_queue", table_name="cases")
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns, unique=False)
    is_open = sa.text("state = 'open'")
    op.create_index("ix_cases_open", "cases", _OPEN_COLUMNS, sqlite_where=is_open, postgresql_where=is_open)
    op.create_table(
        "figures",
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("stretch", sa.String(), nullable=False),
        sa.Column("counted", sa.JSON(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_figures_office_id_offices")),
        sa.PrimaryKeyConstraint("office_id", "stretch", name=op.f("pk_figures")),
    )
    op.create_table(
        "bulk_runs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("undoes_id", sa.String(length=26), nullable=True),
        sa.Column("verbs", sa.JSON(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("left_alone", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=26), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["members.id"], name=op.f("fk_bulk_runs_asked_by_members")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_bulk_runs_office_id_offices")),
        sa.ForeignKeyConstraint(["undoes_id"], ["bulk_runs.id"], name=op.f("fk_bulk_runs_undoes_id_bulk_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_runs")),
    )
    op.create_index("ix_bulk_runs_office_id_asked_at", "bulk_runs", ["office_id", "asked_at"], unique=False)
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=True),
        sa.Column("changed_by", sa.String(length=26), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["members.id"], name=op.f("fk_canned_replies_changed_by_members")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_canned_replies_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
    )
    op.create_index("ix_canned_replies_office_id", "canned_replies", ["office_id"], unique=False)
    op.create_table(
        "channel_roles",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("channel_id", sa.String(length=26), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_channel_roles_channel_id_channels")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_channel_roles_member_id_members")),
        sa.PrimaryKeyConstraint("member_id", "channel_id", name=op.f("pk_channel_roles")),
    )
    op.create_table(
        "exposures",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_exposures_member_id_members")),
        sa.PrimaryKeyConstraint("member_id", "hour", "kind", name=op.f("pk_exposures")),
    )
    op.create_table(
        "invitations",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invited_by", sa.String(length=26), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["invited_by"], ["members.id"], name=op.f("fk_invitations_invited_by_members")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_invitations_office_id_offices")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_invitations")),
    )
    op.create_index(op.f("ix_invitations_office_id"), "invitations", ["office_id"], unique=False)
    op.create_table(
        "preferences",
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_preferences_member_id_members")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_preferences")),
    )
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_saved_filters_member_id_members")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_saved_filters_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
        sa.UniqueConstraint("member_id", "name", name=op.f("uq_saved_filters_member_id_name")),
    )
    op.create_index("ix_saved_filters_office_id", "saved_filters", ["office_id"], unique=False)
    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("comment_id", sa.String(length=26), nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_notes_comment_id_comments")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_notes_member_id_members")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_notes_office_id_offices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_comment_id_at", "notes", ["comment_id", "at"], unique=False)
    op.create_table(
        "mentions",
        sa.Column("note_id", sa.String(length=26), nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_mentions_member_id_members")),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name=op.f("fk_mentions_note_id_notes")),
        sa.PrimaryKeyConstraint("note_id", "member_id", name=op.f("pk_mentions")),
    )
    op.create_index("ix_mentions_member_id_seen_at", "mentions", ["member_id", "seen_at"], unique=False)
    op.create_table(
        "bulk_items",
        sa.Column("bulk_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.String(length=26), nullable=False),
        sa.Column("case_id", sa.String(length=26), nullable=True),
        sa.Column("seen_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=True),
        sa.Column("said", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_runs.id"], name=op.f("fk_bulk_items_bulk_id_bulk_runs")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_bulk_items_case_id_cases")),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_bulk_items_comment_id_comments")),
        sa.PrimaryKeyConstraint("bulk_id", "position", name=op.f("pk_bulk_items")),
    )
    op.create_index("ix_bulk_items_decision_id", "bulk_items", ["decision_id"], unique=False)
    op.create_table(
        "case_facets",
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("urgent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_facets_case_id_cases")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_case_facets_office_id_offices")),
        sa.PrimaryKeyConstraint("case_id", "kind", "value", name=op.f("pk_case_facets")),
    )
    op.create_index(
        "ix_case_facets_found", "case_facets", ["office_id", "kind", "value", "urgent_at", "case_id"], unique=False
    )
    op.create_table(
        "case_passes",
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_passes_case_id_cases")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_case_passes_member_id_members")),
        sa.PrimaryKeyConstraint("case_id", "member_id", name=op.f("pk_case_passes")),
    )
    op.create_table(
        "leases",
        sa.Column("case_id", sa.String(length=26), nullable=False),
        sa.Column("office_id", sa.String(length=26), nullable=False),
        sa.Column("member_id", sa.String(length=26), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_leases_case_id_cases")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_leases_member_id_members")),
        sa.ForeignKeyConstraint(["office_id"], ["offices.id"], name=op.f("fk_leases_office_id_offices")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_leases")),
    )
    op.create_index(op.f("ix_leases_member_id"), "leases", ["member_id"], unique=False)
    op.create_index("ix_leases_office_id_until", "leases", ["office_id", "until"], unique=False)
    _describe_open_cases()
    _mark_what_weighs()


def _describe_open_cases() -> None:
    """By which rules, labels and languages the open cases can be found."""
    found = op.get_bind().execute(
        sa.text(
            "SELECT cases.id, cases.office_id, cases.language, decisions.findings FROM cases"
            " JOIN decisions ON decisions.id = cases.decision_id WHERE cases.state = 'open'"
        )
    )
    for case_id, office_id, language, stored in found.all():
        findings = json.loads(stored) if isinstance(stored, str) else stored
        rules = {finding["rule_id"] for finding in findings}
        labels = {measure["label"] for finding in findings for measure in finding["measures"]}
        languages = {language} if language else set()
        for kind, values in (("rule", rules), ("label", labels), ("language", languages)):
            for value in sorted(values):
                op.get_bind().execute(
                    sa.text(
                        "INSERT INTO case_facets (case_id, kind, value, office_id, urgent_at)"
                        " SELECT :case, :kind, :value, :office, urgent_at FROM cases WHERE id = :case"
                    ),
                    {"case": case_id, "kind": kind, "value": value, "office": office_id},
                )


def _mark_what_weighs() -> None:
    """Closed cases too: whoever is spared severe comments does not meet them in what was decided."""
    op.execute("UPDATE cases SET severe = true WHERE priority = 1")
    finds = sa.text(
        "UPDATE cases SET severe = true WHERE EXISTS (SELECT 1 FROM decisions"
        " WHERE decisions.id = cases.decision_id AND CAST(decisions.findings AS TEXT) LIKE :label)"
    )
    for label in _SEVERE:
        op.get_bind().execute(finds, {"label": f'%"{label}"%'})


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
    op.drop_index("ix_cases_open", table_name="cases")
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
    op.create_index("ix_cases_queue", "cases", _OLD_QUEUE, unique=False)
    for table, name, _, _ in reversed(_ADDED):
        op.drop_column(table, name)
