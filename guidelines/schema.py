"""A guideline set as frozen data. `load` makes these from YAML, `check` judges them, `evaluate` applies them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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


Condition = LabelCondition | AnyOf | AllOf | Not


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


@dataclass(frozen=True, slots=True)
class Principle:
    """Shown on the page, never a ground for action."""

    id: str
    title: str
    text: str


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
class GuidelineSet:
    name: str
    title: str
    language: str
    office: Office
    preamble: str
    principles: tuple[Principle, ...]
    rules: tuple[Rule, ...]
    appeal: str = ""
    scope: str = ""

    def rule(self, rule_id: str) -> Rule:
        """The rule with this id. Raises `KeyError`."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)


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
class Finding:
    """A rule that a comment appears to break, with the measures that say so (the ones that crossed)."""

    rule_id: str
    strength: Strength
    measures: tuple[Measure, ...]


Scores = Mapping[str, float]
