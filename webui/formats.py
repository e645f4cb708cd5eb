"""How values read on a page: moments, numbers, links, the product's words. Filters for Jinja; nothing is decided here.

Moments are shown in the office's time zone, or in the one given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as calendar_date
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, g
from markupsafe import Markup, escape

from classifiers.text import REASONS
from moderator import clock
from moderator.domain.vocabulary import Label, Role, Signal, Verb
from webui import fact_words, visible, words

#: What the public pages have words for as well is said once, in their catalogue.
_ENGLISH = words.in_language("en")

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

#: what a comment looks like
_LOOKS: Mapping[str, str] = {
    Label.DISCRIMINATION: "discrimination",
    Label.THREAT: "a threat",
    Label.HARASSMENT: "harassment",
    Label.PROFANITY: "swearing",
    Label.SEXUAL: "something sexual",
    Label.SPAM: "spam",
    Label.ADVERTISING: "advertising",
    Label.GIBBERISH: "text that makes no sense",
    Label.REPETITION: "the same thing again",
    Label.COORDINATION: "part of a campaign of many accounts",
    Label.AUTOMATION: "the work of a machine",
    Label.OFF_TOPIC: "off topic",
    Label.DEFLECTION: "a change of subject",
    Label.MISINFORMATION: "misinformation",
    Label.PERSONAL_DATA: "somebody's personal details",
    Label.ACCUSATION: "an accusation",
    Label.PHISHING: "a trick to get at passwords or money",
    Label.HELP_REQUEST: "a request for help",
}

#: a fact rather than a likeness: there is no score to speak of
_HAS: Mapping[str, str] = {
    Label.BANNED_TERM: "Has a word that this office bans",
    Label.SUSPECT_TERM: "Has a word that this office watches for",
}

#: a label as a name, in tables and beside a highlight
_LABEL_NAMES: Mapping[str, str] = {
    Label.SEXUAL: "sexual",
    Label.PROFANITY: "swearing",
    Label.BANNED_TERM: "banned word",
    Label.SUSPECT_TERM: "watched word",
    Signal.TONE: "tone",
    Signal.DISGUISE: "disguise",
    Signal.TO_REPRESENTATIVE: "to the representative",
    Signal.TO_STAFF: "to staff",
    Signal.TO_COMMENTER: "to another commenter",
    Signal.TO_GROUP: "to a group",
}

#: a signal that is there, after its strength is weighed
_SIGNALS: Mapping[str, str] = {
    Signal.TONE: "harsh in tone",
    Signal.DISGUISE: "worse once disguised spelling is undone",
    Signal.TO_REPRESENTATIVE: "spoken to the representative",
    Signal.TO_STAFF: "spoken to staff",
    Signal.TO_COMMENTER: "spoken to another commenter",
    Signal.TO_GROUP: "spoken to a group of people",
}

_DISGUISE = "Found after undoing a disguise"

#: what a view undid; a view that undid several things has their names with a plus between
_VIEWS: Mapping[str, str] = {
    "plain": "look-alike or hidden characters",
    "joined": "letters written apart",
    "parted": "words written together",
}

#: verb: as an order on a button, as what was done, as what will be done
_VERBS: Mapping[str, tuple[str, str, str]] = {
    Verb.KEEP: ("Keep", "Kept", "Stays"),
    Verb.HIDE: ("Hide", "Hidden", "Will be hidden"),
    Verb.UNHIDE: ("Show again", "Shown again", "Will be shown again"),
    Verb.DELETE: ("Delete", "Deleted", "Will be deleted"),
    Verb.BLOCK: ("Block the author", "Author blocked", "Author will be blocked"),
    Verb.UNBLOCK: ("Unblock the author", "Author unblocked", "Author will be unblocked"),
    Verb.MUTE: ("Mute the author", "Author muted", "Author will be muted"),
    Verb.UNMUTE: ("Stop muting the author", "Author muted no longer", "Author will be muted no longer"),
    Verb.REPLY: ("Reply", "Replied to", "Will be replied to"),
    Verb.LIMIT_COMMENTS: ("Limit comments", "Comments limited", "Comments will be limited"),
    Verb.REPORT_PLATFORM: ("Report to the platform", "Reported to the platform", "Will be reported to the platform"),
    Verb.REPORT_POLICE: ("Report to the police", "Reported to the police", "To be reported to the police"),
    Verb.REDIRECT: ("Point elsewhere", "Pointed elsewhere", "Will be pointed elsewhere"),
}

_ROLES: Mapping[str, str] = {
    Role.OWNER: "Owner",
    Role.LEAD: "Lead",
    Role.MODERATOR: "Moderator",
    Role.VOLUNTEER: "Volunteer",
    Role.OBSERVER: "Observer",
}


@dataclass(frozen=True, slots=True)
class Link:
    """An address from outside. `url` is empty where it is not a plain web address: then it must not be a link."""

    url: str
    #: what is really called, in ASCII, so that look-alike letters show
    host: str


def init_app(app: Flask) -> None:
    """Give the templates their filters."""
    app.jinja_env.filters.update(
        ago=ago,
        bounded=bounded,
        counted=counted,
        date=date,
        day=_ENGLISH.date,
        done_word=word_done,
        due=due,
        hour=hour,
        excerpt=visible.excerpt,
        fact_name=fact_words.fact_name,
        fact_sentences=fact_words.fact_sentences,
        lasted=_length,
        lasting=fact_words.lasting,
        step_sentence=fact_words.step_sentence,
        fold=fold,
        label_name=label_name,
        language_name=language_name,
        left=left,
        link=link,
        looks_like=looks_like,
        minutes=minutes,
        moment=moment,
        order_list=order_list,
        order_word=lambda verb: _word(verb, 0),
        role_name=lambda role: _ROLES.get(role, role),
        score=score,
        sentence_list=sentence_list,
        shown=visible.shown,
        signal_word=lambda signal: _SIGNALS.get(signal, label_name(signal)),
        unreadable_reason=lambda reason: REASONS.get(reason, ""),
        view_sentence=view_sentence,
        will_word=lambda verb: _word(verb, 2),
    )
    app.jinja_env.tests["fact"] = is_fact


def date(when: datetime, zone: str | None = None) -> str:
    """21 November 2026"""
    return _day(when.astimezone(_zone(zone)).date())


def moment(when: datetime, zone: str | None = None) -> str:
    """21 November 2026, 14:05"""
    return f"{date(when, zone)}, {when.astimezone(_zone(zone)):%H:%M}"


def hour(when: datetime, zone: str | None = None) -> Markup:
    """14:05, as a `time` element that also has the exact moment"""
    return _time(when, f"{when.astimezone(_zone(zone)):%H:%M}")


def ago(when: datetime) -> Markup:
    """How long ago, as a `time` element that also has the exact moment."""
    return _time(when, _since(clock.now() - when) or f"on {date(when)}")


def due(when: datetime) -> Markup:
    """How long until then, or how long overdue."""
    left = when - clock.now()
    if left < timedelta(0):
        return _time(when, f"overdue by {_length(-left)}")
    return _time(when, f"due in {_length(left)}")


def left(until: datetime) -> Markup:
    """How much of a stretch is left: 8 minutes left."""
    span = until - clock.now()
    return _time(until, f"{_length(span)} left" if span > timedelta(0) else "just over")


def minutes(number: int) -> str:
    """90 minutes, 2 hours, 3 days: the largest of them that comes out even."""
    for unit, length in (("day", 1440), ("hour", 60)):
        if number % length == 0:
            return counted(number // length, unit)
    return counted(number, "minute")


def score(value: float) -> str:
    """Two decimals, never rounded up: 0.999 is not 1.00."""
    return f"{int(value * 100 + 1e-9) / 100:.2f}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """1,234 comments"""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def bounded(count: int, limit: int = 1_000) -> str:
    """1,000+ for anything above it: nobody counted further."""
    return f"{limit:,}+" if count > limit else f"{count:,}"


def sentence_list(parts: Sequence[str], last: str = "and") -> str:
    """hide, delete and block"""
    words = list(parts)
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def order_list(verbs: Sequence[str]) -> str:
    """hide, delete and report to the platform"""
    return sentence_list([_word(verb, 0).lower() for verb in verbs])


def word_done(verb: str) -> str:
    """Hidden"""
    return _word(verb, 1)


def link(url: str) -> Link:
    """What may be made of an address that came from outside."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        return Link("", "")
    plain = parts.scheme in ("http", "https") and host and not parts.username and url.isprintable()
    return Link(url, host) if plain else Link("", "")


