"""Every table, by what it is about. Import from here."""

from moderator.storage.tables.actions import Action, EvidenceSnapshot, Receipt
from moderator.storage.tables.audit import AuditEntry, AuditHead
from moderator.storage.tables.base import Base
from moderator.storage.tables.channels import Channel
from moderator.storage.tables.claims import CheckedClaim, ClaimMatch, ClaimStore
from moderator.storage.tables.comments import Assessment, Author, AuthorFact, Comment, Post, Revision
from moderator.storage.tables.decisions import (
    BulkItem,
    BulkRun,
    Case,
    CaseFacet,
    CasePass,
    Decision,
    Lease,
    Mention,
    Note,
)
from moderator.storage.tables.guidelines import Backtest, BacktestFlip, GuidelineDraft, GuidelineVersion, ShadowOutcome
from moderator.storage.tables.jobs import Job
from moderator.storage.tables.offices import (
    ApiKey,
    CannedReply,
    ChannelRole,
    EnsembleChoice,
    Exposure,
    Figures,
    Invitation,
    Member,
    MemberSession,
    Office,
    PageProfile,
    Preferences,
    SavedFilter,
    SignInLink,
    Term,
)
from moderator.storage.tables.repetition import Campaign, CampaignComment, Echo, EchoKey
from moderator.storage.tables.search import SearchEntry

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
    "BulkItem",
    "BulkRun",
    "Campaign",
    "CampaignComment",
    "CannedReply",
    "Case",
    "CaseFacet",
    "CasePass",
    "Channel",
    "ChannelRole",
    "CheckedClaim",
    "ClaimMatch",
    "ClaimStore",
    "Comment",
    "Decision",
    "Echo",
    "EchoKey",
    "EnsembleChoice",
    "EvidenceSnapshot",
    "Exposure",
    "Figures",
    "GuidelineDraft",
    "GuidelineVersion",
    "Invitation",
    "Job",
    "Lease",
    "Member",
    "MemberSession",
    "Mention",
    "Note",
    "Office",
    "PageProfile",
    "Post",
    "Preferences",
    "Receipt",
    "Revision",
    "SavedFilter",
    "SearchEntry",
    "ShadowOutcome",
    "SignInLink",
    "Term",
]
