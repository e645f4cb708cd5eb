"""What a rule asks people to do, and what it tells those it is done to."""

from collections.abc import Iterator
from itertools import chain

from guidelines.checks.flaw import REMOVING, Flaw, actions, repeated, rules
from guidelines.reader import Path
from guidelines.schema import (
    ACCOUNT_VERBS,
    REPORT_VERBS,
    RESTRICTIVE_VERBS,
    Decider,
    GuidelineSet,
    Modality,
    Notice,
    Rule,
    RuleAction,
)


def no_actions(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if not rule.actions:
            message = f"rule {rule.id} asks for no action"
            yield Flaw((*path, "actions"), "no-actions", message, "add one, or make it a principle")


def repeated_verb(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, asked in _lists(path, rule):
            for position in repeated(action.verb for action in asked):
                message = f"rule {rule.id} asks for {asked[position].verb} twice"
                yield Flaw((*inner, position), "repeated-verb", message, "keep one of them")


def keep_and_remove(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Two things that may be done are a choice; one that must be done leaves none."""
    for path, rule in rules(guidelines):
        for inner, asked in _lists(path, rule):
            modality = {action.verb: action.modality for action in asked}
            removing = next((action.verb for action in asked if action.verb in REMOVING), None)
            if removing and "keep" in modality and Modality.MUST in (modality["keep"], modality[removing]):
                message = f"rule {rule.id} asks to keep a comment and to {removing} it"
                yield Flaw(inner, "keep-and-remove", message, "take one out, or write may for both")


def hide_after_delete(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Actions are taken in their order."""
    for path, rule in rules(guidelines):
        for inner, asked in _lists(path, rule):
            verbs = [action.verb for action in asked]
            if "delete" in verbs and "hide" in verbs[verbs.index("delete") :]:
                message = f"rule {rule.id} deletes a comment before it hides it"
                yield Flaw((*inner, verbs.index("delete")), "action-order", message, "put hide before delete")


def report_to_nobody(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, action in actions(path, rule):
            if action.verb in REPORT_VERBS and not action.recipient.strip():
                message = f"rule {rule.id} does not say who {action.verb} goes to"
                yield Flaw(inner, "no-recipient", message, "add recipient: and a name")


def recipient_of_nothing(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, action in actions(path, rule):
            if action.verb not in REPORT_VERBS and action.recipient:
                message = f"rule {rule.id} names a recipient, but {action.verb} tells nobody"
                yield Flaw((*inner, "recipient"), "unused-recipient", message, "take it out, or report", True)


def block_for_good(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Where a rule leaves no choice, it must not take somebody's voice away for ever."""
    for path, rule in rules(guidelines):
        for inner, action in actions(path, rule):
            if action.duration_days is None and _must_block(action):
                message = f"rule {rule.id} must block, but does not say for how long"
                yield Flaw(inner, "no-duration", message, "add duration_days: 90, or write modality: may")


def no_duration(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, action in actions(path, rule):
            if action.verb in ACCOUNT_VERBS and action.duration_days is None and not _must_block(action):
                message = f"rule {rule.id} does not say how long a {action.verb} lasts"
                yield Flaw(inner, "no-duration", message, "add duration_days: 90, for example", True)


def duration_of_nothing(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, action in actions(path, rule):
            if action.verb not in ACCOUNT_VERBS and action.duration_days is not None:
                message = f"rule {rule.id} gives a duration, but {action.verb} does not end by itself"
                yield Flaw((*inner, "duration_days"), "unused-duration", message, "take it out", True)


def redirect_without_text(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        redirect = next((inner for inner, action in actions(path, rule) if action.verb == "redirect"), None)
        if redirect and not rule.redirect_text.strip():
            message = f"rule {rule.id} redirects people without a word"
            yield Flaw(redirect, "no-redirect-text", message, "add redirect_text: and what to tell them")


def text_without_redirect(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if rule.redirect_text and all(action.verb != "redirect" for _, action in actions(path, rule)):
            message = f"rule {rule.id} has a redirect_text, but redirect is not among its actions"
            yield Flaw((*path, "redirect_text"), "unused-redirect-text", message, "add redirect, or take it out", True)


def two_people_for_nothing(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if rule.decided_by is Decider.TWO_PEOPLE and not _restricts(rule):
            message = f"rule {rule.id} asks for two people, but takes nothing from anybody"
            yield Flaw((*path, "decided_by"), "unused-second-person", message, "write decided_by: one_person", True)


def silence_without_reason(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if rule.notice is Notice.NEVER and not rule.no_notice_reason.strip() and _restricts(rule):
            message = f"rule {rule.id} tells nobody what was done, and does not say why"
            yield Flaw((*path, "notice"), "no-notice-reason", message, "add no_notice_reason:, or write notice: after")


def reason_without_silence(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if rule.no_notice_reason and rule.notice is not Notice.NEVER:
            message = f"rule {rule.id} says why nobody is told, but its notice is {rule.notice}"
            mend = "take it out, or write notice: never"
            yield Flaw((*path, "no_notice_reason"), "unused-notice-reason", message, mend, True)


CHECKS = (
    no_actions,
    repeated_verb,
    keep_and_remove,
    hide_after_delete,
    report_to_nobody,
    recipient_of_nothing,
    block_for_good,
    no_duration,
    duration_of_nothing,
    redirect_without_text,
    text_without_redirect,
    two_people_for_nothing,
    silence_without_reason,
    reason_without_silence,
)


def _lists(path: Path, rule: Rule) -> Iterator[tuple[Path, tuple[RuleAction, ...]]]:
    """The rule's own actions, then those of each step of its ladder."""
    yield (*path, "actions"), rule.actions
    for step, rung in enumerate(rule.repeat):
        yield (*path, "repeat", step, "actions"), rung.actions


def _restricts(rule: Rule) -> bool:
    every = chain(rule.actions, *(rung.actions for rung in rule.repeat))
    return any(action.verb in RESTRICTIVE_VERBS for action in every)


def _must_block(action: RuleAction) -> bool:
    return action.verb == "block" and action.modality is Modality.MUST
