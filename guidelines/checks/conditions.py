"""Conditions one by one: that they can hold, that they do not always hold, and that nothing in them is idle."""

from collections.abc import Hashable, Iterator

from guidelines.checks.flaw import Flaw, conditions, rules
from guidelines.checks.forms import folded, normal
from guidelines.evaluate import measure_of
from guidelines.reader import Path, quote
from guidelines.schema import (
    Activity,
    ActivityCondition,
    AllOf,
    AnyOf,
    By,
    Condition,
    GuidelineSet,
    LabelCondition,
    LinkCondition,
    Mode,
    Not,
    Period,
    PeriodCondition,
    PostCondition,
    Rule,
    WordsCondition,
)


def mode_without_condition(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if rule.mode is not Mode.OFF and rule.condition is None:
            message = f"rule {rule.id} has mode {rule.mode}, but no condition that could fire"
            yield Flaw((*path, "mode"), "no-condition", message, "add condition:, or write mode: off")


def condition_without_mode(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if rule.mode is Mode.OFF and rule.condition is not None:
            message = f"rule {rule.id} has a condition, but its mode is off"
            yield Flaw((*path, "condition"), "condition-off", message, "take it out, or write mode: suggest", True)


def contradiction(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """`all` of a condition and its own exception."""
    for path, rule in rules(guidelines):
        for inner, condition in conditions(path, rule):
            if isinstance(condition, AllOf) and (what := _contradicted(rule, condition)):
                message = f"rule {rule.id} asks for {what} and for its absence, so it never fires"
                yield Flaw(inner, "unreachable", message, "take one of them out")


def periods_apart(guidelines: GuidelineSet) -> Iterator[Flaw]:
    periods = {period.id: period for period in guidelines.periods}
    for path, rule in rules(guidelines):
        for inner, condition in conditions(path, rule):
            if isinstance(condition, AllOf):
                named = {part.period for part in condition.of if isinstance(part, PeriodCondition)}
                if not _share_a_day([periods[name] for name in named if name in periods]):
                    message = f"rule {rule.id} asks for periods that share no day, so it never fires"
                    yield Flaw(inner, "unreachable", message, "put them under any:")


def only_exceptions(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        if rule.condition is not None and not _asks(rule.condition):
            message = f"rule {rule.id} can fire on what a comment is not, which is most comments"
            yield Flaw((*path, "condition"), "only-exceptions", message, "put not: into all: beside a label", True)


def only_time_or_place(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        condition = rule.condition
        if condition is not None and _asks(condition) and not _asks(condition, of_the_comment=True):
            message = f"rule {rule.id} can fire on every comment at some time or under some post, whatever it says"
            mend = "put it into all: beside what the comment must be"
            yield Flaw((*path, "condition"), "fires-on-everything", message, mend, True)


def count_of_one(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """A comment is counted itself; only what was upheld before can be one."""
    for path, rule in rules(guidelines):
        for inner, condition in conditions(path, rule):
            if isinstance(condition, ActivityCondition) and _holds_always(condition):
                message = f"rule {rule.id} counts from 1, and every comment is one"
                yield Flaw((*inner, "count"), "fires-on-everything", message, "make count 2 or more")


def judged_by_others(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, condition in conditions(path, rule):
            match condition:
                case ActivityCondition(activity=Activity.UPHELD, by=By.ANYONE):
                    message = f"rule {rule.id} holds against somebody what others did"
                    yield Flaw((*inner, "by"), "judged-by-others", message, "write by: author")


def repeated_word(guidelines: GuidelineSet) -> Iterator[Flaw]:
    """Letter case and spaces make no other word."""
    for path, rule in rules(guidelines):
        for inner, condition in conditions(path, rule):
            if isinstance(condition, WordsCondition):
                for position in _again(list(map(folded, condition.words))):
                    message = f"rule {rule.id} lists {quote(condition.words[position])} twice"
                    yield Flaw((*inner, "words", position), "repeated-entry", message, "keep one of them", True)


def site_within_site(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, condition in conditions(path, rule):
            if isinstance(condition, LinkCondition):
                for key, sites in (("links", condition.domains), ("allowed", condition.allowed)):
                    yield from _within(rule, (*inner, key), sites)


def allowed_site(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, condition in conditions(path, rule):
            if isinstance(condition, LinkCondition):
                allowed = frozenset(condition.allowed)
                for position, domain in enumerate(condition.domains):
                    if not allowed.isdisjoint(_and_above(domain)):
                        message = f"rule {rule.id} lists {domain}, but allows it as well, so it never fires on it"
                        yield Flaw((*inner, "links", position), "unreachable", message, "take it out of one list")


def allowed_for_nothing(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, condition in conditions(path, rule):
            if isinstance(condition, LinkCondition) and condition.domains:
                listed = frozenset(condition.domains)
                around = {name for domain in listed for name in _and_above(domain)}
                for position, site in enumerate(condition.allowed):
                    if site not in around and listed.isdisjoint(_and_above(site)):
                        message = f"rule {rule.id} allows {site}, which is none of the sites it lists"
                        yield Flaw((*inner, "allowed", position), "unused-site", message, "take it out", True)


def repeated_part(guidelines: GuidelineSet) -> Iterator[Flaw]:
    for path, rule in rules(guidelines):
        for inner, condition in conditions(path, rule):
            if isinstance(condition, AnyOf | AllOf):
                key = "any" if isinstance(condition, AnyOf) else "all"
                for position in _again([normal(rule, part) for part in condition.of]):
                    message = f"rule {rule.id} asks for the same thing twice"
                    yield Flaw((*inner, key, position), "repeated-entry", message, "keep one of them", True)


CHECKS = (
    mode_without_condition,
    condition_without_mode,
    contradiction,
    periods_apart,
    only_exceptions,
    only_time_or_place,
    count_of_one,
    judged_by_others,
    repeated_word,
    site_within_site,
    allowed_site,
    allowed_for_nothing,
    repeated_part,
)


def _asks(condition: Condition, of_the_comment: bool = False) -> bool:
    """Whether something must be there for the condition to hold; `not` alone holds for nearly every comment.

    With `of_the_comment`, something of the comment or its author: a time or a post is not enough.
    """
    match condition:
        case PeriodCondition() | PostCondition():
            return not of_the_comment
        case Not(Not(inner)):
            return _asks(inner, of_the_comment)
        case Not():
            return False
        case AnyOf(parts):
            return all(_asks(part, of_the_comment) for part in parts)
        case AllOf(parts):
            return any(_asks(part, of_the_comment) for part in parts)
        case _:
            return True


def _holds_always(condition: ActivityCondition) -> bool:
    return condition.count <= 1 and condition.activity is not Activity.UPHELD


def _contradicted(rule: Rule, condition: AllOf) -> str | None:
    """What the parts ask for and rule out at once, in a word."""
    asked = {normal(rule, part): part for part in condition.of if not isinstance(part, Not)}
    reviews = {
        part.label: measure_of(rule, part, 0.0).review for part in condition.of if isinstance(part, LabelCondition)
    }
    for part in condition.of:
        if not isinstance(part, Not):
            continue
        out = part.of
        if isinstance(out, LabelCondition):
            if out.label in reviews and measure_of(rule, out, 0.0).review <= reviews[out.label]:
                return out.label
        elif normal(rule, out) in asked:
            return "the same thing"
    return None


def _share_a_day(periods: list[Period]) -> bool:
    """A period that ends before it begins is another mistake."""
    if len(periods) < 2 or any(period.last < period.first for period in periods):
        return True
    return max(period.first for period in periods) <= min(period.last for period in periods)


def _again(forms: list[Hashable]) -> Iterator[int]:
    """Positions of what was there before."""
    seen: set[Hashable] = set()
    for position, form in enumerate(forms):
        if form in seen:
            yield position
        seen.add(form)


def _within(rule: Rule, path: Path, sites: tuple[str, ...]) -> Iterator[Flaw]:
    listed = set(sites)
    for position, site in enumerate(sites):
        above = next((name for name in _and_above(site) if name in listed and name != site), None)
        if above is not None:
            message = f"rule {rule.id} lists {site}, which is part of {above}"
            yield Flaw((*path, position), "repeated-entry", message, f"keep {above} alone", True)


def _and_above(site: str) -> Iterator[str]:
    """The site and those that it is part of: a.b.org, b.org, org."""
    while site:
        yield site
        site = site.partition(".")[2]
