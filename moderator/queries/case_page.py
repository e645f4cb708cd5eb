"""One comment with everything a person needs to decide about it: its place, why it is asked about, what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from guidelines.evaluate import labels_used
from moderator import channels, publishing
from moderator.domain.cases import CaseState, Lane
from moderator.domain.decisions import Maker, Reason, State, needs_two
from moderator.domain.filters import Filter
from moderator.domain.thresholds import lowest_of
from moderator.domain.vocabulary import TWO_PEOPLE_IF_HIGH_RISK, Label, Verb, Visibility
from moderator.errors import NotFound
from moderator.pipeline.storable import original
from moderator.queries import campaigns_page, claims_page, flagged, history, reasons, rows, similar
from moderator.queries.author_facts import RecordedFact, recorded_facts
from moderator.queries.campaigns_page import Mark
from moderator.queries.claims_page import ClaimShown
from moderator.queries.flagged import Record
from moderator.queries.history import ActionShown, DecisionShown, OldText
from moderator.queries.queue_page import WAITING, Card, beside
from moderator.queries.reasons import Disagreement, FoundRule, ReadingShown, Span
from moderator.queries.similar import Alike
from moderator.review import ruling
from moderator.review.access import Reach
from moderator.review.facts import named
from moderator.review.ruling import CHOICES
from moderator.storage.tables import Author, Case, Channel, Comment, Decision, GuidelineVersion, Member, Post, Revision

#: Comments of the same thread that are shown beside this one.
THREAD = 12

#: Answers to this comment that are shown, where it is an answer itself.
ANSWERS = 4

#: From here a signal is more likely there than not.
LIKELY = 0.5

_ALL = Filter()


@dataclass(frozen=True, slots=True)
class ShownPost:
    title: str
    text: str
    permalink: str
    #: set: the office limits comments here
    limited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another comment of the thread. The text is a beginning."""

    comment_id: str
    text: str
    author: str
    posted_at: datetime
    visibility: str


@dataclass(frozen=True, slots=True)
class RuleChoice:
    """A rule in force that a person may cite."""

    id: str
    title: str
    #: what is taken away under it waits for a second person, or delete and block do
    two_people: bool
    #: how many days it blocks or mutes this author for, by verb, where that ends by itself
    lasts: Mapping[Verb, int]


@dataclass(frozen=True, slots=True)
class VerbChoice:
    """Something a person can do about this comment on its channel."""

    verb: str
    does: str
    reversible: bool
    by_hand: bool

    @property
    def waits(self) -> bool:
        """It cannot be taken back once it is done, so it waits a moment before it is."""
        return not self.reversible and not self.by_hand


