"""The language as JSON Schema, for editors that complete keys and underline mistakes while somebody types.

It is made from the tables that the loader reads by, and asks for one spelling where the loader takes several: words of
the language in lower case, `true` and `1.5` between quotes where they are names. What a schema cannot say, such as how
deep conditions may nest, that a period exists or that no character is invisible, only the loader says: a document that
an editor is content with is still to be checked.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from guidelines import bounds
from guidelines.schema import (
    LABELS,
    VERBS,
    Activity,
    By,
    Decider,
    Ground,
    Modality,
    Mode,
    Notice,
    PostState,
    Risk,
    Standard,
    Surface,
    Target,
)

DRAFT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_NO_KEYS: Mapping[str, Schema] = MappingProxyType({})
_NULL: Schema = {"type": "null"}
#: A block of lines in YAML ends with a line break, which the loader takes off.
_TEXT: Schema = {"type": "string", "pattern": r"\S"}
_LINE: Schema = {"type": "string", "pattern": r"^[^\n\t]*\S[^\n\t]*\n*$"}
#: Ids and words may stand without quotes where they look like numbers.
_ID: Schema = {"type": ["string", "number"], "minimum": 0, "pattern": f"^{bounds.ID}$"}
_WORD: Schema = {
    "type": ["string", "number", "boolean"],
    "maxLength": bounds.MAX_WORD,
    "pattern": r"^[^\n\t]*\S[^\n\t]*$",
}
_LANGUAGE: Schema = {"type": "string", "pattern": f"^{bounds.LANGUAGE}$"}
_HOST: Schema = {"type": "string", "pattern": f"^{bounds.HOST.replace('a-z', 'A-Za-z')}$"}
_DAY: Schema = {"type": "string", "format": "date", "pattern": f"^{bounds.DAY}$"}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_DAYS: Schema = {"type": "integer", "minimum": 1, "maximum": bounds.MAX_DAYS}
_COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": bounds.MAX_COUNT}
_FLAG: Schema = {"type": "boolean"}


def schema() -> Schema:
    """JSON Schema, draft 2020-12, of a guideline document."""
    return {
        "$schema": DRAFT,
        "title": "Guidelines of an office",
        "description": "What is allowed in the comments of an elected representative's office, and what is done.",
        **_document(),
        "$defs": {
            "rule": _rule(),
            "action": _action(),
            "condition": {"description": "What a comment is tested for.", "oneOf": list(_conditions())},
        },
    }


def _document() -> Schema:
    return _mapping(
        required={
            "name": _said(_ID, "A short name without spaces, for files and addresses."),
            "title": _said(_LINE, "The heading of the published page."),
            "language": _said(_LANGUAGE, "The language that the guidelines are written in, such as en or cy."),
            "office": _office(),
            "preamble": _said(_TEXT, "What people read first."),
            "rules": _list({"$ref": "#/$defs/rule"}, "What is not allowed, and what is done about it."),
        },
        optional={
            "scope": _text_or(_scope(), "Where and for what the rules hold."),
            "principles": _list(_principle(), "Hopes that are published. No comment is acted on for them."),
            "periods": _list(_period(), "Days on which other rules hold.", most=bounds.MAX_PERIODS),
            "appeal": _text_or(_appeal(), "How to ask for another look."),
            "promises": _promises(),
        },
    )


def _office() -> Schema:
    return _mapping(
        "Who publishes these rules.",
        required={"name": _said(_LINE, "The name of the office.")},
        optional={
            "capacity": _said(_LINE, "As what: a representative, a candidate, a council."),
            "contact": _said(_TEXT, "How to reach the office."),
            "hours": _said(_TEXT, "When somebody looks at comments."),
            "moderators": _said(_TEXT, "Who moderates."),
        },
    )


def _scope() -> Schema:
    surfaces = _words(Surface)
    return _mapping(
        optional={
            "text": _said(_TEXT, "In words."),
            "purpose": _said(_TEXT, "What the pages are for: what a comment's relevance to the page is judged by."),
            "channels": _list(_LINE, "The pages and accounts, as people know them.", True, bounds.MAX_ENTRIES),
            "surfaces": _list(surfaces, "Where people write that is moderated.", True),
            "unmonitored": _list(surfaces, "Where people write and nobody watches.", True),
            "languages": _list(_LANGUAGE, "Languages of comments that are moderated.", True, bounds.MAX_ENTRIES),
        }
    )


def _appeal() -> Schema:
    return _mapping(
        optional={
            "text": _said(_TEXT, "In words."),
            "within_days": _said(_DAYS, "How long after a decision one may ask."),
            "reviewer": _said(_TEXT, "Who looks again: never whoever decided."),
            "answer_within_days": _said(_DAYS, "When there will be an answer."),
        }
    )


def _promises() -> Schema:
    return _mapping(
        "What the office undertakes beside its rules. No comment is acted on for it.",
        optional={
            "replies": _said(_TEXT, "Whether and when people get an answer."),
            "records": _said(_TEXT, "What is kept of comments that were acted on, and for how long."),
            "privacy": _said(_TEXT, "Privacy, and requests for information."),
            "changes": _said(_TEXT, "How the guidelines change, and how people hear of it."),
            "review_by": _said(_DAY, "When the office will look at the guidelines again."),
        },
    )


def _principle() -> Schema:
    return _mapping(
        required={
            "id": _said(_ID, "Unlike that of any rule."),
            "title": _said(_LINE, "Its heading."),
            "text": _said(_TEXT, "Its words."),
        }
    )


def _period() -> Schema:
    return _mapping(
        required={
            "id": _said(_ID, "What conditions call it, such as election."),
            "title": _said(_LINE, "What people call it."),
            "first": _said(_DAY, "The first day, in the office's time zone."),
            "last": _said(_DAY, "The last day, counted too."),
        }
    )


def _rule() -> Schema:
    return _mapping(
        required={
            "id": _said(_ID, "Decisions cite it, and it is part of the rule's address."),
            "title": _said(_LINE, "Its heading."),
            "text": _said(_TEXT, "Its published words."),
            "actions": _actions("What is done about a breach, in this order."),
        },
        optional={
            "condition": {"$ref": "#/$defs/condition"},
            "mode": _words(
                Mode,
                "off: people judge, nothing is measured. suggest: comments are put before a person. "
                "auto_hide: from the automatic threshold the program hides by itself.",
            ),
            "thresholds": _mapping(
                "Probabilities from which the rule acts, for labels that set none of their own.",
                optional={
                    "review": _said(_SHARE, "From here a person looks."),
                    "automatic": _said(_SHARE, "From here a rule with mode auto_hide hides."),
                },
            ),
            "severity": {
                "description": "1: a person may be in danger. 4: untidy.",
                "type": "integer",
                "minimum": 1,
                "maximum": 4,
            },
            "viewpoint_risk": _words(
                Risk, "How easily the rule could be used against a view instead of a behaviour. high: never automatic."
            ),
            "review_within_hours": _hours("When a person will have looked.", bounds.MAX_REVIEW_HOURS),
            "notice": _words(Notice, "Whether the author is told: before, after or never."),
            "notice_reason": _said(_TEXT, "The reason that the author is given."),
            "redirect_text": _said(_TEXT, "Where people are sent, in words for them."),
            "no_notice_reason": _said(_TEXT, "Why nobody is told, where notice is never."),
            "standard": _words(
                Standard,
                "is: it is so, and anybody could see it. felt_to_be: a matter of judgement. "
                "identified_as: a member recorded a fact about the author, with its source.",
            ),
            "decided_by": _words(Decider, "How many people stand behind a decision that takes something away."),
            "exceptions": _list(_TEXT, "What the rule does not reach, in words.", most=bounds.MAX_ENTRIES),
            "targets": _list(_words(Target), "Who is protected. Without it: everybody.", True),
            "grounds": _list(_words(Ground), "What nobody may be attacked for.", True),
            "repeat": _list(_rung(), "What is done as well when it happens again.", most=bounds.MAX_RUNGS),
            "examples": _mapping(
                "Comments that break the rule, and comments that do not.",
                optional={"breach": _list(_TEXT, "They break it."), "fine": _list(_TEXT, "They do not.")},
            ),
        },
    )


def _rung() -> Schema:
    return _mapping(
        required={
            "count": _said(_COUNT, "After this many comments that people found to break the rule"),
            "within_days": _said(_DAYS, "within so many days"),
            "actions": _actions("this is done as well."),
        }
    )


def _actions(description: str) -> Schema:
    return _list({"$ref": "#/$defs/action"}, description)


def _action() -> Schema:
    return _mapping(
        required={
            "verb": _words(VERBS, "What is done. The program only ever hides; all else people decide."),
            "modality": _words(Modality, "must: it is done. may: whoever decides may do it."),
        },
        optional={
            "recipient": _said(_LINE, "Who a report goes to."),
            "duration_days": _said(_DAYS, "How long a mute or a block lasts. Without it: until somebody ends it."),
        },
    )


def _conditions() -> Iterable[Schema]:
    inner = {"$ref": "#/$defs/condition"}
    several = {"type": "array", "minItems": 1, "items": inner}
    automatic = {"automatic": _said(_FLAG, "true: enough for a rule with mode auto_hide to hide.")}
    sites = _list(_HOST, "Sites, each with all that is below it: gov.uk is www.gov.uk too.", True, bounds.MAX_DOMAINS)
    yield _mapping(
        "A score.",
        required={"label": _words(LABELS, "What the comment is measured for.")},
        optional={
            "review": _said(_SHARE, "From here a person looks; without it the rule's threshold."),
            "automatic": {
                "description": "From here a rule with mode auto_hide hides. never: this label alone never does.",
                "anyOf": [_SHARE, {"const": "never"}],
            },
        },
    )
    words = _list(_WORD, "Words or phrases, one of which is in the comment.", True, bounds.MAX_WORDS)
    yield _mapping("Words.", required={"words": {**words, "minItems": 1}}, optional=automatic)
    yield _mapping(
        "Links.",
        required={
            "links": {
                "description": "any, or a list of sites that the comment links to.",
                "anyOf": [{"const": "any"}, {**sites, "minItems": 1}],
            }
        },
        optional={"allowed": _said(sites, "Sites that are always fine."), **automatic},
    )
    yield _mapping(
        "What a member recorded about the author, with its source.",
        required={"recorded": _said(_ID, "Such as outside_constituency. It is never guessed.")},
    )
    yield _mapping(
        "How often.",
        required={
            "activity": _words(
                Activity,
                "comments: any. repeats: the same text under different posts. upheld: found by people to break a rule.",
            ),
            "count": _said(_COUNT, "At least this many, this comment counted."),
            "within_hours": _hours("Within so many hours before the comment.", bounds.MAX_WITHIN_HOURS),
        },
        optional={"by": _words(By, "author: this author's. anyone: everybody's, on all channels."), **automatic},
    )
    yield _mapping("The post.", required={"post": _words(PostState, "limited: comments on it are limited.")})
    yield _mapping("Days.", required={"period": _said(_ID, "The id of a period of this document.")})
    yield _mapping("One of these holds.", required={"any": several})
    yield _mapping("All of these hold.", required={"all": several})
    yield _mapping("This does not hold: an exception.", required={"not": inner})


def _mapping(
    description: str = "",
    *,
    required: Mapping[str, Schema] = _NO_KEYS,
    optional: Mapping[str, Schema] = _NO_KEYS,
) -> Schema:
    """Keys and values, and no other keys. An optional key that is left blank is a key left out."""
    blank = {key: _or_blank(value) for key, value in optional.items()}
    return {
        **({"description": description} if description else {}),
        "type": "object",
        "properties": {**required, **blank},
        "required": list(required),
        "additionalProperties": False,
    }


def _or_blank(value: Schema) -> Schema:
    description = {"description": value["description"]} if "description" in value else {}
    return {**description, "anyOf": [{key: part for key, part in value.items() if key != "description"}, _NULL]}


def _text_or(mapping: Schema, description: str) -> Schema:
    return {"description": description, "anyOf": [_TEXT, mapping]}


def _list(items: Schema, description: str, distinct: bool = False, most: int | None = None) -> Schema:
    bound = {} if most is None else {"maxItems": most}
    unique = {"uniqueItems": True} if distinct else {}
    return {"description": description, "type": "array", "items": items, **bound, **unique}


def _words(words: Iterable[str], description: str = "") -> Schema:
    return {**({"description": description} if description else {}), "enum": [str(word) for word in words]}


def _hours(description: str, most: float) -> Schema:
    return {"description": description, "type": "number", "exclusiveMinimum": 0, "maximum": most}


def _said(value: Schema, description: str) -> Schema:
    return {**value, "description": description}
