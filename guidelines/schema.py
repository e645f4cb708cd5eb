"""A guideline set as frozen data. `load` makes these from YAML, `check` judges them, `evaluate` applies them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

#: Label ids a condition may name. The same ids as `moderator.domain.vocabulary.Label`; a test holds them together.
LABELS: tuple[str, ...] = (
    "discrimination",
    "threat",
    "harassment",
    "profanity",
    "sexual",
    "spam",
    "advertising",
    "gibberish",
    "repetition",
    "coordination",
    "automation",
    "off_topic",
    "deflection",
    "misinformation",
    "personal_data",
    "accusation",
    "phishing",
    "help_request",
    "banned_term",
    "suspect_term",
    "off_topic_post",
)

#: Verbs a rule may ask for, least intrusive first.
VERBS: tuple[str, ...] = (
    "keep",
    "reply",
    "redirect",
    "limit_comments",
    "hide",
    "mute",
    "delete",
    "block",
    "report_platform",
    "report_police",
)


#: The verbs that tell somebody outside, so a rule must say whom.
REPORT_VERBS: frozenset[str] = frozenset({"report_platform", "report_police"})

#: Verbs that take something away from somebody: what two people may have to agree on.
RESTRICTIVE_VERBS: frozenset[str] = frozenset(VERBS) - {"keep", "reply", "redirect"}

#: Verbs that hold something against somebody, a warning counted: whoever is only shown the way broke nothing.
UPHOLDING_VERBS: frozenset[str] = RESTRICTIVE_VERBS | {"reply"}

#: Verbs that act on an account, not on a comment.
ACCOUNT_VERBS: frozenset[str] = frozenset({"mute", "block"})

#: As `LabelCondition.automatic`: this label never acts automatically. No score is above 1.
NEVER = 2.0


class Mode(StrEnum):
    """What the service may do by itself when a rule fires."""

    OFF = "off"  # nothing: the rule is for human judgement alone
    SUGGEST = "suggest"  # queue it for a person
    AUTO_HIDE = "auto_hide"  # hide at the automatic threshold, queue from the review threshold


class Modality(StrEnum):
    MUST = "must"
    MAY = "may"


class Risk(StrEnum):
    """How easily a rule could be used against a view rather than a behaviour."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Notice(StrEnum):
    BEFORE = "before"
    AFTER = "after"
    NEVER = "never"


class Standard(StrEnum):
    """What a rule asks of those who judge."""

    IS = "is"  # it is so, and anybody could see it
    FELT_TO_BE = "felt_to_be"  # the office feels it to be so: a matter of judgement
    IDENTIFIED_AS = "identified_as"  # a member recorded a fact about the author, with its source


class Decider(StrEnum):
    """How many people stand behind a restrictive decision under a rule."""

    ONE_PERSON = "one_person"
    TWO_PEOPLE = "two_people"


class Target(StrEnum):
    """Who is protected. A rule without targets protects everybody."""

    ANYONE = "anyone"
    REPRESENTATIVE = "representative"
    FAMILY = "family"
    STAFF = "staff"
    MODERATORS = "moderators"
    COMMENTERS = "commenters"
    GROUPS = "groups"
    ORGANISATIONS = "organisations"


class Ground(StrEnum):
    """What nobody may be attacked for. The first nine are those of the Equality Act 2010, section 4."""

    AGE = "age"
    DISABILITY = "disability"
    GENDER_REASSIGNMENT = "gender_reassignment"
    MARRIAGE_OR_CIVIL_PARTNERSHIP = "marriage_or_civil_partnership"
    PREGNANCY_OR_MATERNITY = "pregnancy_or_maternity"
    RACE = "race"
    RELIGION_OR_BELIEF = "religion_or_belief"
    SEX = "sex"
    SEXUAL_ORIENTATION = "sexual_orientation"
    ETHNICITY = "ethnicity"
    NATIONAL_ORIGIN = "national_origin"
    GENDER = "gender"
    OTHER = "other"


#: The grounds that are protected characteristics by law in Great Britain.
STATUTORY_GROUNDS: tuple[Ground, ...] = tuple(Ground)[:9]


class Surface(StrEnum):
    """Where people write to an office."""

    COMMENT = "comment"
    REPLY = "reply"
    MENTION = "mention"
    TAG = "tag"
    REVIEW = "review"
    VISITOR_POST = "visitor_post"
    DIRECT_MESSAGE = "direct_message"


