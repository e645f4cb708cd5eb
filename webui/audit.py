"""The audit trail: the office's log in words, and whether it holds. Reads only."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue

from moderator.domain.vocabulary import Role
from moderator.queries import audit_page
from moderator.queries.audit_page import TrailLine
from webui.asked import asked, asked_number
from webui.auth import require
from webui.current import runtime
from webui.formats import order_list, word_done

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

#: What each event says. `{verbs}`, `{rules}` and the like come from the entry's detail; see `sentence`.
EVENTS: Mapping[str, str] = {
    "office.created": "Office set up",
    "office.care_changed": "Limits on severe cases changed",
    "member.added": "Member added as {role}",
    "member.changed": "What a member may do was changed: {role}",
    "member.invited": "Somebody invited as {role}",
    "member.invitation_withdrawn": "Invitation withdrawn",
    "member.left": "Member left",
    "member.password_set": "Password changed",
    "member.sign_in_failed": "Sign-in failed",
    "member.signed_in": "Signed in",
    "member.signed_out": "Signed out",
    "member.link_made": "Sign-in link made",
    "key.created": "API key made: {name}",
    "key.revoked": "API key withdrawn",
    "guidelines.published": "Guidelines published, version {number}",
    "draft.created": "Draft of guidelines begun",
    "draft.renamed": "Draft of guidelines renamed",
    "draft.changed": "Draft of guidelines changed, revision {revision}",
    "draft.submitted": "Draft of guidelines submitted, revision {revision}",
    "draft.approved": "Draft of guidelines agreed to, revision {revision}",
    "draft.sent_back": "Draft of guidelines sent back, revision {revision}",
    "draft.published": "Draft of guidelines became version {number}",
    "draft.discarded": "Draft of guidelines discarded",
    "draft.shadow_started": "Draft of guidelines runs beside the version in force",
    "draft.shadow_stopped": "Draft of guidelines no longer runs beside the version in force",
    "backtest.started": "Draft of guidelines tried on {comments} stored comments",
    "backtest.stopped": "Trying a draft of guidelines stopped after {comments} comments",
    "classifiers.changed": "Choice of classifiers changed",
    "office.leases_changed": "How long cases are held changed",
    "reply.written": "Prepared reply written: {name}",
    "reply.changed": "Prepared reply changed: {name}",
    "reply.withdrawn": "Prepared reply withdrawn: {name}",
    "page.described": "What the page is for described anew",
    "words.changed": "Word lists changed: {banned} banned, {suspect} watched",
    "claim.added": "Checked claim of {source} added, as {verdict}",
    "claim.changed": "Checked claim of {source} changed, now {verdict}",
    "claim.withdrawn": "Checked claim of {source} withdrawn",
    "claims.imported": "Checked claims taken from a file: {added} new, {changed} changed, {refused} refused",
    "channel.created": "Channel connected",
    "channel.changed": "Channel changed: {fields}",
    "channel.secret_rotated": "New secret made: {secret}",
    "channel.secret_retired": "Old secret retired: {secret}",
    "channel.stopped": "Channel stopped: the platform refused it",
    "channel.resumed": "Channel resumed",
    "comment.received": "Comment received",
    "comment.edited": "Comment edited by its author, text {revision}",
    "comment.visibility": "The platform says: {from} before, {to} now",
    "decision.made": "Decided: {orders}{rules}",
    "decision.suggested": "Suggested to a person: {orders}{rules}",
    "decision.proposed": "Proposed, to be agreed by a second person: {orders}{rules}",
    "decision.undone": "Decision undone",
    "case.opened": "Put before people",
    "case.moved": "Moved in the queue",
    "case.closed": "Case closed",
    "case.handed": "Handed to a colleague",
    "case.put_back": "No longer asked of one colleague alone",
    "case.escalated": "A lead was asked to decide",
    "case.given_back": "Given back by a lead: anybody may decide",
    "bulk.started": "Begun for {comments} comments at once: {orders}{rules}",
    "bulk.stopped": "Stopped a run over many comments after {decided}",
    "bulk.ended": "Done for many comments at once: {decided}, and {left_alone} left alone",
    "campaign.asked": "Put before people: {comments} comments that say nearly the same",
    "campaign.withdrawn": "Taken out of the queue again: {comments} comments that say nearly the same",
    "bulk.undo_started": "Begun to take back what was decided for {comments} comments at once",
    "action.done": "{done} on the platform",
    "action.needs_person": "{orders}: the platform did not take it",
    "action.retried": "{orders}: tried again",
    "action.let_go": "{orders}: let go",
    "action.ended": "{done}: the {days} days are over",
    "author.fact_recorded": "Recorded about an author: {fact}",
    "author.fact_withdrawn": "No longer recorded about an author: {fact}",
    "post.opened": "Comments under the post limited no longer",
}

_ACTORS = {"system": "the service", "platform": "the platform"}


@blueprint.get("")
@require(Role.OWNER, Role.LEAD, Role.MODERATOR, Role.OBSERVER)
def trail() -> ResponseReturnValue:
    wanted = audit_page.Filter(subject=asked("subject"), event=asked("event"), actor=asked("actor"))
    with runtime().database.read() as reading:
        page = audit_page.audit_page(reading, g.reach, wanted, asked_number("before"))
    return render_template(
        "audit/trail.html",
        page=page,
        lines=[(line, sentence(line), actor(line), subject_url(line)) for line in page.lines],
        events=sorted(EVENTS),
    )


def sentence(line: TrailLine) -> str:
    """What happened, in words. An event that this page does not know yet shows by its own name."""
    template = EVENTS.get(line.event)
    if template is None:
        return line.event.replace(".", ": ").replace("_", " ")
    return template.format_map(_Parts(_parts(line.detail)))


def actor(line: TrailLine) -> str:
    kind, _, id = line.actor.partition(":")
    if kind == "rule":
        return f"the service, under rule {id}"
    if kind == "key":
        return "a program with an API key"
    return line.actor_name or _ACTORS.get(kind, "somebody who has left")


def subject_url(line: TrailLine) -> str | None:
    """Where the thing itself is to be looked at, where this member may."""
    kind, _, id = line.subject.partition(":")
    if kind == "comment":
        return url_for("review.comment", comment_id=id)
    if kind == "channel" and g.member.role in ("owner", "lead"):
        return url_for("settings.channel", channel_id=id)
    if kind == "draft":
        return url_for("drafts.draft", draft_id=id)
    if kind == "bulk" and g.member.role in ("owner", "lead", "moderator"):
        return url_for("review.bulk_run", bulk_id=id)
    if kind == "campaign":
        return url_for("review.campaign", campaign_id=id)
    if kind == "version" and "number" in line.detail:
        return url_for("guidelines.version", slug=g.office.slug, number=line.detail["number"])
    return None


class _Parts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def _parts(detail: Mapping[str, Any]) -> dict[str, str]:
    """The detail as words that fit the sentences above."""
    verbs = [str(verb) for verb in detail.get("verbs") or ([detail["verb"]] if "verb" in detail else [])]
    rules = [str(rule) for rule in detail.get("rules", [])]
    plain = {key: _plain(value) for key, value in detail.items()}
    return plain | {
        "done": ", ".join(word_done(verb) for verb in verbs),
        "orders": (order_list(verbs) or "a look").capitalize() if "verb" in detail else order_list(verbs) or "a look",
        "rules": f", rule{'s' if len(rules) > 1 else ''} {', '.join(rules)}" if rules else "",
    }


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(part) for part in value) or "nothing"
    return str(value)
