"""Rules in plain words: what is done, who decides, and what the machine looks for. What the page's body asks for.

Every answer is a sentence or a tree of sentences from the catalogue, with the office's own texts put in as text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from guidelines.evaluate import measure_of
from guidelines.schema import (
    STATUTORY_GROUNDS,
    ActivityCondition,
    AllOf,
    AnyOf,
    Condition,
    Ground,
    LabelCondition,
    LinkCondition,
    Measure,
    Not,
    Notice,
    Period,
    PeriodCondition,
    PostCondition,
    RecordedCondition,
    Risk,
    Rule,
    RuleAction,
    Rung,
    Surface,
    WordsCondition,
)
from moderator.queries.guidelines_page import Course, Does, Shown, hides
from webui.words import Words, in_language, own


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and the sentences that belong under it."""

    sentence: Markup
    parts: tuple["Said", ...] = ()
    #: what is said once the parts are
    after: Markup | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    """The rules by what the machine does about them."""

    hides: tuple[Rule, ...]
    points_out: tuple[Rule, ...]
    people: tuple[Rule, ...]


class Telling:
    """One set, told in the words of its language."""

    def __init__(self, shown: Shown) -> None:
        self.shown = shown
        self.words = in_language(shown.guidelines.language)

    @property
    def foreign(self) -> str:
        """The language of the office's own texts where it is not that of the page's words."""
        tag = self.shown.guidelines.language
        return tag if _base(tag) != _base(self.words.language) else ""

    def actions(self, actions: Sequence[RuleAction]) -> tuple[Markup, ...]:
        return tuple(_deed(self.words, action) for action in actions)

    def after(self, rung: Rung) -> Markup:
        """What leads to a step of the ladder."""
        return self.words("ladder.after", rung.count, span=self.words.days(rung.within_days))

    def decides(self, rule: Rule) -> tuple[Markup, ...]:
        words = self.words
        opinion = (words("decider.opinion"),) if rule.viewpoint_risk is Risk.HIGH else ()
        return (
            words.of("decider", rule.decided_by),
            words.of("standard", rule.standard),
            *opinion,
            words("decider.soon", span=words.hours(rule.review_within_hours)),
        )

    def grounds(self, rule: Rule) -> tuple[Markup, ...]:
        """What nobody may be attacked for: what the law protects and what the office adds."""
        by_law = [ground for ground in rule.grounds if ground in STATUTORY_GROUNDS]
        beside = [ground for ground in rule.grounds if ground not in STATUTORY_GROUNDS]
        named = (("rules.statutory", by_law), ("rules.grounds_also" if by_law else "rules.grounds", beside))
        return tuple(self.words(key, grounds=self._grounds(grounds)) for key, grounds in named if grounds)

    def targets(self, rule: Rule) -> Markup:
        return self.words.listed(self.words.of("targets", target) for target in rule.targets)

    def notice(self, rule: Rule) -> tuple[Markup, ...]:
        """What the author is told and why."""
        told = self.words.of("notice", rule.notice)
        if rule.notice is Notice.NEVER:
            reason = (self.words("told.no_reason", reason=own(rule.no_notice_reason)),) if rule.no_notice_reason else ()
        else:
            reason = (self.words("told.reason", reason=own(rule.notice_reason)),) if rule.notice_reason else ()
        return told, *reason

    def surfaces(self, surfaces: Sequence[Surface]) -> Markup:
        return self.words.listed(self.words.of("surfaces", surface) for surface in surfaces)

    def languages(self) -> Markup:
        return self.words.listed(self.words.language_name(tag) or tag for tag in self.shown.guidelines.scope.languages)

    def period(self, period: Period) -> Markup:
        """Its days, and where it stands today."""
        words = self.words
        days = words("periods.dates", first=words.date(period.first), last=words.date(period.last))
        course = self.shown.periods[period.id]
        if course is Course.AHEAD:
            return days
        return _joined(days, words("periods.now" if course is Course.NOW else "periods.over"))

    def test(self, rule: Rule) -> tuple[Said, ...]:
        """What the machine does under the rule and, where it does anything, what it looks for."""
        does = self.shown.does[rule.id]
        if does is Does.NOTHING or rule.condition is None:
            return (Said(self.words("test.people")),)
        looking = _Looking(self.words, self.shown, rule)
        return Said(looking.does(rule.condition)), looking.of(rule.condition)

    def groups(self) -> Groups:
        def those(does: Does) -> tuple[Rule, ...]:
            return tuple(rule for rule in self.shown.guidelines.rules if self.shown.does[rule.id] is does)

        return Groups(hides=those(Does.HIDES), points_out=those(Does.ASKS), people=those(Does.NOTHING))

    def opinion_rules(self) -> bool:
        """Whether opinions could be at stake under any of the rules."""
        return any(rule.viewpoint_risk is Risk.HIGH for rule in self.shown.guidelines.rules)

    def _grounds(self, grounds: Iterable[Ground]) -> Markup:
        return self.words.listed(self.words.of("grounds", ground) for ground in grounds)


