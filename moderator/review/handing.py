"""A case goes from one person to another by name: to a colleague, or to whoever leads the office."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import audit, casebook
from moderator.domain.cases import CaseState
from moderator.errors import Conflict, Invalid, NotFound
from moderator.review import access, colleagues, leases, notes
from moderator.review.colleagues import Colleague
from moderator.storage.tables import Case, Comment, Member


def hand(session: Session, member: Member, case_id: str, colleague_id: str, note: str = "") -> Colleague:
    """Ask a colleague to take the case: they see it first, and nobody else is given it. A mention tells them.

    Raises `NotFound`, `NotAllowed`, `Invalid` for somebody who cannot decide it, or `Conflict` while somebody else
    holds it.
    """
    case = _open_case(session, member, case_id)
    access.require_decider_at(session, member, case.comment_id)
    leases.require_free(session, member, case.id)
    colleague = _able(session, member, case, colleague_id)
    case.assignee_id, case.assigned_by = colleague.id, member.id
    if access.may_manage(member):
        case.escalated_by = None
    casebook.release(session, case.id)
    _tell(session, member, case, note.strip() or f"Handed to {colleague.name}.", colleague)
    _log(session, member, case, "case.handed", to=colleague.id)
    return colleague


def put_back(session: Session, member: Member, case_id: str) -> None:
    """Nobody in particular is asked any more. For who was asked, who asked, owners and leads. Raises as `hand`."""
    case = _open_case(session, member, case_id)
    if case.assignee_id is None:
        raise Conflict("Nobody in particular is asked to take this case.")
    if member.id not in (case.assignee_id, case.assigned_by):
        access.require_manager(member)
    case.assignee_id = case.assigned_by = None
    _log(session, member, case, "case.put_back")


def escalate(session: Session, member: Member, case_id: str, why: str) -> None:
    """Ask that an owner or lead decides: nobody else is given it. Anybody but an observer may ask.

    Raises as `hand`, and `Invalid` without a reason.
    """
    case = _open_case(session, member, case_id)
    leases.require_free(session, member, case.id)
    if case.escalated_by is not None:
        raise Conflict("A lead was asked to decide this already.")
    if not why.strip():
        raise Invalid("why", "say in a sentence why a lead should decide")
    notes.add(session, member, case.comment_id, why)
    case.escalated_by, case.assignee_id, case.assigned_by = member.id, None, None
    casebook.release(session, case.id)
    _log(session, member, case, "case.escalated")


def give_back(session: Session, member: Member, case_id: str, why: str = "") -> None:
    """An owner or lead gives the case back to all: anybody may decide it. Whoever asked is told. Raises as `hand`."""
    case = _open_case(session, member, case_id)
    access.require_manager(member)
    if case.escalated_by is None:
        raise Conflict("Nobody waits for a lead here any more.")
    asked_by, case.escalated_by = case.escalated_by, None
    everybody = colleagues.of_comment(session, member, case.comment_id)
    asker = next((colleague for colleague in everybody if colleague.id == asked_by), None)
    _tell(session, member, case, why.strip() or "Given back: anybody may decide this.", asker)
    casebook.release(session, case.id)
    _log(session, member, case, "case.given_back")


def require_turn(session: Session, member: Member, case: Case) -> None:
    """Raises `Conflict` while somebody else has the case on their screen, or a lead was asked to decide it."""
    leases.require_free(session, member, case.id)
    if case.escalated_by is not None and not access.may_manage(member):
        asker = session.get_one(Member, case.escalated_by)
        who = "You" if asker.id == member.id else asker.name
        raise Conflict(f"{who} asked that an owner or lead decides this. Your choice was not carried out.")


def _open_case(session: Session, member: Member, case_id: str) -> Case:
    """Raises `NotFound` where the member does not reach it, or `Conflict` where nothing is asked any more."""
    # The comment first, as everybody locks them: a note about it locks it too.
    theirs = select(Case.comment_id).where(Case.id == case_id)
    session.execute(select(Comment.id).where(Comment.id.in_(theirs)).with_for_update())
    query = select(Case).where(Case.id == case_id, *access.reach(session, member).of_cases())
    case = session.scalar(query.with_for_update(of=Case).execution_options(populate_existing=True))
    if case is None:
        raise NotFound("there is no such case")
    if case.state != CaseState.OPEN:
        raise Conflict("This case is closed: nothing is asked any more.")
    return case


def _able(session: Session, member: Member, case: Case, colleague_id: str) -> Colleague:
    everybody = colleagues.of_comment(session, member, case.comment_id)
    colleague = next((one for one in everybody if one.id == colleague_id), None)
    if colleague is None or not colleague.decides:
        raise Invalid("colleague", "choose a colleague who can decide this")
    if case.escalated_by is not None and not access.may_manage(member) and not colleague.manages:
        raise Invalid("colleague", "a lead was asked to decide this: choose an owner or lead")
    return colleague


def _tell(session: Session, member: Member, case: Case, text: str, colleague: Colleague | None) -> None:
    notes.add(session, member, case.comment_id, text, [colleague.id] if colleague is not None else [])


def _log(session: Session, member: Member, case: Case, event: str, **detail: str) -> None:
    subject = f"comment:{case.comment_id}"
    entry = audit.Entry(case.office_id, f"member:{member.id}", event, subject, {"case": case.id, **detail})
    audit.append(session, [entry])
