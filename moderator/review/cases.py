"""People decide: on a case from the queue, or anew on any comment. The first one wins; the next is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.schema import Rule
from moderator import audit, casebook, channels, clock, recording
from moderator.casebook import Question
from moderator.domain.cases import SEVERE_LABELS, CaseState, Lane, Placement
from moderator.domain.decisions import Draft, Maker, Reason, State, needs_two
from moderator.domain.vocabulary import Verb
from moderator.errors import Conflict, NotAllowed, NotFound
from moderator.pipeline import triage
from moderator.pipeline.storable import storable
from moderator.recording import Ruling
from moderator.review import access, handing, ruling
from moderator.storage.tables import Case, Channel, Comment, Decision, GuidelineVersion, Member

#: When somebody is to look at what a volunteer suggests about a comment that waited for nobody.
_SOON = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of a choice."""

    #: the decision that is now in force, or the proposal that waits
    decision_id: str
    #: nothing happens on the platform until a second person agrees
    waits_for_second: bool


def resolve(
    session: Session,
    member: Member,
    case_id: str,
    seen_decision_id: str,
    verbs: Sequence[str],
    rule_id: str | None,
    note: str = "",
    *,
    text: str = "",
    bulk_id: str | None = None,
) -> Resolution:
    """Decide an open case. `seen_decision_id` is the suggestion that was on the screen; `text`
    is what is written to the author of a reply or a redirection. What a volunteer chooses waits for somebody
    who decides. `bulk_id` names the run that this is part of, for the record.

    Raises `NotFound`, `NotAllowed`, `Invalid`, or `Conflict` when somebody was first or the comment changed.
    """
    picked = ruling.chosen(verbs)
    case = session.get(Case, case_id)
    if case is None or case.office_id != member.office_id:
        raise NotFound("there is no such case")
    comment = _locked_comment(session, member, case.comment_id)
    suggests = _only_suggests(session, member, comment, picked)
    session.refresh(case, with_for_update=True)
    if case.state != CaseState.OPEN:
        _somebody_was_first(session, comment)
    if case.decision_id != seen_decision_id or _is_about_another_text(session, comment, case):
        raise Conflict("This comment changed while it was on your screen. Please look again before you decide.")
    return _rule(session, member, comment, case, picked, rule_id, note, text, suggests, bulk_id)


def decide(
    session: Session,
    member: Member,
    comment_id: str,
    seen_decision_id: str | None,
    verbs: Sequence[str],
    rule_id: str | None,
    note: str = "",
    *,
    text: str = "",
) -> Resolution:
    """Decide anew about a comment that waits in no queue. `seen_decision_id` is the decision that was on the screen.

    Raises as `resolve` does.
    """
    picked = ruling.chosen(verbs)
    comment = _locked_comment(session, member, comment_id)
    suggests = _only_suggests(session, member, comment, picked)
    case = session.scalar(
        select(Case).where(Case.comment_id == comment.id, Case.state == CaseState.OPEN).with_for_update()
    )
    if case is not None and case.lane != Lane.PLATFORM:
        raise Conflict("This comment waits in the review queue now. Please decide it there.")
    if comment.decision_id != seen_decision_id:
        _somebody_was_first(session, comment)
    if seen_decision_id and session.get_one(Decision, seen_decision_id).revision_id != comment.revision_id:
        raise Conflict("This comment was edited, and the service has not looked at it yet. Please look again soon.")
    return _rule(session, member, comment, case, picked, rule_id, note, text, suggests)


