"""Rules are about what people do. Nobody is judged by who they are, and nothing about them is guessed."""

import re
from collections.abc import Iterator, Mapping

from guidelines.checks.flaw import CERTAIN, Flaw, conditions, labels_asked, rules
from guidelines.reader import Path
from guidelines.schema import (
    AllOf,
    AnyOf,
    Condition,
    GuidelineSet,
    Mode,
    Not,
    RecordedCondition,
    Risk,
    Standard,
)

#: What the law protects most, or what a vote depends on → words in a fact's id that point to it.
_TRAITS: Mapping[str, str] = {
    "politics": """
        activist activists campaigner campaigners canvasser canvassers conservative democrat green labour left leftist
        liberal opponent opponents opposition partisan parties party plaid political politically politics republican
        right rightwing snp socialist supporter supporters tories tory vote voted voter voters votes voting""",
    "religion": """
        atheist belief believer buddhist catholic christian church faith hindu islam islamic jew jewish judaism mosque
        muslim protestant religion religious sikh synagogue""",
    "ethnic origin": "arab asian ethnic ethnicity gypsy race racial roma traveller travellers",
    "nationality": """
        asylum birthplace citizen citizenship foreign foreigner foreigners immigrant immigrants immigration migrant
        migrants national nationality nationals passport refugee refugees""",
    "sex or sexuality": """
        bisexual female gay gender heterosexual homosexual lesbian male orientation queer sex sexual sexuality trans
        transgender""",
    "health": """
        autism autistic dementia depressed depression diagnosis disabled disability disorder health hiv ill illness
        medical mental mentally pregnancy pregnant sick""",
    "trade union": "union unionised unions",
}
_TRAIT_OF: Mapping[str, str] = {word: trait for trait, words in _TRAITS.items() for word in words.split()}

#: Labels for what a comment says or is about: two fair people may see them differently.
_DISPUTED = frozenset({"off_topic", "off_topic_post", "deflection", "misinformation", "accusation"})

#: Somebody may be in danger for longer than this only if nobody looks.
MAX_THREAT_HOURS = 12


def recorded_trait(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, condition in conditions(path, rule):
            if isinstance(condition, RecordedCondition) and (trait := _trait(condition.fact)):
                message = f"rule {rule.id} asks for {condition.fact}: nobody is judged by their {trait}"
                yield Flaw((*inner, "recorded"), "recorded-trait", message, "ask for what the comment says or does")


def unrecorded_as_fact(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if rule.condition is not None:
            for inner, fact in _denied((*path, "condition"), rule.condition, False):
                message = f"rule {rule.id} concludes something from what nobody recorded ({fact.fact})"
                yield Flaw(inner, "inferred-identity", message, "record the fact itself, and ask for it without not:")


def identity_without_record(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Neither words nor scores show who somebody is or where they live."""
    for path, rule in rules(guidelines):
        about_people = rule.standard is Standard.IDENTIFIED_AS
        if about_people and rule.condition is not None and not _rests_on_record(rule.condition):
            message = f"rule {rule.id} is about who somebody is, but fires without a recorded fact"
            mend = "put recorded: and the fact into all: beside the rest"
            yield Flaw((*path, "condition"), "inferred-identity", message, mend)


def record_without_standard(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        about_people = rule.standard is Standard.IDENTIFIED_AS
        if not about_people and rule.condition is not None and _rests_on_record(rule.condition):
            message = f'rule {rule.id} rests on a recorded fact, but its standard is "{rule.standard}"'
            yield Flaw((*path, "standard"), "standard", message, "write standard: identified_as", True)


def understated_risk(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        disputed = sorted(_DISPUTED & labels_asked(rule))
        if rule.mode is not Mode.OFF and rule.viewpoint_risk is Risk.LOW and disputed:
            message = f"rule {rule.id} judges by {disputed[0]}, which could be used against a view"
            mend = "write viewpoint_risk: high, or medium"
            yield Flaw((*path, "viewpoint_risk"), "understated-risk", message, mend, True)


def feeling_at_low_risk(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if rule.standard is Standard.FELT_TO_BE and rule.viewpoint_risk is Risk.LOW:
            message = f"rule {rule.id} goes by what people feel, which could be used against a view"
            mend = "write viewpoint_risk: high, or medium"
            yield Flaw((*path, "viewpoint_risk"), "understated-risk", message, mend, True)


def discrimination_without_grounds(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if labels_asked(rule) - CERTAIN == {"discrimination"} and not rule.grounds:
            message = f"rule {rule.id} is about discrimination, but does not say on what grounds"
            mend = "add grounds: [race, religion_or_belief, sex], for example"
            yield Flaw((*path, "grounds"), "no-grounds", message, mend, True)


def threat_waits(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """The hours of a rule that names none are those of any rule, which is too long here."""
    for path, rule in rules(guidelines):
        if rule.mode is not Mode.OFF and "threat" in labels_asked(rule) and rule.review_within_hours > MAX_THREAT_HOURS:
            message = f"rule {rule.id} lets a threat wait for up to {rule.review_within_hours:g} hours"
            mend = f"write review_within_hours: 1, or {MAX_THREAT_HOURS} at most"
            yield Flaw((*path, "review_within_hours"), "threat-waits", message, mend, True)


CHECKS = (
    recorded_trait,
    unrecorded_as_fact,
    identity_without_record,
    record_without_standard,
    understated_risk,
    feeling_at_low_risk,
    discrimination_without_grounds,
    threat_waits,
)


def _trait(fact: str) -> str | None:
    """What the fact's id says about somebody that no rule may ask for."""
    words = re.split(r"[^a-z]+", fact.lower())
    return next((_TRAIT_OF[word] for word in words if word in _TRAIT_OF), None)


def _denied(path: Path, condition: Condition, negated: bool) -> Iterator[tuple[Path, RecordedCondition]]:
    """Recorded facts whose absence the condition asks for."""
    match condition:
        case RecordedCondition() if negated:
            yield path, condition
        case Not(inner):
            yield from _denied((*path, "not"), inner, not negated)
        case AnyOf(parts) | AllOf(parts):
            key = "any" if isinstance(condition, AnyOf) else "all"
            for position, part in enumerate(parts):
                yield from _denied((*path, key, position), part, negated)


def _rests_on_record(condition: Condition) -> bool:
    """Whether the condition holds for nobody about whom nothing was recorded."""
    match condition:
        case RecordedCondition():
            return True
        case Not(Not(inner)):
            return _rests_on_record(inner)
        case AnyOf(parts):
            return all(map(_rests_on_record, parts))
        case AllOf(parts):
            return any(map(_rests_on_record, parts))
        case _:
            return False
