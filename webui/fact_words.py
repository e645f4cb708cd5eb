"""How facts about a comment read: what held, what is on record about its author, what a step of a ladder asks for."""

from collections.abc import Iterable, Mapping

from guidelines.schema import Modality, RuleAction
from moderator.domain.vocabulary import Verb
from moderator.queries.reasons import FactShown, StepShown
from webui import visible

_COUNTED: Mapping[str, str] = {
    "comments": "{count} comments",
    "repeats": "Same text under {count} posts",
    "upheld": "{count} comments that people found to break a rule",
}
_ONE: Mapping[str, str] = {
    "comments": "1 comment",
    "repeats": "This text under 1 post",
    "upheld": "1 comment that people found to break a rule",
}

#: after "the rule now also asks for" and "allows"
_STEPS: Mapping[str, str] = {
    Verb.KEEP: "keeping it",
    Verb.HIDE: "hiding it",
    Verb.DELETE: "deleting it",
    Verb.BLOCK: "a block",
    Verb.MUTE: "muting the author",
    Verb.REPLY: "a reply",
    Verb.REDIRECT: "saying where the matter belongs",
    Verb.LIMIT_COMMENTS: "limiting comments under the post",
    Verb.REPORT_PLATFORM: "a report to the platform",
    Verb.REPORT_POLICE: "a report to the police",
}


def fact_name(fact: str) -> str:
    """outside constituency"""
    return fact.replace("_", " ").replace("-", " ")


def fact_sentences(facts: Iterable[FactShown]) -> list[str]:
    """What held, each kind in one sentence without a full stop: Link to bit.ly"""
    sentences: dict[str, list[str]] = {}
    for fact in facts:
        sentences.setdefault(fact.kind, []).append(_said(fact))
    words, links = sentences.pop("words", []), sentences.pop("links", [])
    listed = [f"The word{'s' if len(words) > 1 else ''} {', '.join(words)}"] if words else []
    listed += [f"Link{'s' if len(links) > 1 else ''} to {', '.join(links)}"] if links else []
    return listed + [sentence for alike in sentences.values() for sentence in alike]


def step_sentence(step: StepShown) -> str:
    """2 comments upheld under this rule within 365 days: it now also asks for a block of 90 days"""
    before = "1 comment" if step.count == 1 else f"{step.count} comments"
    musts = _steps(step.actions, Modality.MUST)
    mays = _steps(step.actions, Modality.MAY)
    asks = " and ".join(
        part for part in (f"asks for {musts}" if musts else "", f"allows {mays}" if mays else "") if part
    )
    days = lasting(step.within_days)
    return f"After {before} of theirs upheld under this rule within {days}, it also {asks}"


def lasting(days: int) -> str:
    """90 days"""
    return "1 day" if days == 1 else f"{days:,} days"


def _said(fact: FactShown) -> str:
    match fact.kind:
        case "words":
            return f"“{visible.shown(fact.value)}”"
        case "links":
            return visible.shown(fact.value)
        case "recorded":
            source = f" (source: {visible.shown(fact.source)})" if fact.source else ""
            return f"Recorded: {fact_name(fact.value)}{source}"
        case "activity":
            whose = ", by anybody" if fact.by == "anyone" else ""
            forms = _ONE if fact.count == 1 else _COUNTED
            counted = forms.get(fact.value, "{count} times").format(count=f"{fact.count or 0:,}")
            return f"{counted} within {_window(fact.within_hours or 0)}{whose}"
        case "post":
            return f"Comments under the post are {fact_name(fact.value)}"
        case "period":
            return f"During: {visible.shown(fact.title or fact_name(fact.value))}"
        case _:
            return visible.shown(f"{fact.kind}: {fact.value}")


def _window(hours: float) -> str:
    if hours >= 48 and hours % 24 == 0:
        return lasting(round(hours / 24))
    return "1 hour" if hours == 1 else f"{hours:g} hours"


def _steps(actions: Iterable[RuleAction], modality: Modality) -> str:
    return ", ".join(_step(action) for action in actions if action.modality is modality)


def _step(action: RuleAction) -> str:
    what = _STEPS.get(action.verb, action.verb)
    if action.duration_days is None:
        return what
    return f"{what} {'of' if action.verb == Verb.BLOCK else 'for'} {lasting(action.duration_days)}"
