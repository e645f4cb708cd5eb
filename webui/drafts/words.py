"""What the language of the guidelines is called in the editor, for people who never saw YAML."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from guidelines.evaluate import evidence
from guidelines.schema import (
    VERBS,
    Activity,
    ActivityCondition,
    AllOf,
    AnyOf,
    Condition,
    Decider,
    LinkCondition,
    Modality,
    Mode,
    Not,
    PeriodCondition,
    PostCondition,
    RecordedCondition,
    Rule,
    WordsCondition,
)
from moderator.domain.drafts import DraftState
from moderator.domain.outcomes import Direction, Outcome
from webui.formats import looks_like, order_list, score, sentence_list

#: value → what the form calls it, and what it means
MODES: Mapping[str, tuple[str, str]] = {
    "off": ("People judge", "Nothing is measured. A moderator who sees a breach acts on it."),
    "suggest": ("Ask a person", "The service puts the comment before a moderator. It stays visible until they decide."),
    "auto_hide": (
        "Hide by itself, a person looks afterwards",
        "Where it is sure enough, the service hides the comment at once. Where it is less sure, it asks a person.",
    ),
}
SEVERITIES: Mapping[str, str] = {
    "1": "1, a person may be in danger",
    "2": "2, somebody is attacked",
    "3": "3, the conversation suffers",
    "4": "4, untidy",
}
RISKS: Mapping[str, str] = {
    "low": "Low: it is about conduct",
    "medium": "Medium: it could touch an opinion",
    "high": "High: it could be used against a view, so nothing happens by itself",
}
STANDARDS: Mapping[str, str] = {
    "is": "It is so, and anybody could see it",
    "felt_to_be": "We feel it to be so: a matter of judgement",
    "identified_as": "A member recorded a fact about the author, with its source",
}
DECIDERS: Mapping[str, str] = {"one_person": "One person", "two_people": "Two people, for anything but keeping"}
NOTICES: Mapping[str, str] = {
    "after": "After we acted",
    "before": "Before we act",
    "never": "Never",
}
TARGETS: Mapping[str, str] = {
    "anyone": "anyone",
    "representative": "the representative",
    "family": "their family",
    "staff": "our staff",
    "moderators": "our moderators",
    "commenters": "people who comment",
    "groups": "groups of people",
    "organisations": "organisations",
}
GROUNDS: Mapping[str, str] = {
    "age": "age",
    "disability": "disability",
    "gender_reassignment": "gender reassignment",
    "marriage_or_civil_partnership": "marriage or civil partnership",
    "pregnancy_or_maternity": "pregnancy or maternity",
    "race": "race",
    "religion_or_belief": "religion or belief",
    "sex": "sex",
    "sexual_orientation": "sexual orientation",
    "ethnicity": "ethnicity",
    "national_origin": "national origin",
    "gender": "gender",
    "other": "anything else that people cannot help",
}
SURFACES: Mapping[str, str] = {
    "comment": "comments",
    "reply": "replies",
    "mention": "mentions of us",
    "tag": "tags of us",
    "review": "reviews",
    "visitor_post": "posts by visitors",
    "direct_message": "direct messages",
}
MODALITIES: Mapping[str, str] = {"must": "always", "may": "where it fits"}
ACTIVITIES: Mapping[str, str] = {
    "comments": "comments of any kind",
    "repeats": "comments with the same text",
    "upheld": "comments that broke a rule",
}
BY: Mapping[str, str] = {"author": "by the same person", "anyone": "by anybody, as in a campaign"}
#: The kinds of test, in the order in which they are offered.
KINDS: Mapping[str, str] = {
    "label": "What the service looks for",
    "words": "Words or phrases",
    "links": "Links",
    "activity": "How often somebody comments",
    "recorded": "A fact that a member recorded about the author",
    "post": "Comments under the post are limited",
    "period": "Certain days, such as an election",
}

STATES: Mapping[DraftState, str] = {
    DraftState.EDITING: "Being written",
    DraftState.IN_REVIEW: "Waits for a second person",
    DraftState.APPROVED: "Agreed to, ready to publish",
    DraftState.PUBLISHED: "Published",
    DraftState.DISCARDED: "Given up",
}

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.KEPT: "stays",
    Outcome.QUEUED: "a person is asked",
    Outcome.HIDDEN: "hidden by itself",
}
DIRECTIONS: Mapping[Direction, str] = {
    Direction.HIDES_MORE: "Would be hidden",
    Direction.ASKS_MORE: "A person would be asked",
    Direction.LETS_GO: "Would be let go",
}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in the list of a draft, in words."""

    id: str
    title: str
    #: Looks for threats.
    looks_for: str
    #: Asks a person from 0.40, hides by itself from 0.95.
    acts: str
    #: Hide; perhaps block. Two people decide.
    then: str


