"""What a person's choice means: which rule of which version it cites, and what must be carried to the platform."""

from collections.abc import Collection, Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from guidelines.evaluate import rung_of
from guidelines.schema import ACCOUNT_VERBS, Needs, Rule, RungCount
from moderator import channels, publishing, recording
from moderator.domain.actions import ActionState
from moderator.domain.decisions import lasts
from moderator.domain.vocabulary import Verb
from moderator.errors import Invalid
from moderator.facts import gather
from moderator.storage.tables import Action, Channel, Comment, GuidelineVersion

#: What a person may decide here. Each but keep and unhide needs a rule to stand on.
CHOICES: tuple[Verb, ...] = (
    Verb.KEEP,
    Verb.UNHIDE,
    Verb.REDIRECT,
    Verb.LIMIT_COMMENTS,
    Verb.HIDE,
    Verb.MUTE,
    Verb.DELETE,
    Verb.BLOCK,
    Verb.REPORT_PLATFORM,
    Verb.REPORT_POLICE,
)
#: What may end by itself after a time.
ENDING = frozenset(map(Verb, ACCOUNT_VERBS))
_ALONE = frozenset({Verb.KEEP, Verb.UNHIDE})
_SAYS_WHETHER_SEEN = frozenset({Verb.KEEP, Verb.UNHIDE, Verb.HIDE, Verb.DELETE})


def chosen(verbs: Sequence[str]) -> tuple[Verb, ...]:
    """The verbs in the order they are carried out. Raises `Invalid`."""
    known = {verb.value: verb for verb in CHOICES}
    unknown = [verb for verb in verbs if verb not in known]
    if unknown:
        raise Invalid("verbs", f"{unknown[0]!r} cannot be decided here")
    picked = tuple(verb for verb in CHOICES if verb.value in verbs)
    if not picked:
        raise Invalid("verbs", "choose what to do")
    if len(picked) > 1 and _ALONE & set(picked):
        raise Invalid("verbs", "keep and unhide go with nothing else")
    return picked


def cited(
    session: Session, office_id: str, verbs: Sequence[Verb], rule_id: str | None
) -> tuple[GuidelineVersion | None, Rule | None]:
    """The version in force and the rule of it that the choice stands on. Raises `Invalid` when that is missing."""
    version = publishing.current(session, office_id)
    if set(verbs) <= _ALONE:
        return version, None
    if version is None:
        raise Invalid("rule_id", "publish guidelines first: a comment is acted on only under a published rule")
    if not rule_id:
        raise Invalid("rule_id", "pick the rule that this comment breaks")
    try:
        return version, publishing.read(version).rule(rule_id)
    except KeyError:
        raise Invalid("rule_id", f"version {version.number} of the guidelines has no rule {rule_id!r}") from None


def reached(session: Session, revision_id: str, rules: Sequence[Rule]) -> dict[str, int]:
    """The step of each rule's ladder that the author had reached when the text came in, by rule; 0: none."""
    rungs = frozenset(RungCount(rule.id, rung.within_days) for rule in rules for rung in rule.repeat)
    known = gather(session, [revision_id], Needs(rungs=rungs), {})[revision_id]
    return {rule.id: rung_of(rule, known.upheld) for rule in rules}


def days(rule: Rule, rung: int, verbs: Collection[Verb]) -> dict[Verb, int]:
    """How long each of the verbs lasts under the rule, where it does not last until somebody ends it."""
    found = {verb: lasts(rule, rung, verb) for verb in sorted(ENDING.intersection(verbs))}
    return {verb: number for verb, number in found.items() if number is not None}


def errands(session: Session, comment: Comment, verbs: Sequence[Verb]) -> tuple[Verb, ...]:
    """What of the choice is still to be done on the platform, seen from how the comment stands or soon will."""
    hidden = recording.soon_hidden(session, comment.id, comment.visibility)
    if tuple(verbs) == (Verb.KEEP,):
        return (Verb.UNHIDE,) if hidden else ()
    return tuple(verb for verb in verbs if not (verb is Verb.HIDE and hidden))


def replace_errands(session: Session, comment: Comment, verbs: Sequence[Verb]) -> None:
    """Nobody need hide or show by hand any more what was decided before: this choice says anew whether it is seen."""
    if _SAYS_WHETHER_SEEN & set(verbs):
        waiting = update(Action).where(
            Action.comment_id == comment.id,
            Action.verb.in_([Verb.HIDE, Verb.UNHIDE]),
            Action.state.in_([ActionState.BY_HAND, ActionState.NEEDS_PERSON]),
        )
        session.execute(waiting.values(state=ActionState.CANCELLED.value))


def require_possible(session: Session, comment: Comment, verbs: Sequence[Verb]) -> None:
    """Raises `Invalid` for a verb that does not exist on the comment's platform."""
    channel = session.get_one(Channel, comment.channel_id)
    possible = channels.capabilities([channel])[channel.id]
    for verb in verbs:
        if verb is not Verb.KEEP and verb not in possible:
            raise Invalid("verbs", f"{verb.replace('_', ' ')} does not exist on {channel.name}")
