"""What follows from what was found: the one place where a machine's decision is made. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from guidelines.schema import (
    RESTRICTIVE_VERBS,
    Decider,
    Finding,
    GuidelineSet,
    Modality,
    Mode,
    Risk,
    Rule,
    RuleAction,
    Strength,
)
from moderator.domain.vocabulary import PERSON_ONLY, TWO_PEOPLE_IF_HIGH_RISK, Label, Verb, Visibility


class State(StrEnum):
    MADE = "made"
    #: the service's advice; a case waits for a person
    SUGGESTED = "suggested"
    #: one person decided and the rule asks for a second, or a volunteer suggests it
    PROPOSED = "proposed"
    UNDONE = "undone"


class Maker(StrEnum):
    PERSON = "person"
    RULE = "rule"
    SYSTEM = "system"


class Reason(StrEnum):
    NO_FINDING = "no_finding"
    FINDING = "finding"
    UNREADABLE = "unreadable"
    CLASSIFIER_FAILED = "classifier_failed"
    NO_GUIDELINES = "no_guidelines"
    EDITED_WHILE_HIDDEN = "edited_while_hidden"
    EDITED_WHILE_WAITING = "edited_while_waiting"
    FACTS_CHANGED = "facts_changed"
    PERSON = "person"
    #: somebody who may not decide suggested it
    VOLUNTEER = "volunteer"
    #: a colleague asked that people look, since many comments say nearly the same
    CAMPAIGN = "campaign"
    UNDO = "undo"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision before it has an id: what, by whom, why."""

    state: State
    maker: Maker
    reason: Reason
    verbs: tuple[Verb, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def rule_ids(self) -> tuple[str, ...]:
        return tuple(finding.rule_id for finding in self.findings)


def decide(
    guidelines: GuidelineSet | None,
    findings: Sequence[Finding],
    *,
    unreadable: bool,
    failed: bool,
    visibility: Visibility,
    waiting: bool = False,
    anew: bool = False,
) -> tuple[Draft, ...]:
    """What the service does about one comment by itself, and what it asks a person.

    One draft, or two: a rule that hides by itself and also asks for more (delete, report) gives a decision
    that is made and a suggestion that waits. Everything doubtful is a suggestion: never open, never hidden.
    `waiting`: a person was asked about this comment and has not answered. Neither an edit takes that question back,
    nor that its author is seen otherwise now: then it is judged `anew`, though the text is the same.
    """
    found = tuple(findings)
    if guidelines is None:
        return (_ask(Reason.NO_GUIDELINES),)
    if unreadable or failed:
        reason = Reason.UNREADABLE if unreadable else Reason.CLASSIFIER_FAILED
        return (_ask(reason, _suggested_verbs(guidelines, found), found),)
    if not found:
        if visibility is Visibility.HIDDEN:
            return (_ask(Reason.FACTS_CHANGED if anew else Reason.EDITED_WHILE_HIDDEN, (Verb.UNHIDE,)),)
        if waiting:
            return (_ask(Reason.FACTS_CHANGED if anew else Reason.EDITED_WHILE_WAITING, (Verb.KEEP,)),)
        return (Draft(State.MADE, Maker.SYSTEM, Reason.NO_FINDING, (Verb.KEEP,)),)
    certain = tuple(finding for finding in found if _may_act(guidelines.rule(finding.rule_id), finding))
    if not certain:
        return (_ask(Reason.FINDING, _suggested_verbs(guidelines, found), found),)
    made = Draft(State.MADE, Maker.RULE, Reason.FINDING, (Verb.HIDE,), certain)
    further = tuple(verb for verb in _suggested_verbs(guidelines, found) if verb is not Verb.HIDE)
    if further or waiting:
        return (made, _ask(Reason.FINDING, further or (Verb.HIDE,), found))
    return (made,)


def needs_two(rule: Rule, verbs: Sequence[Verb]) -> bool:
    """Whether the rule asks for a second person before these verbs take effect."""
    if rule.decided_by is Decider.TWO_PEOPLE:
        return any(verb in RESTRICTIVE_VERBS for verb in verbs)
    return rule.viewpoint_risk is Risk.HIGH and any(verb in TWO_PEOPLE_IF_HIGH_RISK for verb in verbs)


def asked_for(rule: Rule, rung: int) -> tuple[RuleAction, ...]:
    """What the rule asks for about an author who has reached this step of its ladder; 0: none.

    Where both name a verb, the step says how.
    """
    step = rule.repeat[min(rung, len(rule.repeat)) - 1].actions if rung and rule.repeat else ()
    named = {action.verb for action in step}
    return (*(action for action in rule.actions if action.verb not in named), *step)


def lasts(rule: Rule, rung: int, verb: Verb) -> int | None:
    """How many days the verb lasts under the rule. None: until somebody ends it."""
    return next((action.duration_days for action in asked_for(rule, rung) if action.verb == verb), None)


def _may_act(rule: Rule, finding: Finding) -> bool:
    # `evaluate` says so too. Here it is what keeps a machine's hand off, so it does not rest on the caller.
    return (
        finding.strength is Strength.AUTOMATIC
        and not _is_call_for_help(finding)
        and rule.mode is Mode.AUTO_HIDE
        and rule.viewpoint_risk is not Risk.HIGH
        and rule.decided_by is not Decider.TWO_PEOPLE
    )


def _is_call_for_help(finding: Finding) -> bool:
    """Nothing speaks for it but that somebody asks for help: they are answered, whatever the rule would take away."""
    return not finding.facts and {measure.label for measure in finding.measures} == {Label.HELP_REQUEST}


def _ask(reason: Reason, verbs: tuple[Verb, ...] = (), findings: tuple[Finding, ...] = ()) -> Draft:
    return Draft(State.SUGGESTED, Maker.SYSTEM, reason, verbs, findings)


def _suggested_verbs(guidelines: GuidelineSet, findings: Sequence[Finding]) -> tuple[Verb, ...]:
    """What the rules say must be done, in their order, each once; where none says must, the first a machine may."""
    actions = [
        action
        for finding in findings
        for action in asked_for(guidelines.rule(finding.rule_id), finding.rung)
        if not (_is_call_for_help(finding) and action.verb in RESTRICTIVE_VERBS)
    ]
    musts = [Verb(action.verb) for action in actions if action.modality is Modality.MUST]
    mays = [Verb(action.verb) for action in actions if action.modality is Modality.MAY]
    chosen = musts or [verb for verb in mays if verb not in PERSON_ONLY][:1]
    return tuple(dict.fromkeys(chosen))
