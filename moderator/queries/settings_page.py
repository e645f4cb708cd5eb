"""The office's settings: channels with their addresses and secrets, classifiers, and what else can be set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from guidelines.evaluate import labels_used
from moderator import channels, ensembles, publishing
from moderator.connectors import base, registry
from moderator.connectors.fields import PREVIOUS
from moderator.domain.actions import ActionState
from moderator.domain.ensemble import Ensemble, Measured, Opinion, answer, silence
from moderator.domain.vocabulary import WORD_LABELS, Label
from moderator.errors import NotFound
from moderator.sealing import Sealer
from moderator.storage.tables import Action, Channel, Comment, Member, Term


@dataclass(frozen=True, slots=True)
class ChannelLine:
    id: str
    name: str
    connector: str
    comments: int
    #: actions that wait because the channel is stopped
    waiting: int
    stopped_reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    channels: int
    stopped: int
    members: int
    banned: int
    suspect: int
    #: None where nothing was published yet
    version: int | None
    #: labels for which the office chose who answers
    own_orders: int


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field of a channel with what it holds. Secrets are in the clear: for owners and leads alone."""

    key: str
    label: str
    help: str
    secret: bool
    required: bool
    generated: bool
    value: str = field(repr=False)
    #: the value before the last rotation, valid until it is retired
    previous: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ChannelPage:
    id: str
    name: str
    connector: str
    connector_title: str
    fields: tuple[ShownField, ...]
    hook_path: str
    stopped_at: datetime | None
    stopped_reason: str
    waiting: int
    comments: int


@dataclass(frozen=True, slots=True)
class ClassifierLine:
    name: str
    #: it does not load, so nobody knows what it measures
    broken: bool
    #: what rules may ask for and it measures
    labels: tuple[str, ...]
    #: it reads what is said to this office
    on: bool


@dataclass(frozen=True, slots=True)
class LabelOrder:
    """Who answers for one label, first choice first, of those who can."""

    label: str
    order: tuple[str, ...]
    able: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassifiersPage:
    #: in the service's order of priority
    classifiers: tuple[ClassifierLine, ...]
    #: labels that rules in force ask for and nobody measures while a classifier does not load: all comments wait
    left_open: tuple[str, ...]
    #: every label for which there is something to choose
    orders: tuple[LabelOrder, ...]
    margin: float


def overview(session: Session, office_id: str) -> Overview:
    count = func.count()
    stopped = select(count).select_from(Channel).where(Channel.office_id == office_id, Channel.stopped_at.is_not(None))
    all_channels = select(count).select_from(Channel).where(Channel.office_id == office_id)
    members = select(count).select_from(Member).where(Member.office_id == office_id, Member.left_at.is_(None))
    terms = dict(
        session.execute(select(Term.banned, count).where(Term.office_id == office_id).group_by(Term.banned))
        .tuples()
        .all()
    )
    version = publishing.current(session, office_id)
    return Overview(
        channels=session.scalar(all_channels) or 0,
        stopped=session.scalar(stopped) or 0,
        members=session.scalar(members) or 0,
        banned=terms.get(True, 0),
        suspect=terms.get(False, 0),
        version=version.number if version else None,
        own_orders=len(ensembles.of_office(session, office_id, ()).orders),
    )


def channel_lines(session: Session, office_id: str) -> tuple[ChannelLine, ...]:
    """Every channel of the office, oldest first."""
    found = channels.of_office(session, office_id)
    ids = [channel.id for channel in found]
    comments, waiting = _comment_counts(session, ids), _waiting_counts(session, ids)
    return tuple(
        ChannelLine(
            id=channel.id,
            name=channel.name,
            connector=registry.get(channel.connector).title,
            comments=comments.get(channel.id, 0),
            waiting=waiting.get(channel.id, 0),
            stopped_reason=channel.stopped_reason if channel.stopped_at else "",
            created_at=channel.created_at,
        )
        for channel in found
    )


def channel_page(session: Session, sealer: Sealer, office_id: str, channel_id: str) -> ChannelPage:
    """One channel, its secrets in the clear. Raises `NotFound`, `SealBroken`."""
    channel = session.get(Channel, channel_id)
    if channel is None or channel.office_id != office_id:
        raise NotFound("There is no such channel in your office.")
    connector = registry.get(channel.connector)
    held = channels.opened(sealer, channel)
    return ChannelPage(
        id=channel.id,
        name=channel.name,
        connector=connector.name,
        connector_title=connector.title,
        fields=shown_fields(connector, held.config, held.secrets),
        hook_path=f"/hooks/{channel.id}",
        stopped_at=channel.stopped_at,
        stopped_reason=channel.stopped_reason,
        waiting=_waiting_counts(session, [channel.id]).get(channel.id, 0),
        comments=_comment_counts(session, [channel.id]).get(channel.id, 0),
    )


def classifiers_page(session: Session, office_id: str, measured: Measured) -> ClassifiersPage:
    """Who answers for which label in this office. `measured` are the service's classifiers, in order of priority."""
    chosen = ensembles.of_office(session, office_id, tuple(measured))
    labels = [label.value for label in Label if label not in WORD_LABELS]
    orders = (_label_order(label, chosen, measured) for label in labels)
    return ClassifiersPage(
        classifiers=tuple(
            ClassifierLine(
                name,
                found is None,
                tuple(label for label in labels if label in (found or ())),
                name in chosen.classifiers,
            )
            for name, found in measured.items()
        ),
        left_open=_left_open(session, office_id, chosen, measured),
        orders=tuple(order for order in orders if len(order.able) > 1),
        margin=chosen.margin,
    )


def _left_open(session: Session, office_id: str, chosen: Ensemble, measured: Measured) -> tuple[str, ...]:
    version = publishing.current(session, office_id)
    if version is None:
        return ()
    opinions = [
        Opinion(name, dict.fromkeys(labels or (), 0.0), failed=labels is None) for name, labels in measured.items()
    ]
    wanted = labels_used(publishing.read(version))
    return tuple(sorted(silence(chosen, opinions, answer(chosen, opinions), wanted, measured).failed))


def _label_order(label: str, chosen: Ensemble, measured: Measured) -> LabelOrder:
    own = chosen.orders.get(label, ())
    # One that does not load just now keeps the place that the office gave it.
    able = [name for name, labels in measured.items() if (name in own if labels is None else label in labels)]
    return LabelOrder(label, tuple(name for name in chosen.order(label) if name in able), tuple(able))


def shown_fields(
    connector: base.Connector, config: Mapping[str, str], secrets: Mapping[str, str]
) -> tuple[ShownField, ...]:
    """The fields of a connector, in its order, with what a channel of it holds or starts with."""
    return tuple(
        ShownField(
            key=each.key,
            label=each.label,
            help=each.help,
            secret=each.secret,
            required=each.required,
            generated=each.generated,
            value=(secrets if each.secret else config).get(each.key, "" if each.secret else each.default),
            previous=secrets.get(each.key + PREVIOUS, ""),
        )
        for each in connector.fields
    )


def _comment_counts(session: Session, channel_ids: Sequence[str]) -> dict[str, int]:
    counted = (
        select(Comment.channel_id, func.count()).where(Comment.channel_id.in_(channel_ids)).group_by(Comment.channel_id)
    )
    return dict(session.execute(counted).tuples().all())


def _waiting_counts(session: Session, channel_ids: Sequence[str]) -> dict[str, int]:
    counted = (
        select(Action.channel_id, func.count())
        .where(Action.channel_id.in_(channel_ids), Action.state == ActionState.PENDING)
        .group_by(Action.channel_id)
    )
    return dict(session.execute(counted).tuples().all())
