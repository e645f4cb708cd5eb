"""Every table, by what it is about. Import from here."""

from moderator.storage.tables.actions import Action, EvidenceSnapshot, Receipt
from moderator.storage.tables.audit import AuditEntry, AuditHead
from moderator.storage.tables.base import Base
from moderator.storage.tables.channels import Channel
from moderator.storage.tables.comments import Assessment, Author, AuthorFact, Comment, Post, Revision
from moderator.storage.tables.decisions import Case, Decision
from moderator.storage.tables.guidelines import Backtest, BacktestFlip, GuidelineDraft, GuidelineVersion, ShadowOutcome
from moderator.storage.tables.jobs import Job
from moderator.storage.tables.offices import ApiKey, EnsembleChoice, Member, MemberSession, Office, SignInLink, Term

__all__ = [
    "Action",
    "ApiKey",
    "Assessment",
    "AuditEntry",
    "AuditHead",
    "Author",
    "AuthorFact",
    "Backtest",
    "BacktestFlip",
    "Base",
    "Case",
    "Channel",
    "Comment",
    "Decision",
    "EnsembleChoice",
    "EvidenceSnapshot",
    "GuidelineDraft",
    "GuidelineVersion",
    "Job",
    "Member",
    "MemberSession",
    "Office",
    "Post",
    "Receipt",
    "Revision",
    "ShadowOutcome",
    "SignInLink",
    "Term",
]
