"""How facts about a comment read: what held, what is on record about its author, what a step of a ladder asks for."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from markupsafe import Markup

from guidelines.schema import By, Modality, RuleAction
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


def fact_sentences(facts: Iterable[FactShown]) -> list[Markup]:
    """What held, in sentences without a full stop: Link to bit.ly"""
    by_kind: dict[str, list[FactShown]] = {}
    for fact in facts:
        by_kind.setdefault(fact.kind, []).append(fact)
    return [sentence for kind, alike in by_kind.items() for sentence in _SENTENCES.get(kind, _otherwise)(alike)]


def step_sentence(step: StepShown) -> str:
    """2 comments upheld under this rule within 365 days: it now also asks for a block of 90 days"""
    before = "1 comment" if step.count == 1 else f"{step.count:,} comments"
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


def _words(facts: Sequence[FactShown]) -> list[Markup]:
    listed = Markup(", ").join(Markup("“{}”").format(visible.shown(fact.value)) for fact in facts)
    return [Markup("The word{} {}").format("s" if len(facts) > 1 else "", listed)]


def _links(facts: Sequence[FactShown]) -> list[Markup]:
    listed = Markup(", ").join(visible.shown(fact.value) for fact in facts)
    return [Markup("Link{} to {}").format("s" if len(facts) > 1 else "", listed)]


def _recorded(facts: Sequence[FactShown]) -> list[Markup]:
    return [
        Markup("Recorded: {}{}").format(
            fact_name(fact.value),
            Markup(" (source: {})").format(visible.shown(fact.source)) if fact.source else "",
        )
        for fact in facts
    ]


def _activity(facts: Sequence[FactShown]) -> list[Markup]:
    sentences = []
    for fact in facts:
        counted = (_ONE if fact.count == 1 else _COUNTED).get(fact.value, "{count} times").format(count=fact.count)
        whose = ", by anybody" if fact.by == By.ANYONE else ""
        sentences.append(Markup("{} within {}{}").format(counted, _window(fact.within_hours or 0), whose))
    return sentences


def _posts(facts: Sequence[FactShown]) -> list[Markup]:
    return [Markup("Comments under the post are {}").format(fact_name(fact.value)) for fact in facts]


def _periods(facts: Sequence[FactShown]) -> list[Markup]:
    return [Markup("During: {}").format(visible.shown(fact.title or fact_name(fact.value))) for fact in facts]


def _otherwise(facts: Sequence[FactShown]) -> list[Markup]:
    return [Markup("{}: {}").format(fact.kind, visible.shown(fact.value)) for fact in facts]


_SENTENCES: Mapping[str, Callable[[Sequence[FactShown]], list[Markup]]] = {
    "words": _words,
    "links": _links,
    "recorded": _recorded,
    "activity": _activity,
    "post": _posts,
    "period": _periods,
}


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
