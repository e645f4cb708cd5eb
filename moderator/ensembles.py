"""Which classifiers answer for an office: those that the service runs, in its order, unless the office chose."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import audit
from moderator.domain.ensemble import Ensemble, Measured
from moderator.errors import Invalid
from moderator.review.access import require_manager
from moderator.storage.tables import EnsembleChoice, Member, Office


def of_offices(session: Session, office_ids: Collection[str], classifiers: Sequence[str]) -> dict[str, Ensemble]:
    """The ensemble of each office. `classifiers` are those that the service runs, in order of priority."""
    rows = session.scalars(select(EnsembleChoice).where(EnsembleChoice.office_id.in_(office_ids)))
    chosen = {row.office_id: row for row in rows}
    return {office_id: _ensemble(chosen.get(office_id), tuple(classifiers)) for office_id in office_ids}


def of_office(session: Session, office_id: str, classifiers: Sequence[str]) -> Ensemble:
    """The ensemble of one office."""
    return of_offices(session, [office_id], classifiers)[office_id]


def off(session: Session, office_id: str) -> tuple[str, ...]:
    """The classifiers that read nothing of this office's."""
    row = session.get(EnsembleChoice, office_id)
    return tuple(row.off) if row else ()


def change(
    session: Session,
    member: Member,
    measured: Measured,
    orders: Mapping[str, Sequence[str]],
    margin: float,
    off: Collection[str] = (),
) -> Ensemble:
    """Replace what the member's office chose. A label that is left in the service's order follows it from then on.

    `measured` are the service's classifiers in order of priority, `off` those that the office switches off. Raises
    `NotAllowed`, and `Invalid` naming the label.
    """
    require_manager(member)
    if not 0 <= margin <= 1:  # NaN is refused too
        raise Invalid("margin", "the margin is a number from 0 to 1")
    running = tuple(measured)
    kept = {label: tuple(order) for label, order in orders.items() if tuple(order) != _usual(measured, label)}
    for label, order in kept.items():
        _require_sound(label, order, measured)
    # Two people save at once: the second waits for the office.
    session.scalar(select(Office.id).where(Office.id == member.office_id).with_for_update())
    row = session.get(EnsembleChoice, member.office_id)
    if row is None:
        row = EnsembleChoice(office_id=member.office_id)
        session.add(row)
    row.orders, row.margin = {label: list(order) for label, order in sorted(kept.items())}, margin
    # One that does not run just now stays switched off for when it does.
    row.off = [name for name in dict.fromkeys(off) if name in measured or name in (row.off or ())]
    detail = {"orders": row.orders, "margin": margin, "off": row.off}
    subject = f"office:{member.office_id}"
    audit.append(
        session, [audit.Entry(member.office_id, f"member:{member.id}", "classifiers.changed", subject, detail)]
    )
    return _ensemble(row, running)


def _usual(measured: Measured, label: str) -> tuple[str, ...]:
    """The service's own order of those that measure the label, as far as that is known."""
    return tuple(name for name, labels in measured.items() if labels is not None and label in labels)


def _require_sound(label: str, order: Sequence[str], measured: Measured) -> None:
    if not order:
        raise Invalid(label, "choose at least one classifier, or nobody would look for this")
    if len(set(order)) < len(order):
        raise Invalid(label, "choose each classifier once")
    for name in order:
        if name not in measured:
            raise Invalid(label, f"the service runs no classifier {name!r}")
        labels = measured[name]
        if labels is not None and label not in labels:
            raise Invalid(label, f"{name} does not look for this")


def _ensemble(row: EnsembleChoice | None, classifiers: tuple[str, ...]) -> Ensemble:
    if row is None:
        return Ensemble(classifiers)
    running = tuple(name for name in classifiers if name not in row.off)
    return Ensemble(running, {label: tuple(order) for label, order in row.orders.items()}, row.margin)
