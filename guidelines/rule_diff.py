"""One rule before and after, field by field, in the order in which people read a rule."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from guidelines import condition_diff, difference
from guidelines.difference import Difference, Effect, by_size, members, without_effect
from guidelines.evaluate import evidence, measure_of
from guidelines.schema import (
    RESTRICTIVE_VERBS,
    Decider,
    Ground,
    Modality,
    Mode,
    Notice,
    Period,
    Risk,
    Rule,
    RuleAction,
    Rung,
    Standard,
    Target,
)
from guidelines.wording import action, actions, capital, condition, counted, deed, label, lasting, listed, rung, share

T = TypeVar("T", Target, Ground)

_MODES: Mapping[Mode, str] = MappingProxyType(
    {
        Mode.OFF: "people judge, and the service looks for nothing",
        Mode.SUGGEST: "the service asks a person",
        Mode.AUTO_HIDE: "the service hides by itself where it is sure{}, and asks a person where it is not",
    }
)
_NOTICES: Mapping[Notice, str] = MappingProxyType(
    {
        Notice.BEFORE: "people are told before we act",
        Notice.AFTER: "people are told after we acted",
        Notice.NEVER: "people are not told",
    }
)
_STANDARDS: Mapping[Standard, str] = MappingProxyType(
    {
        Standard.IDENTIFIED_AS: "it rests on a fact about the author that somebody recorded",
        Standard.IS: "it must be so, for anybody to see",
        Standard.FELT_TO_BE: "it is enough that we feel it to be so",
    }
)
_DECIDERS: Mapping[Decider, str] = MappingProxyType(
    {Decider.ONE_PERSON: "one person decides", Decider.TWO_PEOPLE: "two people must agree"}
)
_RISKS: Mapping[Risk, str] = MappingProxyType({Risk.LOW: "low", Risk.MEDIUM: "medium", Risk.HIGH: "high"})
_TARGETS: Mapping[Target, str] = MappingProxyType(
    {
        Target.ANYONE: "anyone",
        Target.REPRESENTATIVE: "the representative",
        Target.FAMILY: "their family",
        Target.STAFF: "their staff",
        Target.MODERATORS: "the moderators",
        Target.COMMENTERS: "others who comment",
        Target.GROUPS: "groups of people",
        Target.ORGANISATIONS: "organisations",
    }
)
#: from the mildest to the strongest, or the narrowest to the widest
_MODE_ORDER, _STANDARD_ORDER = tuple(_MODES), tuple(_STANDARDS)


def differences(before: Rule, after: Rule, periods: Iterable[Period] = ()) -> Iterator[Difference]:
    """Everything in which the two differ. `periods`: those that either set names."""
    if before == after:
        return
    for compare in _FIELDS:
        yield from compare(before, after)
    found = condition_diff.tests(before, after, periods)
    yield from without_effect(found) if before.mode is after.mode is Mode.OFF else found
    yield from compared_actions("actions", before.actions, after.actions)
    yield from _ladders(before.repeat, after.repeat)


def summary(rule: Rule, periods: Sequence[Period] = ()) -> str:
    """A rule in one sentence, for one that is new or gone."""
    if rule.condition is None or rule.mode is Mode.OFF:
        return f"people judge; {actions(rule.actions)}"
    does = f"hides by itself where it is sure{_surely(rule)}" if rule.mode is Mode.AUTO_HIDE else "asks a person"
    return f"looks for {condition(rule.condition, periods)} and {does}; {actions(rule.actions)}"


def compared_actions(kind: str, before: Sequence[RuleAction], after: Sequence[RuleAction]) -> Iterator[Difference]:
    """Two lists of actions: put in, taken out, changed, in another order."""
    old, new = _by_verb(before), _by_verb(after)
    for key, now in new.items():
        if (was := old.get(key)) is None:
            must = "must" if now.modality is Modality.MUST else "may"
            yield Difference(kind, f"New: we {must} {action(now)}", _restricts(now, Effect.MORE))
        else:
            yield from _action(kind, was, now)
    for key, was in old.items():
        if key not in new:
            yield Difference(kind, f"No longer: {action(was)}", _restricts(was, Effect.LESS))
    kept = [key for key in old if key in new], [key for key in new if key in old]
    if kept[0] != kept[1]:
        verbs = [", then ".join(deed(verb) for verb, _ in keys) for keys in kept]
        yield Difference(kind, f"In another order: {verbs[1]}; before, {verbs[0]}")


def _action(kind: str, was: RuleAction, now: RuleAction) -> Iterator[Difference]:
    if was.modality is not now.modality:
        must = now.modality is Modality.MUST
        said = f"We must {deed(now.verb)}; before, we may" if must else f"We may {deed(now.verb)}; before, we must"
        yield Difference(kind, said, _restricts(now, Effect.MORE if must else Effect.LESS))
    yield from difference.value(kind, f"Who hears of it when we {deed(now.verb)}", was.recipient, now.recipient)
    if was.duration_days != now.duration_days:
        effect = by_size(was.duration_days or 10**9, now.duration_days or 10**9)
        said = f"{capital(deed(now.verb))}{_how_long(now)}; before,{_how_long(was)}"
        yield Difference(kind, said, _restricts(now, effect))


def _how_long(asked: RuleAction) -> str:
    return lasting(asked.duration_days) or " until somebody ends it"


def _restricts(asked: RuleAction, effect: Effect) -> Effect:
    return effect if asked.verb in RESTRICTIVE_VERBS else Effect.SAME


def _by_verb(asked: Sequence[RuleAction]) -> dict[tuple[str, int], RuleAction]:
    """A verb stands in a list once; in a draft it may stand there twice."""
    found: dict[tuple[str, int], RuleAction] = {}
    for one in asked:
        turn = sum(verb == one.verb for verb, _ in found)
        found[one.verb, turn] = one
    return found


def _ladders(before: Sequence[Rung], after: Sequence[Rung]) -> Iterator[Difference]:
    gone, come = members(before, after)
    both = min(len(gone), len(come))
    for was, now in zip(gone[:both], come[:both], strict=True):
        said = f"Repeated breaches: {rung(now)}; before, {rung(was)}"
        yield Difference("ladder", said, _rung_effect(was, now))
    for was in gone[both:]:
        yield Difference("ladder", f"No longer for repeated breaches: {rung(was)}", Effect.LESS)
    for now in come[both:]:
        yield Difference("ladder", f"New for repeated breaches: {rung(now)}", Effect.MORE)
    if before != after and not gone and not come:
        yield Difference("ladder", "The steps for repeated breaches stand in another order")


def _rung_effect(was: Rung, now: Rung) -> Effect:
    """Where all that changed points the same way, that way."""
    effects = {
        by_size(was.count, now.count, Effect.LESS),
        by_size(was.within_days, now.within_days),
        *(one.effect for one in compared_actions("ladder", was.actions, now.actions)),
    } - {Effect.SAME}
    return effects.pop() if len(effects) == 1 else Effect.SAME


def _id(before: Rule, after: Rule) -> Iterator[Difference]:
    if before.id != after.id:
        yield Difference("id", f"Rule {before.id} is now rule {after.id}")


def _title(before: Rule, after: Rule) -> Iterator[Difference]:
    return difference.value("title", "Title", before.title, after.title)


def _texts(before: Rule, after: Rule) -> Iterator[Difference]:
    for what, field in (
        ("The text of the rule", "text"),
        ("What we tell people whose comment is acted on", "notice_reason"),
        ("Why nobody is told", "no_notice_reason"),
        ("Where we point people", "redirect_text"),
    ):
        yield from difference.text("text", what, getattr(before, field), getattr(after, field))


def _mode(before: Rule, after: Rule) -> Iterator[Difference]:
    if before.mode is not after.mode:
        effect = by_size(_MODE_ORDER.index(before.mode), _MODE_ORDER.index(after.mode))
        now, was = (_MODES[rule.mode].format(_surely(rule)) for rule in (after, before))
        yield Difference("mode", _now(now, was), effect)


def _surely(rule: Rule) -> str:
    """From where on a score is enough to hide; empty for a rule that hides on facts alone."""
    asked = evidence(rule.condition) if rule.condition else ()
    measures = dict.fromkeys(measure_of(rule, label_asked, 0) for label_asked in asked)
    acting = [measure for measure in measures if measure.automatic is not None]
    if len({measure.automatic for measure in measures}) == 1 and acting:
        return f" (from {share(acting[0].automatic or 0)})"
    said = listed(f"{label(measure.label)} from {share(measure.automatic or 0)}" for measure in acting)
    return f" ({said})" if said else ""


def _standard(before: Rule, after: Rule) -> Iterator[Difference]:
    if before.standard is not after.standard:
        effect = by_size(_STANDARD_ORDER.index(before.standard), _STANDARD_ORDER.index(after.standard))
        yield Difference("standard", _now(_STANDARDS[after.standard], _STANDARDS[before.standard]), effect)


def _decider(before: Rule, after: Rule) -> Iterator[Difference]:
    if before.decided_by is not after.decided_by:
        effect = Effect.LESS if after.decided_by is Decider.TWO_PEOPLE else Effect.MORE
        yield Difference("decider", _now(_DECIDERS[after.decided_by], _DECIDERS[before.decided_by]), effect)


def _notice(before: Rule, after: Rule) -> Iterator[Difference]:
    if before.notice is not after.notice:
        yield Difference("notice", _now(_NOTICES[after.notice], _NOTICES[before.notice]))


def _urgency(before: Rule, after: Rule) -> Iterator[Difference]:
    if before.severity != after.severity:
        more = "more" if after.severity < before.severity else "less"
        said = f"Counts as {more} serious: {after.severity}; before, {before.severity} (1 is the most serious)"
        yield Difference("severity", said)
    if before.review_within_hours != after.review_within_hours:
        now, was = (counted(rule.review_within_hours, "hour") for rule in (after, before))
        yield Difference("review_time", f"A person looks within {now}; before, within {was}")
    if before.viewpoint_risk is not after.viewpoint_risk:
        now, was = _RISKS[after.viewpoint_risk], _RISKS[before.viewpoint_risk]
        yield Difference("risk", f"The risk that it is used against a view: {now}; before, {was}")


def _protected(before: Rule, after: Rule) -> Iterator[Difference]:
    everybody_before, everybody_now = (not rule.targets or Target.ANYONE in rule.targets for rule in (before, after))
    if everybody_before is everybody_now is True and before.targets != after.targets:
        yield Difference("targets", "Protects everybody, as before, and says so differently")
    elif everybody_before is not everybody_now:
        effect = Effect.MORE if everybody_now else Effect.LESS
        yield Difference("targets", f"Protects {_who(after)}; before, {_who(before)}", effect)
    else:
        yield from _named("targets", "Protects", before.targets, after.targets, _TARGETS)
    words = {ground: ground.replace("_", " ") for ground in Ground}
    yield from _named("grounds", "Names what nobody may be attacked for", before.grounds, after.grounds, words)


def _who(rule: Rule) -> str:
    named = [_TARGETS[one] for one in rule.targets if Target.ANYONE not in rule.targets]
    return listed(named) or "everybody"


def _named(
    kind: str,
    what: str,
    before: Sequence[str],
    after: Sequence[str],
    words: Mapping[Target, str] | Mapping[Ground, str],
) -> Iterator[Difference]:
    known = {str(key): word for key, word in words.items()}
    gone, come = members(before, after)
    if come:
        yield Difference(kind, f"{what}, now also: {listed(known[one] for one in come)}", Effect.MORE)
    if gone:
        yield Difference(kind, f"{what}, no longer: {listed(known[one] for one in gone)}", Effect.LESS)
    if before != after and not gone and not come:
        yield Difference(kind, f"{what}, in another order: {listed(known[one] for one in after)}")


def _lists(before: Rule, after: Rule) -> Iterator[Difference]:
    yield from difference.texts("exceptions", "An exception", before.exceptions, after.exceptions, Effect.LESS)
    for what, field in (
        ("An example of a breach", "breach_examples"),
        ("An example of what is fine", "fine_examples"),
    ):
        yield from difference.texts("examples", what, getattr(before, field), getattr(after, field))


def _now(now: str, was: str) -> str:
    return capital(f"{now}; before, {was}")


#: All but conditions, actions and ladders.
_FIELDS: tuple[Callable[[Rule, Rule], Iterator[Difference]], ...] = (
    _id,
    _title,
    _texts,
    _mode,
    _standard,
    _decider,
    _protected,
    _lists,
    _notice,
    _urgency,
)
