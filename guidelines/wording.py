"""What rules ask for, in words that a citizen understands: labels, conditions, actions, numbers. English."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from guidelines.schema import (
    Activity,
    ActivityCondition,
    AllOf,
    AnyOf,
    By,
    Condition,
    LabelCondition,
    LinkCondition,
    Modality,
    Not,
    Period,
    PeriodCondition,
    PostCondition,
    PostState,
    RecordedCondition,
    RuleAction,
    Rung,
    WordsCondition,
)

#: Entries of a list that a sentence names; the rest are counted.
MAX_LISTED = 12
#: Characters of a text that a sentence quotes.
MAX_QUOTED = 120

_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "discrimination": "discrimination",
        "threat": "threats",
        "harassment": "harassment",
        "profanity": "swearing",
        "sexual": "sexual remarks",
        "spam": "spam",
        "advertising": "advertising",
        "gibberish": "gibberish",
        "repetition": "repetition",
        "coordination": "organised campaigns",
        "automation": "automatic accounts",
        "off_topic": "what the page is not for",
        "off_topic_post": "what is not about the post",
        "deflection": "changing the subject",
        "misinformation": "misinformation",
        "personal_data": "personal details",
        "accusation": "accusations",
        "phishing": "phishing",
        "help_request": "calls for help",
        "banned_term": "words on the list of banned words",
        "suspect_term": "words on the list of watched words",
    }
)
_DEEDS: Mapping[str, str] = MappingProxyType(
    {
        "keep": "keep the comment",
        "reply": "reply",
        "redirect": "point the author elsewhere",
        "limit_comments": "limit comments under the post",
        "hide": "hide the comment",
        "mute": "mute the author",
        "delete": "delete the comment",
        "block": "block the author",
        "report_platform": "report it to the platform",
        "report_police": "report it to the police",
    }
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def label(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " "))


def deed(verb: str) -> str:
    """What is done, after "we must" or "we may"."""
    return _DEEDS.get(verb, verb.replace("_", " "))


def action(asked: RuleAction) -> str:
    """Block the author for 7 days."""
    to = f" ({asked.recipient})" if asked.recipient else ""
    return f"{deed(asked.verb)}{to}{lasting(asked.duration_days)}"


def actions(asked: Sequence[RuleAction]) -> str:
    """We must hide the comment; we may block the author for 7 days."""
    said = [f"we {'must' if one.modality is Modality.MUST else 'may'} {action(one)}" for one in asked]
    return "; ".join(said) or "nothing"


def lasting(days: int | None) -> str:
    return "" if days is None else f" for {counted(days, 'day')}"


def rung(step: Rung) -> str:
    """After 3 comments upheld within 30 days: …"""
    comments = counted(step.count, "comment")
    return f"after {comments} upheld within {counted(step.within_days, 'day')}, {actions(step.actions)}"


def condition(asked: Condition, periods: Sequence[Period] = ()) -> str:
    """What a rule looks for, without thresholds: threats or the words “a”, “b”."""
    match asked:
        case LabelCondition(name):
            return label(name)
        case AnyOf(parts):
            return _joined(parts, "or", periods)
        case AllOf(parts):
            return _joined(parts, "and", periods)
        case Not(inner):
            return f"no {_bracketed(inner, periods)}"
        case WordsCondition(words):
            return f"the words {listed(map(quoted, words))}"
        case LinkCondition(domains, allowed):
            sites = f"links to {listed(domains)}" if domains else "links to any site"
            return f"{sites} but {listed(allowed)}" if allowed else sites
        case RecordedCondition(fact):
            return f"the recorded fact {quoted(fact.replace('_', ' '))}"
        case ActivityCondition():
            return _activity(asked)
        case PostCondition(state):
            return _POSTS.get(state, f"a post that is {state}")
        case PeriodCondition(period):
            return f"the period {quoted(period_title(period, periods))}"


def period_title(period_id: str, periods: Sequence[Period]) -> str:
    return next((period.title for period in periods if period.id == period_id), period_id)


def share(number: float) -> str:
    """A score with two decimals, more where it has more: 0.80, 0.975."""
    return f"{number:.2f}" if round(number, 2) == number else f"{number:.6g}"


def counted(number: float, unit: str) -> str:
    """1 day, 2 days."""
    return f"{number:g} {unit}" if number == 1 else f"{number:g} {unit}s"


def duration(hours: float) -> str:
    """In days where it is whole days, and more than one."""
    return counted(hours / 24, "day") if hours > 24 and hours % 24 == 0 else counted(hours, "hour")


def listed(names: Iterable[str], word: str = "and") -> str:
    """The words a, b and c, as far as a sentence should go."""
    known = list(names)
    if len(known) > MAX_LISTED:
        known = [*known[:MAX_LISTED], f"{len(known) - MAX_LISTED} more"]
    return f" {word} ".join(filter(None, (", ".join(known[:-1]), *known[-1:])))


def quoted(text: str) -> str:
    """“text”, cut where it is long, on one line."""
    plain = " ".join(text.split())
    return f"“{plain}”" if len(plain) <= MAX_QUOTED else f"“{plain[: MAX_QUOTED - 1].rstrip()}…”"


def day(when: date) -> str:
    """21 November 2026"""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


_POSTS: Mapping[str, str] = MappingProxyType({PostState.LIMITED: "a post whose comments are limited"})


def _activity(asked: ActivityCondition) -> str:
    who = "one author" if asked.by is By.AUTHOR else "anybody"
    within = f"within {duration(asked.within_hours)}"
    match asked.activity:
        case Activity.COMMENTS:
            return f"{counted(asked.count, 'comment')} by {who} {within}"
        case Activity.REPEATS:
            return f"the same text {counted(asked.count, 'time')} by {who} {within}"
        case Activity.UPHELD:
            return f"{counted(asked.count, 'comment')} by {who} found to break a rule {within}"


def _joined(parts: Sequence[Condition], word: str, periods: Sequence[Period]) -> str:
    if len(parts) == 1:
        return condition(parts[0], periods)
    return listed((_bracketed(part, periods) for part in parts), word)


def _bracketed(part: Condition, periods: Sequence[Period]) -> str:
    said = condition(part, periods)
    return f"({said})" if isinstance(part, AnyOf | AllOf) and len(part.of) > 1 else said
