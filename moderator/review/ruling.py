"""What a person's choice means: which rule of which version it cites, and what must be carried to the platform."""

import re
from collections.abc import Collection, Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from guidelines.evaluate import rung_of
from guidelines.schema import ACCOUNT_VERBS, Needs, Rule, RungCount
from moderator import channels, publishing, recording
from moderator.domain.actions import ActionState
from moderator.domain.decisions import lasts
from moderator.domain.vocabulary import WRITTEN, Verb
from moderator.errors import Invalid
from moderator.facts import gather
from moderator.pipeline.storable import storable
from moderator.storage.tables import Action, Channel, Comment, GuidelineVersion

#: What a person may decide here. What takes something away from somebody needs a rule to stand on.
CHOICES: tuple[Verb, ...] = (
    Verb.KEEP,
    Verb.UNHIDE,
    Verb.HIDE,
    Verb.REPLY,
    Verb.REDIRECT,
    Verb.LIMIT_COMMENTS,
    Verb.MUTE,
    Verb.DELETE,
    Verb.BLOCK,
    Verb.REPORT_PLATFORM,
    Verb.REPORT_POLICE,
)
#: What may end by itself after a time.
ENDING = frozenset(map(Verb, ACCOUNT_VERBS))
#: Characters that are written to an author at most.
MOST_WRITTEN = 2000
#: A place in a prepared answer that is still to be filled in.
_BLANK = re.compile(r"\{[^{}\n]{0,60}\}")
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
    if set(picked) >= WRITTEN:
        raise Invalid("verbs", "reply or point elsewhere: the author is answered once")
    return picked


def cited(
    session: Session, office_id: str, verbs: Sequence[Verb], rule_id: str | None
) -> tuple[GuidelineVersion | None, Rule | None]:
    """The version in force and the rule of it that the choice stands on. Raises `Invalid` when that is missing."""
    version = publishing.current(session, office_id)
    if set(verbs) <= _ALONE or (not rule_id and WRITTEN.issuperset(verbs)):
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


def written(verbs: Sequence[Verb], rule: Rule | None, text: str) -> str:
    """What is to be written to the author, fit to store; nothing where nobody is written to. Raises `Invalid`.

    A rule that points elsewhere says in which words; a person may choose others.
    """
    if not WRITTEN.intersection(verbs):
        return ""
    words = storable(text.replace("\r\n", "\n").strip())[0]
    if not words and rule is not None and Verb.REPLY not in verbs:
        words = rule.redirect_text.strip()
    if not words:
        raise Invalid("text", "write what the author is told")
    if len(words) > MOST_WRITTEN:
        raise Invalid("text", f"at most {MOST_WRITTEN:,} characters are written to an author")
    if blanks := _BLANK.findall(words):
        raise Invalid("text", f"fill in {blanks[0]} before this is sent")
    return words


def require_possible(session: Session, comment: Comment, verbs: Sequence[Verb]) -> None:
    """Raises `Invalid` for a verb that does not exist on the comment's platform."""
    channel = session.get_one(Channel, comment.channel_id)
    possible = channels.capabilities([channel])[channel.id]
    for verb in verbs:
        if verb is not Verb.KEEP and verb not in possible:
            raise Invalid("verbs", f"{verb.replace('_', ' ')} does not exist on {channel.name}")