class Activity(StrEnum):
    """What can be counted about somebody's comments."""

    COMMENTS = "comments"  # any comments
    REPEATS = "repeats"  # comments with the same text, this one counted, under different posts
    UPHELD = "upheld"  # comments that people found to break a rule


class By(StrEnum):
    """Whose comments are counted."""

    AUTHOR = "author"  # the author's, on this channel
    ANYONE = "anyone"  # everybody's, on all channels of the office: a campaign, whoever is behind it


class PostState(StrEnum):
    """What the office did with a post."""

    LIMITED = "limited"  # comments and replies are limited


@dataclass(frozen=True, slots=True)
class LabelCondition:
    """The comment scores at least a threshold on `label`; None takes the rule's threshold."""

    label: str
    review: float | None = None
    #: None takes the rule's; a number above 1 means this label never acts automatically
    automatic: float | None = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    of: "Condition"


@dataclass(frozen=True, slots=True)
class WordsCondition:
    """The comment has one of these words or phrases, in any spelling that the office's word lists see through."""

    words: tuple[str, ...]
    #: True: enough for an `auto_hide` rule to hide
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class LinkCondition:
    """The comment links to one of these sites or a part of them (gov.uk: also www.gov.uk); empty: to any site."""

    domains: tuple[str, ...] = ()
    #: sites that are always fine
    allowed: tuple[str, ...] = ()
    #: True: enough for an `auto_hide` rule to hide
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class RecordedCondition:
    """A member recorded this fact about the author, with its source. Nothing is ever inferred."""

    fact: str


@dataclass(frozen=True, slots=True)
class ActivityCondition:
    """At least `count` within the hours before the comment, the comment itself counted."""

    activity: Activity
    count: int
    within_hours: float
    by: By = By.AUTHOR
    #: True: enough for an `auto_hide` rule to hide
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class PostCondition:
    """The post that the comment stands under is in this state."""

    state: PostState


@dataclass(frozen=True, slots=True)
class PeriodCondition:
    """The comment was posted in this period of the set, such as the weeks before an election."""

    period: str