def _rule(
    session: Session,
    member: Member,
    comment: Comment,
    case: Case | None,
    verbs: tuple[Verb, ...],
    rule_id: str | None,
    note: str,
    text: str,
    suggests: bool,
    bulk_id: str | None = None,
) -> Resolution:
    if case is not None:
        handing.require_turn(session, member, case)
    version, rule = ruling.cited(session, comment.office_id, verbs, rule_id)
    ruling.require_possible(session, comment, verbs)
    words = "" if suggests else ruling.written(verbs, rule, text)
    advice = session.get_one(Decision, case.decision_id) if case else None
    proposal = advice if advice is not None and advice.state == State.PROPOSED else None
    if suggests:
        _no_other_suggestion(session, proposal, member)
    seconded = proposal if not suggests and _agrees(proposal, member, verbs, rule) else None
    alone = rule is not None and needs_two(rule, verbs) and seconded is None
    waits = suggests or alone
    reason = Reason.VOLUNTEER if suggests else Reason.PERSON
    draft = Draft(State.PROPOSED if waits else State.MADE, Maker.PERSON, reason, verbs)
    if not waits:
        ruling.replace_errands(session, comment, verbs)
    made = Ruling(
        id=clock.new_id(),
        draft=draft,
        office_id=comment.office_id,
        channel_id=comment.channel_id,
        comment_id=comment.id,
        revision_id=comment.revision_id,
        version_id=version.id if version else None,
        previous_id=comment.decision_id,
        member_id=seconded.member_id if seconded else member.id,
        second_member_id=member.id if seconded else None,
        rule_ids=(rule.id,) if rule else (),
        note=storable(note.strip()[:2000])[0],
        suggestion_followed=_followed(advice, verbs),
        carry=ruling.errands(session, comment, verbs),
        days=_days(session, comment, rule, verbs),
        text=words,
    )
    _record(session, comment, made)
    _log(session, member, made, version, bulk_id)
    if suggests:
        why = f"{member.name} suggests to {_in_words(verbs)}{_under(rule)}"
        _wait_for_another(session, comment, case, made, _suggested_place(case, why))
    elif alone:
        why = f"A second person must agree to {_in_words(verbs)}{_under(rule)}"
        _wait_for_another(session, comment, case, made, _proposed_place(case, why))
    elif case is not None:
        _close(session, case, member)
    session.flush()
    if not waits:
        _ask_for_hands(session, comment, made)
    return Resolution(made.id, waits_for_second=waits)


def _days(session: Session, comment: Comment, rule: Rule | None, verbs: Sequence[Verb]) -> dict[Verb, int]:
    if rule is None or ruling.ENDING.isdisjoint(verbs):
        return {}
    rung = ruling.reached(session, comment.revision_id, [rule])[rule.id]
    return ruling.days(rule, rung, verbs)


def _agrees(proposal: Decision | None, member: Member, verbs: Sequence[Verb], rule: Rule | None) -> bool:
    """Whether this choice is the second person's yes to a proposal. Raises `NotAllowed` for the proposer's own."""
    if (
        proposal is None
        or proposal.reason == Reason.VOLUNTEER
        or rule is None
        or set(proposal.verbs) != {verb.value for verb in verbs}
    ):
        return False
    if proposal.rule_ids != [rule.id]:
        return False
    if proposal.member_id == member.id:
        raise NotAllowed("You proposed this. Under this rule a second person must agree before it is carried out.")
    return True


def _only_suggests(session: Session, member: Member, comment: Comment, verbs: Sequence[Verb]) -> bool:
    """Whether what they choose is put before somebody else. Raises `NotFound` or `NotAllowed`."""
    role = access.role_at(session, member, comment.id)
    if access.may_suggest(member, role):
        if Verb.REPLY in verbs:
            raise NotAllowed("What is written to an author is written by those who decide.")
        return True
    access.require_decider(member, verbs, role)
    return False


def _no_other_suggestion(session: Session, proposal: Decision | None, member: Member) -> None:
    """A volunteer takes nobody else's word off the table. Raises `Conflict`."""
    if proposal is not None and proposal.member_id != member.id:
        who = session.get(Member, proposal.member_id) if proposal.member_id else None
        what = _in_words([Verb(verb) for verb in proposal.verbs])
        raise Conflict(
            f"{who.name if who else 'Somebody'} asks to {what} already. Somebody who decides looks at it next."
        )


def _proposed_place(case: Case | None, why: str) -> Placement:
    if case is None:
        return Placement(Lane.SECOND_OPINION, 2, clock.now(), why)
    return Placement(Lane.SECOND_OPINION, case.priority, case.due_at, why, case.reach, case.severe)


def _suggested_place(case: Case | None, why: str) -> Placement:
    """Beside nothing that waits already: nobody moves to the front of the queue by suggesting."""
    if case is None:
        return Placement(Lane.SECOND_OPINION, 3, clock.now() + _SOON, why)
    return _proposed_place(case, why)


