"""One comment with everything a person needs to decide about it: its place, why it is asked about, what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from guidelines.evaluate import label_conditions, measure_of
from guidelines.schema import GuidelineSet, Mode, Rule
from moderator import channels, ensembles, publishing
from moderator.domain.cases import CaseState, Lane
from moderator.domain.decisions import Maker, Reason, State, needs_two
from moderator.domain.ensemble import OTHER_LANGUAGE, Answers, Opinion, dissent
from moderator.domain.vocabulary import TWO_PEOPLE_IF_HIGH_RISK, Label, Signal, Verb, Visibility
from moderator.errors import NotFound
from moderator.pipeline.storable import original
from moderator.queries import rows
from moderator.queries.queue_page import WAITING, Card, beside
from moderator.review.ruling import CHOICES
from moderator.storage.tables import (
    Action,
    Assessment,
    Author,
    Case,
    Channel,
    Comment,
    Decision,
    GuidelineVersion,
    Post,
    Receipt,
    Revision,
)

#: Comments of the same thread that are shown beside this one.
THREAD = 12

#: Decisions and earlier texts that are shown at most, newest first.
HISTORY = 50

#: From here a signal is more likely there than not.
LIKELY = 0.5

Span = tuple[int, int, str]

#: label → from where a person looks, from where a rule hides
Thresholds = Mapping[str, tuple[float | None, float | None]]

_SIGNALS = frozenset(Signal)


@dataclass(frozen=True, slots=True)
class ShownPost:
    title: str
    text: str
    permalink: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another comment of the thread. The text is a beginning."""

    comment_id: str
    text: str
    author: str
    posted_at: datetime
    visibility: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One score held against the thresholds of the version that was in force. None: no such threshold."""

    label: str
    score: float
    review: float | None
    automatic: float | None
    #: whose score it is; empty in decisions from before this was noted
    classifier: str = ""
    #: the view that scored, where it was not the text as written
    view: str = ""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A label for which classifiers are further apart than the office's margin: each with its score, highest first."""

    label: str
    answered_by: str
    scores: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class FoundRule:
    """A rule that the comment appears to break, in the words of the version that the decision cites."""

    id: str
    title: str
    text: str
    severity: int
    measures: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class ReadingShown:
    """What one classifier made of the text."""

    classifier: str
    version: str
    error: str
    #: it does not read the language of the text, so others answer
    other_language: bool
    scores: tuple[Measured, ...]
    #: what it tells moderators and no rule may rest on: signal and strength
    signals: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class ReceiptShown:
    attempt: int
    outcome: str
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ActionShown:
    id: str
    verb: str
    state: str
    created_at: datetime
    done_at: datetime | None
    receipts: tuple[ReceiptShown, ...]


@dataclass(frozen=True, slots=True)
class DecisionShown:
    """A decision, a suggestion or a proposal about this comment, whether or not it still holds."""

    id: str
    state: str
    maker: str
    reason: str
    verbs: tuple[str, ...]
    rule_ids: tuple[str, ...]
    member_id: str | None
    member: str
    second_member: str
    undone_by: str
    note: str
    made_at: datetime
    undone_at: datetime | None
    version_number: int | None
    actions: tuple[ActionShown, ...]


@dataclass(frozen=True, slots=True)
class OldText:
    number: int
    text: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class RuleChoice:
    """A rule in force that a person may cite."""

    id: str
    title: str
    #: delete and block under it wait for a second person
    two_people: bool


@dataclass(frozen=True, slots=True)
class VerbChoice:
    """Something a person can do about this comment on its channel."""

    verb: str
    does: str
    reversible: bool
    by_hand: bool


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
    author_findings: int
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
    def proposal(self) -> DecisionShown | None:
        """What another person has proposed and nobody has confirmed yet."""
        return self.asked if self.asked and self.asked.state == State.PROPOSED else None

    @property
    def danger(self) -> bool:
        """Somebody may be in danger: then the page says whom to call."""
        labels = {measure.label for rule in self.found for measure in rule.measures}
        return Label.THREAT in labels or any(rule.severity == 1 for rule in self.found)

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


def of_case(session: Session, office_id: str, case_id: str) -> Whereabouts:
    """Where the comment of a case is, open or closed. Raises `NotFound`."""
    comment_id = session.scalar(select(Case.comment_id).where(Case.id == case_id, Case.office_id == office_id))
    if comment_id is None:
        raise NotFound("There is no such case in your office.")
    return of_comment(session, office_id, comment_id)


