"""What members record about authors: facts that the published rules name, each with where it is known from.

Nothing else can be recorded, so nothing is kept about anybody's party, religion or origin that no rule asks for; and
nothing is ever inferred.
"""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from guidelines.evaluate import fact_conditions
from guidelines.schema import GuidelineSet, RecordedCondition
from moderator import audit, clock, publishing
from moderator.domain.cases import CaseState, Lane
from moderator.domain.decisions import Reason
from moderator.errors import Conflict, Invalid, NotFound
from moderator.jobs import queue
from moderator.pipeline.storable import storable
from moderator.review.access import reach, require_decider, role_on
from moderator.storage.tables import Author, AuthorFact, Case, Channel, Comment, Decision, Member

MAX_SOURCE = 500


def named(guidelines: GuidelineSet | None) -> tuple[str, ...]:
    """The facts about authors that the rules name, each once, in the order of the document."""
    if guidelines is None:
        return ()
    conditions = [fact for rule in guidelines.rules if rule.condition for fact in fact_conditions(rule.condition)]
    return tuple(dict.fromkeys(fact.fact for fact in conditions if isinstance(fact, RecordedCondition)))


def record_fact(session: Session, member: Member, author_id: str, fact: str, source: str) -> AuthorFact:
    """Record a fact about an author; what waits for a person about them is judged anew. Ring the doorbell after commit.

    Raises `NotFound`, `NotAllowed`, `Invalid`, or `Conflict` when it is on record already.
    """
    _lock_author(session, member, author_id)
    version = publishing.current(session, member.office_id)
    if fact not in named(publishing.read(version) if version else None):
        raise Invalid("fact", "only what the published rules name can be recorded about somebody")
    said = storable(" ".join(source.split()))[0]
    if not said:
        raise Invalid("source", "say how you know: without a source nothing is recorded")
    if len(said) > MAX_SOURCE:
        raise Invalid("source", f"say it in at most {MAX_SOURCE} characters")
    if session.scalar(_in_force(author_id).where(AuthorFact.fact == fact)):
        raise Conflict("This is on record already.")
    row = AuthorFact(
        id=clock.new_id(),
        office_id=member.office_id,
        author_id=author_id,
        fact=fact,
        source=said,
        recorded_by=member.id,
        recorded_at=clock.now(),
    )
    session.add(row)
    session.flush()
    _follow(session, member, row, "author.fact_recorded")
    return row


def withdraw_fact(session: Session, member: Member, fact_id: str) -> None:
    """It does not hold, or not any more. Ring the doorbell after commit. Raises as `record_fact`."""
    row = session.get(AuthorFact, fact_id)
    if row is None or row.office_id != member.office_id:
        raise NotFound("nothing like this is on record")
    _lock_author(session, member, row.author_id)
    session.refresh(row)
    if row.withdrawn_at is not None:
        raise Conflict("This was withdrawn already.")
    row.withdrawn_by, row.withdrawn_at = member.id, clock.now()
    session.flush()
    _follow(session, member, row, "author.fact_withdrawn")


def _lock_author(session: Session, member: Member, author_id: str) -> None:
    """Raises `NotFound` for somebody who wrote where the member does not look, or `NotAllowed`."""
    author = session.get(Author, author_id, with_for_update=True)
    if author is None or session.get_one(Channel, author.channel_id).office_id != member.office_id:
        raise NotFound("there is no such author")
    require_decider(member, role=role_on(reach(session, member), member, author.channel_id))


def _in_force(author_id: str) -> Select[tuple[str]]:
    return select(AuthorFact.id).where(AuthorFact.author_id == author_id, AuthorFact.withdrawn_at.is_(None)).limit(1)


def _follow(session: Session, member: Member, row: AuthorFact, event: str) -> None:
    waiting = _waiting(session, row.author_id)
    queue.add(session, queue.Kind.DECIDE, waiting)
    # The source may say more about somebody than the log, which keeps everything, should.
    detail = {"id": row.id, "fact": row.fact, "judged_anew": len(waiting)}
    subject = f"author:{row.author_id}"
    audit.append(session, [audit.Entry(row.office_id, f"member:{member.id}", event, subject, detail)])


def _waiting(session: Session, author_id: str) -> Sequence[str]:
    """The author's texts about which a person was asked and has said nothing yet."""
    return session.scalars(
        select(Comment.revision_id)
        .join(Case, Case.comment_id == Comment.id)
        .join(Decision, Decision.id == Case.decision_id)
        .where(
            Comment.author_id == author_id,
            Case.state == CaseState.OPEN,
            Case.lane != Lane.PLATFORM,
            Decision.reason.notin_([Reason.PERSON, Reason.VOLUNTEER]),
        )
    ).all()