def _in_words(verbs: Sequence[Verb]) -> str:
    return " and ".join(verb.replace("_", " ") for verb in verbs)


def _under(rule: Rule | None) -> str:
    return f" under rule {rule.id}, {rule.title}" if rule else ""


def _wait_for_another(
    session: Session, comment: Comment, case: Case | None, proposal: Ruling, placement: Placement
) -> None:
    labels = casebook.labels_found(session, comment)
    severe = placement.severe or not SEVERE_LABELS.isdisjoint(labels)
    question = Question(
        decision_id=proposal.id,
        office_id=comment.office_id,
        comment_id=comment.id,
        channel_id=comment.channel_id,
        author_id=comment.author_id,
        language=comment.language,
        placement=replace(placement, severe=severe),
        rule_ids=proposal.rule_ids,
        labels=labels,
    )
    if case is None:
        casebook.open_cases(session, [question])
    else:
        casebook.move(session, case, question)
        casebook.release(session, case.id)


def _close(session: Session, case: Case, member: Member) -> None:
    casebook.close(session, case, member.id)
    detail = {"case": case.id, "lane": case.lane}
    subject = f"comment:{case.comment_id}"
    audit.append(session, [audit.Entry(case.office_id, f"member:{member.id}", "case.closed", subject, detail)])


def _record(session: Session, comment: Comment, made: Ruling) -> None:
    channel = session.get_one(Channel, comment.channel_id)
    session.flush()
    recording.record(session, [made], channels.capabilities([channel]))
    session.refresh(comment)


def _ask_for_hands(session: Session, comment: Comment, made: Ruling) -> None:
    """What the platform has no call for waits, visibly, until a person has done it there."""
    channel = session.get_one(Channel, comment.channel_id)
    possible = channels.capabilities([channel])[channel.id]
    by_hand = [verb for verb in made.errands if verb not in possible or not possible[verb].automatic]
    if by_hand:
        what = " and ".join(verb.replace("_", " ") for verb in by_hand)
        why = f"To be done by hand on {channel.name}: {what}"
        triage.open_platform_case(session, comment.office_id, comment.id, made.id, why)


def _followed(advice: Decision | None, verbs: Sequence[Verb]) -> bool | None:
    """None where nothing was suggested; else whether the person did just that."""
    if advice is None or not advice.verbs or advice.state != State.SUGGESTED:
        return None
    return set(advice.verbs) == {verb.value for verb in verbs}


def _is_about_another_text(session: Session, comment: Comment, case: Case) -> bool:
    """The comment was edited since the question was asked; the question follows once the service has looked."""
    asked = session.get_one(Decision, case.decision_id)
    return case.lane != Lane.PLATFORM and asked.revision_id != comment.revision_id


def _locked_comment(session: Session, member: Member, comment_id: str) -> Comment:
    comment = session.get(Comment, comment_id, with_for_update=True)
    if comment is None or comment.office_id != member.office_id:
        raise NotFound("there is no such comment")
    return comment


def _somebody_was_first(session: Session, comment: Comment) -> NoReturn:
    decision = session.get(Decision, comment.decision_id) if comment.decision_id else None
    if decision is None:
        raise Conflict("Somebody else was here first, and nothing is decided any more. Please look again.")
    who = session.get(Member, decision.member_id) if decision.member_id else None
    name = who.name if who else "The service"
    what = " and ".join(verb.replace("_", " ") for verb in decision.verbs)
    raise Conflict(f"{name} was first and decided: {what}. Your choice was not carried out.")


def _log(session: Session, member: Member, made: Ruling, version: GuidelineVersion | None, bulk_id: str | None) -> None:
    detail = {
        "decision": made.id,
        "verbs": [verb.value for verb in made.draft.verbs],
        "rules": list(made.rule_ids),
        "version": version.id if version else None,
        "proposed_by": made.member_id if made.second_member_id else None,
        **({"bulk": bulk_id} if bulk_id else {}),
    }
    event = "decision.suggested" if made.draft.reason is Reason.VOLUNTEER else f"decision.{made.draft.state}"
    subject = f"comment:{made.comment_id}"
    audit.append(session, [audit.Entry(made.office_id, f"member:{member.id}", event, subject, detail)])