def label_name(label: str) -> str:
    return _LABEL_NAMES.get(label, label.replace("_", " "))


def looks_like(label: str) -> str:
    """Looks like a threat"""
    return _HAS.get(label) or f"Looks like {_LOOKS.get(label, label_name(label))}"


def language_name(code: str) -> str:
    """German, from `de` or `de-AT`; empty where the code says nothing to people"""
    return _ENGLISH.language_name(code)


def view_sentence(view: str) -> str:
    """Found after undoing a disguise: letters written apart."""
    if view == "literal":
        return "Found in the text as it is written."
    undone = sentence_list([_VIEWS[part] for part in view.split("+") if part in _VIEWS])
    return f"{_DISGUISE}: {undone}." if undone else f"{_DISGUISE}."


def is_fact(label: str) -> bool:
    """Whether the label is found or not, so that its score says nothing."""
    return label in _HAS


def fold(text: str, spans: Sequence[visible.Span] = ()) -> visible.Folded:
    """A comment as it is shown to those who decide about it."""
    return visible.folded(text, spans, label_name)


def _word(verb: str, form: int) -> str:
    return _VERBS[verb][form] if verb in _VERBS else verb.replace("_", " ")


def _time(when: datetime, words: str) -> Markup:
    # A list has three to each comment: put together by hand this takes a quarter of what formatting takes.
    exact = f'datetime="{when.isoformat()}" title="{escape(moment(when))}"'
    return Markup(f"<time {exact}>{escape(words)}</time>")  # noqa: S704 - both texts are escaped


@lru_cache(maxsize=512)
def _day(day: calendar_date) -> str:
    return _ENGLISH.date(day)


def _since(passed: timedelta) -> str:
    """Empty for anything a week old: then the date says more."""
    if passed < _MINUTE:
        return "just now"
    return f"{_length(passed)} ago" if passed < 7 * _DAY else ""


def _length(span: timedelta) -> str:
    if span < _HOUR:
        return counted(max(1, span // _MINUTE), "minute")
    return counted(span // _HOUR, "hour") if span < 2 * _DAY else counted(span // _DAY, "day")


def _zone(name: str | None) -> ZoneInfo:
    office = g.get("office")
    return ZoneInfo(name or (office.timezone if office is not None else "Europe/London"))
