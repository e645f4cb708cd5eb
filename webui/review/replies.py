"""What the author can be told: the words that are prepared for it, filled in for the comment on the page."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import g, request, url_for
from sqlalchemy.orm import Session

from moderator import publishing
from moderator.domain.vocabulary import WRITTEN, Verb
from moderator.queries.case_page import CasePage
from moderator.review import replies
from moderator.review.ruling import MOST_WRITTEN
from webui.asked import asked
from webui.current import runtime
from webui.review.room import Choice, came_from

#: As an id of a reply: the words that a published rule has for those whom it points elsewhere.
_OF_RULE = "rule-"


@dataclass(frozen=True, slots=True)
class Offer:
    """A prepared reply."""

    id: str
    name: str
    verb: Verb
    text: str
    #: after the question mark of the page that sends it
    query: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What can be said to the author, and what was chosen or typed so far."""

    offers: tuple[Offer, ...]
    text: str
    longest: int = MOST_WRITTEN


def answer(reading: Session, page: CasePage, form: Choice | None = None) -> Answer | None:
    """None where the author cannot be told anything on this platform."""
    if not any(choice.verb in WRITTEN for choice in page.verbs):
        return None
    offers = _offers(reading, page)
    chosen = asked("reply")
    if not chosen and Verb.REDIRECT in request.args.getlist("verbs"):
        chosen = f"{_OF_RULE}{asked('rule')}"
    picked = next((offer.text for offer in offers if offer.id == chosen), "")
    return Answer(offers, form.text if form else picked)


def only_answers() -> bool:
    """Whether the address asks for an answer alone, which breaks no rule and cites none."""
    verbs = set(request.args.getlist("verbs"))
    return bool(verbs) and verbs <= WRITTEN


def _offers(reading: Session, page: CasePage) -> tuple[Offer, ...]:
    """Those that belong to a rule that was found come first."""
    version = publishing.current(reading, g.office.id)
    guidelines = publishing.read(version) if version else None
    known = {
        "author": (page.author or page.author_handle) if g.reach.names_on(page.channel_id) else "",
        "office": g.office.name,
        "contact": guidelines.office.contact if guidelines else "",
        "guidelines": runtime().settings.public_url + url_for("guidelines.current", slug=g.office.slug),
    }
    rows = replies.of_office(reading, g.office.id)
    prepared = [(row.id, row.name, Verb(row.verb), row.text, row.rule_id) for row in rows]
    prepared += [
        (f"{_OF_RULE}{rule.id}", f"As rule {rule.id} says, {rule.title}", Verb.REDIRECT, rule.redirect_text, rule.id)
        for rule in (guidelines.rules if guidelines else ())
        if rule.redirect_text.strip()
    ]
    possible = {choice.verb for choice in page.verbs}
    found = {rule.id for rule in page.found} | {page.suggested_rule}
    return tuple(
        Offer(id, name, verb, replies.filled(text.strip(), known), _query(id, verb, rule_id or ""))
        for id, name, verb, text, rule_id in sorted(prepared, key=lambda each: each[4] not in found)
        if verb in possible
    )


def _query(reply_id: str, verb: Verb, rule_id: str) -> str:
    """The address as it is, with this reply chosen and nothing else that is told to the author."""
    came = came_from()
    kept = [("from", came)] if came else []
    kept += [("verbs", other) for other in request.args.getlist("verbs") if other not in WRITTEN]
    more = any(name == "verbs" for name, _ in kept)
    cited = (asked("rule") or rule_id) if more else rule_id
    rule = [("rule", cited)] if cited else []
    return urlencode([*kept, ("verbs", verb.value), ("reply", reply_id), *rule])