def of_comment(session: Session, office_id: str, comment_id: str) -> Whereabouts:
    """Raises `NotFound`."""
    known = session.scalar(select(Comment.id).where(Comment.id == comment_id, Comment.office_id == office_id))
    if known is None:
        raise NotFound("There is no such comment in your office.")
    case = _deciding_case(session, comment_id)
    return Whereabouts(comment_id, case.id if case else None)


def whole_text(session: Session, office_id: str, comment_id: str) -> str:
    """The comment as it stands, exactly as it came. Raises `NotFound`."""
    found = session.execute(
        select(Revision.text, Revision.original)
        .join(Comment, Comment.revision_id == Revision.id)
        .where(Comment.id == comment_id, Comment.office_id == office_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such comment in your office.")
    return original(*found)


def case_page(session: Session, office_id: str, comment_id: str) -> CasePage:
    """Everything about one comment. Raises `NotFound`."""
    row = _subject(session, office_id, comment_id)
    comment, revision, channel = row.Comment, row.Revision, row.Channel
    case = _deciding_case(session, comment.id)
    stored = _stored_decisions(session, comment.id)
    history = _history(session, stored)
    by_id = {decision.id: decision for decision in history}
    explaining = _explaining(stored, comment.revision_id)
    version = publishing.current(session, office_id)
    cited = _version(session, explaining, version)
    readings = _readings(session, revision.id)
    answered = _answered(explaining)
    thresholds = _thresholds(publishing.read(cited)) if cited else {}
    asked = by_id.get(case.decision_id) if case else None
    in_force = by_id.get(comment.decision_id or "")
    rules = _rule_choices(version)
    found = _found_rules(explaining, cited, readings)
    return CasePage(
        comment_id=comment.id,
        case=OpenCase(case.id, case.lane, case.why, case.due_at, case.opened_at) if case else None,
        text=original(revision.text, revision.original),
        spans=_spans(readings, answered),
        unreadable=_unreadable(revision, readings, answered, thresholds),
        revision_number=revision.number,
        earlier_texts=_earlier_texts(session, comment.id, revision.id),
        author=row.Author.name if row.Author else "",
        author_handle=row.Author.handle if row.Author else "",
        author_findings=_author_findings(session, comment),
        channel=channel.name,
        channel_stopped=channel.stopped_reason if channel.stopped_at else "",
        permalink=comment.permalink,
        visibility=comment.visibility,
        language=_language(readings) or comment.language or "",
        posted_at=comment.posted_at,
        received_at=comment.received_at,
        post=ShownPost(row.Post.title, row.Post.text, row.Post.permalink) if row.Post else None,
        parent=_parent(session, comment),
        siblings=_siblings(session, comment),
        asked=asked,
        in_force=in_force,
        explained_by=by_id.get(explaining.id) if explaining else None,
        history=history,
        found=found,
        readings=tuple(_reading(reading, thresholds) for reading in readings),
        disagreements=_disagreements(session, office_id, readings, answered, thresholds),
        rules=rules,
        suggested_rule=_suggested_rule(asked, in_force, found, rules),
        verbs=_verb_choices(channel),
        version_number=version.number if version else None,
        beside=beside(session, office_id, case.id) if case else (),
    )


def _subject(session: Session, office_id: str, comment_id: str) -> Any:
    row = session.execute(
        select(Comment, Revision, Channel, Author, Post)
        .join(Revision, Revision.id == Comment.revision_id)
        .join(Channel, Channel.id == Comment.channel_id)
        .outerjoin(Author, Author.id == Comment.author_id)
        .outerjoin(Post, Post.id == Comment.post_id)
        .where(Comment.id == comment_id, Comment.office_id == office_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such comment in your office.")
    return row


def _deciding_case(session: Session, comment_id: str) -> Case | None:
    """The open case in which something is to be decided. What only waits for a hand on the platform is none."""
    return session.scalar(
        select(Case).where(Case.comment_id == comment_id, Case.state == CaseState.OPEN, Case.lane != Lane.PLATFORM)
    )


def _stored_decisions(session: Session, comment_id: str) -> list[Decision]:
    newest_first = select(Decision).where(Decision.comment_id == comment_id).order_by(Decision.id.desc())
    return list(session.scalars(newest_first.limit(HISTORY)))


def _explaining(stored: Sequence[Decision], revision_id: str) -> Decision | None:
    """What the service itself made of this text last: the reason why it is kept, hidden or asked about."""
    return next((d for d in stored if d.revision_id == revision_id and d.maker != Maker.PERSON), None)


def _version(
    session: Session, explaining: Decision | None, current: GuidelineVersion | None
) -> GuidelineVersion | None:
    if explaining is None or explaining.version_id is None:
        return current
    return session.get(GuidelineVersion, explaining.version_id)


def _history(session: Session, stored: Sequence[Decision]) -> tuple[DecisionShown, ...]:
    ids = [decision.id for decision in stored]
    people = [who for d in stored for who in (d.member_id, d.second_member_id, d.undone_by)]
    names = rows.member_names(session, people)
    numbers = dict(
        session.execute(
            select(GuidelineVersion.id, GuidelineVersion.number).where(
                GuidelineVersion.id.in_({d.version_id for d in stored if d.version_id})
            )
        )
        .tuples()
        .all()
    )
    actions = _actions(session, ids)
    return tuple(
        DecisionShown(
            id=d.id,
            state=d.state,
            maker=d.maker,
            reason=d.reason,
            verbs=tuple(d.verbs),
            rule_ids=tuple(d.rule_ids),
            member=names.get(d.member_id or "", ""),
            member_id=d.member_id,
            second_member=names.get(d.second_member_id or "", ""),
            undone_by=names.get(d.undone_by or "", ""),
            note=d.note,
            made_at=d.made_at,
            undone_at=d.undone_at,
            version_number=numbers.get(d.version_id or ""),
            actions=actions.get(d.id, ()),
        )
        for d in stored
    )


def _actions(session: Session, decision_ids: Sequence[str]) -> Mapping[str, tuple[ActionShown, ...]]:
    found = list(session.scalars(select(Action).where(Action.decision_id.in_(decision_ids)).order_by(Action.sequence)))
    receipts: dict[str, list[ReceiptShown]] = {}
    for receipt in session.scalars(
        select(Receipt).where(Receipt.action_id.in_([action.id for action in found])).order_by(Receipt.attempt)
    ):
        shown = ReceiptShown(receipt.attempt, receipt.outcome, receipt.detail, receipt.at)
        receipts.setdefault(receipt.action_id, []).append(shown)
    by_decision: dict[str, list[ActionShown]] = {}
    for action in found:
        answered = tuple(receipts.get(action.id, ()))
        shown_action = ActionShown(action.id, action.verb, action.state, action.created_at, action.done_at, answered)
        by_decision.setdefault(action.decision_id, []).append(shown_action)
    return {decision_id: tuple(actions) for decision_id, actions in by_decision.items()}


def _earlier_texts(session: Session, comment_id: str, current_id: str) -> tuple[OldText, ...]:
    found = session.scalars(
        select(Revision)
        .where(Revision.comment_id == comment_id, Revision.id != current_id)
        .order_by(Revision.number.desc())
        .limit(HISTORY)
    )
    return tuple(OldText(old.number, original(old.text, old.original), old.occurred_at) for old in found)


def _author_findings(session: Session, comment: Comment) -> int:
    """Other comments of this author that a decision in force holds against a rule."""
    if comment.author_id is None:
        return 0
    query = (
        select(func.count())
        .select_from(Comment)
        .join(Decision, Decision.id == Comment.decision_id)
        .where(
            Comment.author_id == comment.author_id,
            Comment.id != comment.id,
            Decision.state == State.MADE,
            cast(Decision.rule_ids, Text) != "[]",
        )
    )
    return session.scalar(query) or 0


def _parent(session: Session, comment: Comment) -> Neighbour | None:
    if comment.parent_external_id is None:
        return None
    row = session.execute(
        rows.comments().where(
            Comment.channel_id == comment.channel_id, Comment.external_id == comment.parent_external_id
        )
    ).one_or_none()
    return _neighbour(row) if row else None


def _siblings(session: Session, comment: Comment) -> tuple[Neighbour, ...]:
    """The other answers to what this comment answers, or the answers to it."""
    if comment.post_id is None:
        return ()
    head = comment.parent_external_id or comment.external_id
    found = session.execute(
        rows.comments()
        .where(Comment.post_id == comment.post_id, Comment.parent_external_id == head, Comment.id != comment.id)
        .order_by(Comment.posted_at, Comment.id)
        .limit(THREAD)
    )
    return tuple(_neighbour(row) for row in found)


def _neighbour(row: Any) -> Neighbour:
    return Neighbour(row.comment_id, row.text, rows.author_of(row), row.posted_at, row.visibility)


def _readings(session: Session, revision_id: str) -> list[Assessment]:
    query = select(Assessment).where(Assessment.revision_id == revision_id).order_by(Assessment.id)
    return list(session.scalars(query))


def _answered(explaining: Decision | None) -> Mapping[str, str]:
    """Label → the classifier whose score counted; empty where that was not noted."""
    return explaining.answered if explaining else {}


def _found_rules(
    explaining: Decision | None, cited: GuidelineVersion | None, readings: Sequence[Assessment]
) -> tuple[FoundRule, ...]:
    if explaining is None or cited is None:
        return ()
    guidelines = publishing.read(cited)
    views = {reading.classifier: reading.views for reading in readings}
    return tuple(
        _found_rule(guidelines.rule(finding["rule_id"]), finding, explaining.answered, views)
        for finding in explaining.findings
    )


def _found_rule(
    rule: Rule, finding: Mapping[str, Any], answered: Mapping[str, str], views: Mapping[str, Mapping[str, str]]
) -> FoundRule:
    measures = []
    for measure in finding["measures"]:
        classifier = answered.get(measure["label"], "")
        view = views.get(classifier, {}).get(measure["label"], "")
        measures.append(Measured(**measure, classifier=classifier, view=view))
    return FoundRule(rule.id, rule.title, rule.text, rule.severity, tuple(sorted(measures, key=lambda m: -m.score)))


def _reading(reading: Assessment, thresholds: Thresholds) -> ReadingShown:
    scores = sorted(reading.scores.items(), key=lambda entry: -entry[1])
    return ReadingShown(
        classifier=reading.classifier,
        version=reading.version,
        error=reading.error,
        other_language=OTHER_LANGUAGE in reading.doubts,
        scores=tuple(
            Measured(label, s, *thresholds.get(label, (None, None))) for label, s in scores if label not in _SIGNALS
        ),
        signals=tuple((label, s) for label, s in scores if label in _SIGNALS),
    )


def _spans(readings: Sequence[Assessment], answered: Mapping[str, str]) -> tuple[Span, ...]:
    """What is marked in the text: by whoever answered for a label, and by everybody where that was not noted."""
    return tuple(
        (start, end, label)
        for reading in readings
        for start, end, label in reading.spans
        if answered.get(label, reading.classifier) == reading.classifier
    )


def _unreadable(
    revision: Revision, readings: Sequence[Assessment], answered: Mapping[str, str], thresholds: Thresholds
) -> tuple[str, ...]:
    """Why a person must look, whatever the scores. Another language is a reason only where it left a label open."""
    reasons = list(revision.unreadable)
    for reading in readings:
        left_open = any(label in thresholds and label not in answered for label in reading.scores)
        reasons += [doubt for doubt in reading.doubts if doubt != OTHER_LANGUAGE or left_open]
    return tuple(dict.fromkeys(reasons))


def _language(readings: Sequence[Assessment]) -> str:
    return next((reading.language for reading in readings if reading.language), "")


def _disagreements(
    session: Session,
    office_id: str,
    readings: Sequence[Assessment],
    answered: Mapping[str, str],
    thresholds: Thresholds,
) -> tuple[Disagreement, ...]:
    opinions = [Opinion(r.classifier, r.scores, tuple(r.doubts), failed=bool(r.error)) for r in readings]
    scores = {o.classifier: o.scores for o in opinions}
    known = {label: name for label, name in answered.items() if label in scores.get(name, {}) and label in thresholds}
    if len(opinions) < 2 or not known:
        return ()
    answers = Answers({label: scores[name][label] for label, name in known.items()}, known)
    margin = ensembles.of_office(session, office_id, ()).margin
    return tuple(
        _disagreement(label, answers, apart)
        for label in sorted(known)
        if (apart := dissent(opinions, answers, label, margin))
    )


def _disagreement(label: str, answers: Answers, apart: Sequence[Opinion]) -> Disagreement:
    said = [
        (answers.by[label], answers.scores[label]),
        *((opinion.classifier, opinion.scores[label]) for opinion in apart),
    ]
    return Disagreement(label, answers.by[label], tuple(sorted(said, key=lambda pair: -pair[1])))


def _thresholds(guidelines: GuidelineSet) -> Thresholds:
    """For each label, from where a person looks and from where a rule hides: the lowest of all rules that fire."""
    lowest: dict[str, tuple[float | None, float | None]] = {}
    for rule in guidelines.rules:
        if rule.condition is None or rule.mode is Mode.OFF:
            continue
        for condition in label_conditions(rule.condition):
            measure = measure_of(rule, condition, 0.0)
            review, automatic = lowest.get(measure.label, (None, None))
            lowest[measure.label] = (_lower(review, measure.review), _lower(automatic, measure.automatic))
    return lowest


def _lower(one: float | None, other: float | None) -> float | None:
    return min((value for value in (one, other) if value is not None), default=None)


def _rule_choices(version: GuidelineVersion | None) -> tuple[RuleChoice, ...]:
    if version is None:
        return ()
    two = tuple(TWO_PEOPLE_IF_HIGH_RISK)
    return tuple(RuleChoice(rule.id, rule.title, needs_two(rule, two)) for rule in publishing.read(version).rules)


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