@dataclass(frozen=True, slots=True)
class OpenCase:
    id: str
    lane: str
    why: str
    due_at: datetime
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class CasePage:
    """`case` is None where nothing is to be decided."""

    comment_id: str
    case: OpenCase | None
    text: str
    spans: tuple[Span, ...]
    unreadable: tuple[str, ...]
    revision_number: int
    earlier_texts: tuple[OldText, ...]
    author: str
    author_handle: str
    #: what decisions in force hold against the author's other comments
    against: Record
    #: what says the same, and how that was decided
    alike: Alike
    #: the campaign that it is part of
    campaign: Mark | None
    #: None: the platform does not say who, or the member is not told
    author_id: str | None
    #: what members recorded about the author
    recorded: tuple[RecordedFact, ...]
    #: what else the rules in force name, and may be recorded
    recordable: tuple[str, ...]
    channel_id: str
    channel: str
    channel_stopped: str
    permalink: str
    visibility: str
    #: ISO 639-1 code, by the classifiers, else by the platform; empty where neither can tell
    language: str
    posted_at: datetime
    received_at: datetime
    post: ShownPost | None
    parent: Neighbour | None
    siblings: tuple[Neighbour, ...]
    #: to this comment, where it is an answer itself
    answers: tuple[Neighbour, ...]
    #: the suggestion or proposal that waits in the case
    asked: DecisionShown | None
    in_force: DecisionShown | None
    #: what the service made of this text: its reason is the answer to why
    explained_by: DecisionShown | None
    history: tuple[DecisionShown, ...]
    found: tuple[FoundRule, ...]
    readings: tuple[ReadingShown, ...]
    #: about labels that the rules ask for
    disagreements: tuple[Disagreement, ...]
    #: checked claims that the text came near
    claims: tuple[ClaimShown, ...]
    rules: tuple[RuleChoice, ...]
    suggested_rule: str
    verbs: tuple[VerbChoice, ...]
    version_number: int | None
    beside: tuple[Card, ...]

    @property
    def hidden(self) -> bool:
        return self.visibility == Visibility.HIDDEN

    @property
    def removed(self) -> bool:
        return self.visibility == Visibility.REMOVED

    @property
    def seen(self) -> str | None:
        """The decision that a choice made on this page answers."""
        shown = self.asked if self.case else self.in_force
        return shown.id if shown else None

    @property
    def settled(self) -> bool:
        """A person has decided, and nothing is asked."""
        return self.case is None and self.in_force is not None and self.in_force.maker == Maker.PERSON

    @property
    def proposal(self) -> DecisionShown | None:
        """What another person has proposed and nobody has confirmed yet."""
        return self.asked if self.asked and self.asked.state == State.PROPOSED else None

    @property
    def danger(self) -> bool:
        """Somebody may be in danger: then the page says whom to call."""
        labels = {measure.label for rule in self.found for measure in rule.measures}
        return Label.THREAT in labels or any(rule.severity == 1 for rule in self.found)

    @property
    def asks_for_help(self) -> bool:
        """Somebody may be asking for help: then the page offers to answer them before anything else."""
        return any(measure.label == Label.HELP_REQUEST for rule in self.found for measure in rule.measures)

    @property
    def views(self) -> tuple[str, ...]:
        """The views in which something was found that the text as written hides, each once."""
        return tuple(dict.fromkeys(m.view for rule in self.found for m in rule.measures if m.view))

    @property
    def stood_in(self) -> tuple[str, ...]:
        """The classifiers that failed where others answered in their place."""
        covered = self.explained_by is not None and self.explained_by.reason not in (
            Reason.CLASSIFIER_FAILED,
            Reason.ERROR,
        )
        return tuple(reading.classifier for reading in self.readings if reading.error) if covered else ()

    @property
    def signals(self) -> Mapping[str, float]:
        """The signals that are more likely there than not, each as strong as the strongest says."""
        strongest: dict[str, float] = {}
        for signal, strength in (pair for reading in self.readings for pair in reading.signals):
            strongest[signal] = max(strength, strongest.get(signal, 0.0))
        return {signal: strength for signal, strength in strongest.items() if strength >= LIKELY}

    @property
    def waiting_actions(self) -> tuple[ActionShown, ...]:
        return tuple(a for d in self.history for a in d.actions if a.state in WAITING)

    def choice(self, verb: str) -> VerbChoice | None:
        return next((choice for choice in self.verbs if choice.verb == verb), None)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a comment is to be looked at: in its open case, or by itself."""

    comment_id: str
    #: None: nothing is to be decided about it now
    case_id: str | None


def of_case(session: Session, reach: Reach, case_id: str) -> Whereabouts:
    """Where the comment of a case is, open or closed. Raises `NotFound`."""
    comment_id = session.scalar(select(Case.comment_id).where(Case.id == case_id, *reach.of_cases()))
    if comment_id is None:
        raise NotFound("There is no such case in your office.")
    return of_comment(session, reach, comment_id)


def of_comment(session: Session, reach: Reach, comment_id: str) -> Whereabouts:
    """Raises `NotFound`."""
    known = session.scalar(select(Comment.id).where(Comment.id == comment_id, *reach.of_comments()))
    if known is None:
        raise NotFound("There is no such comment in your office.")
    case = _deciding_case(session, comment_id)
    return Whereabouts(comment_id, case.id if case else None)


def author_of(session: Session, reach: Reach, comment_id: str) -> str:
    """The id of whoever wrote the comment. Raises `NotFound`, also where the platform does not say who that is."""
    query = select(Comment.author_id, Comment.channel_id).where(Comment.id == comment_id, *reach.of_comments())
    found = session.execute(query).one_or_none()
    if found is None or found.author_id is None or not reach.names_on(found.channel_id):
        raise NotFound("There is no such author in your office.")
    author_id: str = found.author_id
    return author_id


def whole_text(session: Session, reach: Reach, comment_id: str) -> str:
    """The comment as it stands, exactly as it came. Raises `NotFound`."""
    found = session.execute(
        select(Revision.text, Revision.original)
        .join(Comment, Comment.revision_id == Revision.id)
        .where(Comment.id == comment_id, *reach.of_comments())
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such comment in your office.")
    return original(*found)


def case_page(
    session: Session, reach: Reach, comment_id: str, member: Member | None = None, wanted: Filter = _ALL
) -> CasePage:
    """Everything about one comment, for a member who came to it from a view of the queue. Raises `NotFound`."""
    row = _subject(session, reach, comment_id)
    comment, revision, channel = row.Comment, row.Revision, row.Channel
    named = reach.names_on(channel.id)
    case = _deciding_case(session, comment.id)
    stored = history.stored_decisions(session, comment.id)
    decisions = history.shown_decisions(session, stored)
    by_id = {decision.id: decision for decision in decisions}
    explaining = history.explaining(stored, comment.revision_id)
    version = publishing.current(session, reach.office_id)
    cited = _version(session, explaining, version)
    readings = reasons.stored_readings(session, revision.id)
    answered = explaining.answered if explaining else {}
    guidelines = publishing.read(cited) if cited else None
    thresholds = lowest_of(guidelines) if guidelines else {}
    asked_for = labels_used(guidelines) if guidelines else frozenset()
    asked = by_id.get(case.decision_id) if case else None
    in_force = by_id.get(comment.decision_id or "")
    rules = _rule_choices(session, version, revision.id)
    recorded = recorded_facts(session, comment.author_id)
    found = reasons.found_rules(explaining, cited, readings, {fact.fact: fact.source for fact in recorded})
    return CasePage(
        comment_id=comment.id,
        case=OpenCase(case.id, case.lane, case.why, case.due_at, case.opened_at) if case else None,
        text=original(revision.text, revision.original),
        spans=reasons.spans(readings, answered),
        unreadable=reasons.unreadable(revision, readings, answered, asked_for),
        revision_number=revision.number,
        # What was severe may have been edited away: whoever is spared that sees the text as it stands alone.
        earlier_texts=history.earlier_texts(session, comment.id, revision.id) if reach.severe_on(channel.id) else (),
        author=(row.Author.name if row.Author else "") if named else rows.THE_AUTHOR,
        author_handle=row.Author.handle if row.Author and named else "",
        against=flagged.against(session, reach, comment.author_id if named else None, comment.id),
        alike=similar.alike(session, reach, comment, revision, named=named),
        campaign=campaigns_page.marks(session, reach, [comment.id]).get(comment.id),
        author_id=comment.author_id if named else None,
        recorded=recorded if named else (),
        recordable=_recordable(version, recorded) if comment.author_id and named else (),
        channel_id=channel.id,
        channel=channel.name,
        channel_stopped=channel.stopped_reason if channel.stopped_at else "",
        permalink=comment.permalink if named else "",
        visibility=comment.visibility,
        language=reasons.language(readings) or comment.language or "",
        posted_at=comment.posted_at,
        received_at=comment.received_at,
        post=_post(row.Post, named),
        parent=_parent(session, reach, comment),
        siblings=_siblings(session, reach, comment),
        answers=_answers(session, reach, comment, ANSWERS) if comment.parent_external_id else (),
        asked=asked,
        in_force=in_force,
        explained_by=by_id.get(explaining.id) if explaining else None,
        history=decisions,
        found=found,
        readings=tuple(reasons.shown_reading(reading, thresholds) for reading in readings),
        disagreements=reasons.disagreements(session, reach.office_id, readings, answered, asked_for),
        claims=claims_page.near(session, reach, comment.id),
        rules=rules,
        suggested_rule=_suggested_rule(asked, in_force, found, rules),
        verbs=_verb_choices(channel),
        version_number=version.number if version else None,
        beside=beside(session, reach, member, wanted, case.id) if case and member else (),
    )


def _subject(session: Session, reach: Reach, comment_id: str) -> Any:
    row = session.execute(
        select(Comment, Revision, Channel, Author, Post)
        .join(Revision, Revision.id == Comment.revision_id)
        .join(Channel, Channel.id == Comment.channel_id)
        .outerjoin(Author, Author.id == Comment.author_id)
        .outerjoin(Post, Post.id == Comment.post_id)
        .where(Comment.id == comment_id, *reach.of_comments())
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such comment in your office.")
    return row


def _deciding_case(session: Session, comment_id: str) -> Case | None:
    """The open case in which something is to be decided. What only waits for a hand on the platform is none."""
    return session.scalar(
        select(Case).where(Case.comment_id == comment_id, Case.state == CaseState.OPEN, Case.lane != Lane.PLATFORM)
    )


def _version(
    session: Session, explaining: Decision | None, current: GuidelineVersion | None
) -> GuidelineVersion | None:
    if explaining is None or explaining.version_id is None:
        return current
    return session.get(GuidelineVersion, explaining.version_id)


def _post(post: Post | None, named: bool) -> ShownPost | None:
    if post is None:
        return None
    return ShownPost(post.title, post.text, post.permalink if named else "", post.limited_at)


def _parent(session: Session, reach: Reach, comment: Comment) -> Neighbour | None:
    if comment.parent_external_id is None:
        return None
    row = session.execute(
        rows.comments().where(
            Comment.channel_id == comment.channel_id,
            Comment.external_id == comment.parent_external_id,
            *reach.of_comments(),
        )
    ).one_or_none()
    return _neighbour(row, reach) if row else None


def _siblings(session: Session, reach: Reach, comment: Comment) -> tuple[Neighbour, ...]:
    """The other answers to what this comment answers, those around it in time; or the answers to it."""
    if comment.parent_external_id is None:
        return _answers(session, reach, comment, THREAD)
    others = _answers_to(reach, comment, comment.parent_external_id).where(Comment.id != comment.id)
    before = others.where(Comment.posted_at <= comment.posted_at).order_by(Comment.posted_at.desc(), Comment.id.desc())
    after = others.where(Comment.posted_at > comment.posted_at).order_by(Comment.posted_at, Comment.id)
    found = [
        *reversed(session.execute(before.limit(THREAD // 2)).all()),
        *session.execute(after.limit(THREAD // 2)).all(),
    ]
    return tuple(_neighbour(row, reach) for row in found)


def _answers(session: Session, reach: Reach, comment: Comment, most: int) -> tuple[Neighbour, ...]:
    first = _answers_to(reach, comment, comment.external_id).order_by(Comment.posted_at, Comment.id).limit(most)
    return tuple(_neighbour(row, reach) for row in session.execute(first))


def _answers_to(reach: Reach, comment: Comment, external_id: str) -> Select[Any]:
    return rows.comments().where(
        Comment.channel_id == comment.channel_id, Comment.parent_external_id == external_id, *reach.of_comments()
    )


def _neighbour(row: Any, reach: Reach) -> Neighbour:
    author = rows.author_of(row, reach, rows.ANOTHER)
    return Neighbour(row.comment_id, row.text, author, row.posted_at, row.visibility)


def _rule_choices(session: Session, version: GuidelineVersion | None, revision_id: str) -> tuple[RuleChoice, ...]:
    if version is None:
        return ()
    two = tuple(TWO_PEOPLE_IF_HIGH_RISK)
    rules = publishing.read(version).rules
    rungs = ruling.reached(session, revision_id, rules)
    return tuple(
        RuleChoice(rule.id, rule.title, needs_two(rule, two), ruling.days(rule, rungs[rule.id], ruling.ENDING))
        for rule in rules
    )


def _recordable(version: GuidelineVersion | None, recorded: Sequence[RecordedFact]) -> tuple[str, ...]:
    known = {fact.fact for fact in recorded}
    return tuple(fact for fact in named(publishing.read(version) if version else None) if fact not in known)


def _suggested_rule(
    asked: DecisionShown | None,
    in_force: DecisionShown | None,
    found: Sequence[FoundRule],
    rules: Sequence[RuleChoice],
) -> str:
    """The rule to start from: what is asked, what was found, what is in force; empty where none is in force today."""
    candidates = [
        *(asked.rule_ids if asked else ()),
        *(rule.id for rule in found),
        *(in_force.rule_ids if in_force else ()),
    ]
    known = {rule.id for rule in rules}
    return next((rule_id for rule_id in candidates if rule_id in known), "")


def _verb_choices(channel: Channel) -> tuple[VerbChoice, ...]:
    possible = channels.capabilities([channel])[channel.id]
    return tuple(
        VerbChoice(verb.value, able.does, able.reversible, not able.automatic)
        for verb in CHOICES
        if verb is not Verb.KEEP and (able := possible.get(verb))
    )