FactCondition = WordsCondition | LinkCondition | RecordedCondition | ActivityCondition | PostCondition | PeriodCondition
Condition = LabelCondition | FactCondition | AnyOf | AllOf | Not


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities: from `review` a person looks; from `automatic` an `auto_hide` rule hides."""

    review: float = 0.5
    automatic: float = 0.9


@dataclass(frozen=True, slots=True)
class RuleAction:
    verb: str
    modality: Modality
    #: who a report goes to; required for the report verbs
    recipient: str = ""
    #: how long a mute or block lasts; None: until somebody ends it
    duration_days: int | None = None


@dataclass(frozen=True, slots=True)
class Principle:
    """Shown on the page, never a ground for action."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: after this many comments upheld under the rule within the days, these actions as well."""

    count: int
    within_days: int
    actions: tuple[RuleAction, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    title: str
    text: str
    actions: tuple[RuleAction, ...]
    #: None: no machine test exists, people judge
    condition: Condition | None = None
    mode: Mode = Mode.SUGGEST
    thresholds: Thresholds = Thresholds()
    #: 1 (a person may be in danger) to 4 (untidy)
    severity: int = 3
    viewpoint_risk: Risk = Risk.LOW
    review_within_hours: float = 24
    notice: Notice = Notice.AFTER
    notice_reason: str = ""
    redirect_text: str = ""
    #: why nobody is told, where `notice` is never
    no_notice_reason: str = ""
    standard: Standard = Standard.IS
    decided_by: Decider = Decider.ONE_PERSON
    #: what the rule does not reach, in words
    exceptions: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    grounds: tuple[Ground, ...] = ()
    #: mildest first
    repeat: tuple[Rung, ...] = ()
    breach_examples: tuple[str, ...] = ()
    fine_examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Office:
    """Who publishes these rules, in their own words. Nothing here decides anything."""

    name: str
    capacity: str = ""
    contact: str = ""
    hours: str = ""
    moderators: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and for what the rules hold. Written as text alone, it is that text and nothing else."""

    text: str = ""
    #: what the pages are for: what a comment's relevance to the page is judged by
    purpose: str = ""
    #: the pages and accounts, as people know them
    channels: tuple[str, ...] = ()
    surfaces: tuple[Surface, ...] = ()
    #: surfaces that nobody watches, such as direct messages
    unmonitored: tuple[Surface, ...] = ()
    #: language tags of the comments that are moderated
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Appeal:
    """How to ask for another look. Written as text alone, it is that text and nothing else."""

    text: str = ""
    #: how long after a decision one may ask
    within_days: int | None = None
    #: who looks: never whoever decided
    reviewer: str = ""
    #: when there will be an answer
    answer_within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which other rules hold, the first and the last one counted, in the office's time zone."""

    id: str
    title: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Promises:
    """What the office undertakes beside its rules. All of it is published; none of it is a ground for action."""

    #: whether and when people get an answer
    replies: str = ""
    #: what is kept of comments that were acted on, and for how long
    records: str = ""
    #: privacy, and requests for information
    privacy: str = ""
    #: how the guidelines change, and how people hear of it
    changes: str = ""
    #: when the office will look at the guidelines again
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class GuidelineSet:
    name: str
    title: str
    language: str
    office: Office
    preamble: str
    principles: tuple[Principle, ...]
    rules: tuple[Rule, ...]
    appeal: Appeal = Appeal()
    scope: Scope = Scope()
    periods: tuple[Period, ...] = ()
    promises: Promises = Promises()

    def rule(self, rule_id: str) -> Rule:
        """The rule with this id. Raises `KeyError`."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    def period(self, period_id: str) -> Period:
        """The period with this id. Raises `KeyError`."""
        for period in self.periods:
            if period.id == period_id:
                return period
        raise KeyError(period_id)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a document. Lines and columns count from 1; 0 where there is no place to point at."""

    code: str
    message: str
    mend: str = ""
    line: int = 0
    column: int = 0
    #: True: can be published, but somebody should look
    warning: bool = False


class GuidelineError(Exception):
    """The document cannot be used. `problems` has at least one entry; `str()` shows all, with a caret."""

    def __init__(self, problems: list[Problem], report: str) -> None:
        super().__init__(report)
        self.problems = problems


class Strength(StrEnum):
    REVIEW = "review"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Measure:
    """One score held against its thresholds."""

    label: str
    score: float
    review: float
    #: None: this measure never acts automatically
    automatic: float | None


@dataclass(frozen=True, slots=True)
class Held:
    """A fact that held. `kind` is the key of its condition: words, links, recorded, activity, post, period."""

    kind: str
    #: what was there: the word, the site, the fact's id, "repeats", the post's state, the period's id
    value: str
    #: how many were counted, for `activity`
    count: int | None = None
    within_hours: float | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a comment appears to break, with the measures and facts that say so (the ones that crossed)."""

    rule_id: str
    strength: Strength
    measures: tuple[Measure, ...]
    facts: tuple[Held, ...] = ()
    #: how many steps of the rule's ladder the author has reached
    rung: int = 0


Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Count:
    """What to count for an `ActivityCondition`, whatever its threshold."""

    activity: Activity
    within_hours: float
    by: By = By.AUTHOR


@dataclass(frozen=True, slots=True)
class RungCount:
    """What to count for a step of a ladder: comments of the author upheld under the rule."""

    rule_id: str
    within_days: int


@dataclass(frozen=True, slots=True)
class Needs:
    """The facts that a set asks for. What it does not ask for need not be found out."""

    words: frozenset[str] = frozenset()
    links: bool = False
    recorded: bool = False
    counts: frozenset[Count] = frozenset()
    post: bool = False
    day: bool = False
    rungs: frozenset[RungCount] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a comment beside its scores. None: not known, so it fires nothing and excuses nothing."""

    #: of the words asked for, those that are in the text, as they were asked for
    words: frozenset[str] | None = None
    #: host names of the links in the text, lower case
    hosts: frozenset[str] | None = None
    #: ids of what members recorded about the author
    recorded: frozenset[str] | None = None
    counts: Mapping[Count, int] = field(default_factory=lambda: MappingProxyType({}))
    post: frozenset[PostState] | None = None
    #: when it was posted, in the office's time zone
    day: date | None = None
    upheld: Mapping[RungCount, int] = field(default_factory=lambda: MappingProxyType({}))


NO_FACTS = Facts()