def rule_line(rule: Rule) -> RuleLine:
    return RuleLine(rule.id, rule.title, looks_for(rule), acts(rule), then(rule))


def looks_for(rule: Rule) -> str:
    """What makes the rule fire; empty where people judge."""
    if rule.mode is Mode.OFF or rule.condition is None:
        return ""
    labels = dict.fromkeys(noun(condition.label) for condition in evidence(rule.condition))
    named = [*labels, *dict.fromkeys(_facts(rule.condition))]
    if not named:
        return ""
    plain = not any(" or " in each for each in named)
    return f"Looks for {sentence_list(named, 'or') if plain else '; '.join(named)}."


def acts(rule: Rule) -> str:
    """From which score on the service does what."""
    if rule.mode is Mode.OFF or rule.condition is None:
        return "People judge."
    measured = any(True for _ in evidence(rule.condition))
    if not measured:
        return "Hides by itself where it is sure." if rule.mode is Mode.AUTO_HIDE else "Asks a person."
    asks = f"Asks a person from {score(rule.thresholds.review)}"
    if rule.mode is Mode.SUGGEST:
        return f"{asks}."
    return f"{asks}, hides by itself from {score(rule.thresholds.automatic)}."


def then(rule: Rule) -> str:
    """What is done about a breach, and by how many."""
    must = [action.verb for action in rule.actions if action.modality is Modality.MUST]
    may = [action.verb for action in rule.actions if action.modality is Modality.MAY]
    parts = [order_list(must), f"perhaps {order_list(may)}" if may else ""]
    done = "; ".join(part for part in parts if part)
    two = " Two people decide." if rule.decided_by is Decider.TWO_PEOPLE else ""
    return f"{done[:1].upper()}{done[1:]}.{two}" if done else two.strip()


def noun(label: str) -> str:
    """a threat, a word that this office bans"""
    return looks_like(label).removeprefix("Looks like ").removeprefix("Has ")


def choices(values: Mapping[str, str], first: tuple[str, ...]) -> list[tuple[str, str]]:
    """The choices in the order of the page: what is chosen stays in its own order, and so it is sent again."""
    chosen = [(value, values.get(value, value)) for value in first]
    return [*chosen, *((value, name) for value, name in values.items() if value not in first)]


#: for the list of actions
VERB_ORDER: tuple[str, ...] = VERBS


def _facts(condition: Condition, negated: bool = False) -> Iterator[str]:
    match condition:
        case Not(inner):
            yield from _facts(inner, not negated)
        case AnyOf(parts) | AllOf(parts):
            for part in parts:
                yield from _facts(part, negated)
        case _ if negated:
            return
        case WordsCondition():
            yield "certain words"
        case LinkCondition(domains):
            yield "links to certain sites" if domains else "links"
        case ActivityCondition(Activity.REPEATS):
            yield "the same text again and again"
        case ActivityCondition(Activity.UPHELD):
            yield "earlier breaches"
        case ActivityCondition():
            yield "many comments in a short time"
        case RecordedCondition(fact):
            yield f"a recorded fact ({fact.replace('_', ' ')})"
        case PostCondition():
            yield "comments under posts that are limited"
        case PeriodCondition(period):
            yield f"comments in the period {period}"