@dataclass(frozen=True, slots=True)
class _Looking:
    """Says what the machine does about a rule, and what it looks for.

    Its thresholds are said once where the same hold for everything that it measures, else at each label. Down the
    condition goes whether a part may hide: not where something beside it always leaves the comment to people.
    """

    words: Words
    shown: Shown
    rule: Rule

    def does(self, condition: Condition) -> Markup:
        words, measure = self.words, self._common(condition)
        hides_at_all = self._hides(condition)
        if measure is None:
            return words("test.hides_below" if hides_at_all else "test.points_out_facts")
        review = words.percent(measure.review)
        if measure.automatic is None:
            return words("test.points_out", review=review)
        return words("test.hides", automatic=words.percent(measure.automatic), review=review)

    def of(self, condition: Condition) -> Said:
        return self._said(condition, _Place(may_hide=self._hides(condition), once=self._common(condition) is not None))

    def _said(self, condition: Condition, place: "_Place") -> Said:
        match condition:
            case AnyOf(of=parts):
                lead = self.words("test.any" if place.outermost else "test.any_inner")
                return Said(lead, tuple(self._said(part, replace(place, outermost=False)) for part in parts))
            case AllOf(of=parts):
                lead = self.words("test.all" if place.outermost else "test.all_inner")
                within = replace(place, outermost=False, alone=False, may_hide=self._hides(condition))
                return self._weighed(Said(lead, tuple(self._said(part, within) for part in parts)), condition, place)
            case Not(of=inner):
                within = replace(place, outermost=False, alone=False, counts=not place.counts)
                return Said(self.words("test.not"), (self._said(inner, within),))
            case LabelCondition():
                return Said(self._label(condition, place))
            case _:
                return self._weighed(Said(self._fact(condition)), condition, place)

    def _label(self, condition: LabelCondition, place: "_Place") -> Markup:
        words = self.words
        sentence = words.of("labels", condition.label)
        if condition.label not in self.shown.labels:
            return _joined(sentence, words("test.unmeasured"))
        measure = measure_of(self.rule, condition, 0.0)
        review = words.percent(measure.review)
        if not place.counts:
            return _joined(sentence, words("test.own_counts", review=review))
        if place.once:
            return sentence
        if measure.automatic is None or not place.may_hide:
            return _joined(sentence, words("test.own_asks", review=review))
        return _joined(sentence, words("test.own_hides", automatic=words.percent(measure.automatic), review=review))

    def _fact(self, condition: Condition) -> Markup:
        words = self.words
        match condition:
            case WordsCondition():
                return words("test.words", words=words.quoted(condition.words, "test.more"))
            case LinkCondition():
                return _links(words, condition)
            case RecordedCondition(fact=fact) if words.has("recorded", fact):
                return words.of("recorded", fact)
            case RecordedCondition(fact=fact):
                return words("test.recorded", fact=own(fact.replace("_", " ")))
            case ActivityCondition():
                counted = f"{condition.activity}_{condition.by}"
                return words.of("activity", counted, condition.count, span=words.hours(condition.within_hours))
            case PostCondition(state=state):
                return words.of("post", state)
            case PeriodCondition(period=period_id):
                period = self.shown.guidelines.period(period_id)
                first, last = words.date(period.first), words.date(period.last)
                return words("test.period", first=first, last=last, title=own(period.title))
        raise AssertionError(condition)

    def _weighed(self, said: Said, condition: Condition, place: "_Place") -> Said:
        """With what it is enough for, where a rule hides by more than its thresholds."""
        if not (place.alone and self.shown.does[self.rule.id] is Does.HIDES) or _measures(condition):
            return said
        return replace(said, after=self.words("test.enough" if self._hides(condition) else "test.not_enough"))

    def _hides(self, condition: Condition) -> bool:
        return hides(self.rule, condition, self.shown.labels)

    def _common(self, condition: Condition) -> Measure | None:
        """The thresholds that hold for everything measured, where one pair does and tells all that may happen."""
        found = set(self._thresholds(condition, self._hides(condition)))
        if len(found) != 1:
            return None
        (measure,) = found
        return None if measure.automatic is None and self._hides(condition) else measure

    def _thresholds(self, condition: Condition, may_hide: bool) -> Iterator[Measure]:
        """Of the measured labels that speak for the rule, without their names."""
        match condition:
            case LabelCondition(label=label) if label in self.shown.labels:
                measure = measure_of(self.rule, condition, 0.0)
                yield Measure("", 0.0, measure.review, measure.automatic if may_hide else None)
            case AnyOf(of=parts):
                for part in parts:
                    yield from self._thresholds(part, may_hide)
            case AllOf(of=parts):
                for part in parts:
                    yield from self._thresholds(part, self._hides(condition))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a condition something stands."""

    #: what it is a part of may hide by itself
    may_hide: bool
    #: thresholds were said already
    once: bool
    #: enough for the rule to fire
    alone: bool = True
    outermost: bool = True
    #: no part of an exception
    counts: bool = True


def _deed(words: Words, action: RuleAction) -> Markup:
    modality, verb = action.modality, action.verb
    if action.duration_days is not None and words.has(f"{modality}_for", verb):
        return words.of(f"{modality}_for", verb, span=words.days(action.duration_days))
    return words.of(modality, verb, recipient=_recipient(words, action))


def _recipient(words: Words, action: RuleAction) -> Markup:
    """Whoever the office names; the platform or the police where it only says so."""
    named = action.recipient
    if words.has("recipients", action.verb) and named in ("", action.verb.removeprefix("report_")):
        return words.of("recipients", action.verb)
    return own(named)


def _links(words: Words, condition: LinkCondition) -> Markup:
    found = (
        words("test.links", sites=words.quoted(condition.domains, "test.more"))
        if condition.domains
        else words("test.any_link")
    )
    if not condition.allowed:
        return found
    return _joined(found, words("test.links_allowed", sites=words.quoted(condition.allowed, "test.more")))


def _measures(condition: Condition) -> bool:
    """Whether a label is anywhere inside."""
    match condition:
        case LabelCondition():
            return True
        case Not(of=inner):
            return _measures(inner)
        case AnyOf(of=parts) | AllOf(of=parts):
            return any(map(_measures, parts))
        case _:
            return False


def _joined(*sentences: Markup) -> Markup:
    return Markup(" ").join(sentences)


def _base(tag: str) -> str:
    return tag.lower().replace("_", "-").split("-")[0]
