"""Pages that a browser fetches ahead of time, so that work goes on for a while when the connection goes."""

from sqlalchemy.orm import Session

from moderator.review import leases
from moderator.storage.tables import Case, Member
from webui.review.leases import is_a_look


def may_be_shown(reading: Session, member: Member, case_id: str) -> bool:
    """Whether the page of a case is given out now: always to somebody who looks at it.

    Ahead of time nothing is given out that weighs on who reads it, since what they read is counted when they open it;
    and nothing that a colleague has on their screen.
    """
    if is_a_look():
        return True
    case = reading.get(Case, case_id)
    held = leases.holder(reading, case_id, member)
    return case is not None and not case.severe and (held is None or held.mine)
