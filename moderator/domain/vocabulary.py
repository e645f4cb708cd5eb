"""The product's words, one per thing. Everything that stores or prints one of these takes it from here."""

from enum import StrEnum


class Label(StrEnum):
    """Something a classifier measures, 0 to 1. Ids are stable: they are stored and published."""

    DISCRIMINATION = "discrimination"
    THREAT = "threat"
    HARASSMENT = "harassment"
    PROFANITY = "profanity"
    SEXUAL = "sexual"
    SPAM = "spam"
    ADVERTISING = "advertising"
    GIBBERISH = "gibberish"
    REPETITION = "repetition"
    COORDINATION = "coordination"
    AUTOMATION = "automation"
    #: about nothing that the page is for
    OFF_TOPIC = "off_topic"
    #: not about the post it stands under
    OFF_TOPIC_POST = "off_topic_post"
    DEFLECTION = "deflection"
    MISINFORMATION = "misinformation"
    PERSONAL_DATA = "personal_data"
    ACCUSATION = "accusation"
    PHISHING = "phishing"
    HELP_REQUEST = "help_request"
    BANNED_TERM = "banned_term"
    SUSPECT_TERM = "suspect_term"


#: Found in the office's own word list or not: no likeness, and no matter of opinion between classifiers.
WORD_LABELS: frozenset[str] = frozenset({Label.BANNED_TERM, Label.SUSPECT_TERM})


class Signal(StrEnum):
    """What a classifier tells moderators beside its labels. No rule may rest on one, so none is ever a finding."""

    #: how uncivil the comment sounds
    TONE = "incivility"
    #: how much worse it looks once disguised spelling is undone
    DISGUISE = "obfuscation"
    #: whom the comment speaks to; where none of these is likely, nobody
    TO_REPRESENTATIVE = "to_representative"
    TO_STAFF = "to_staff"
    TO_COMMENTER = "to_commenter"
    TO_GROUP = "to_group"


class Verb(StrEnum):
    """What can be done to a comment, its author or its post."""

    KEEP = "keep"
    HIDE = "hide"
    UNHIDE = "unhide"
    DELETE = "delete"
    BLOCK = "block"
    UNBLOCK = "unblock"
    MUTE = "mute"
    UNMUTE = "unmute"
    REPLY = "reply"
    LIMIT_COMMENTS = "limit_comments"
    REPORT_PLATFORM = "report_platform"
    REPORT_POLICE = "report_police"
    REDIRECT = "redirect"


#: The verb that takes another one back, where a platform can do that at all.
REVERSE: dict[Verb, Verb] = {
    Verb.HIDE: Verb.UNHIDE,
    Verb.UNHIDE: Verb.HIDE,
    Verb.BLOCK: Verb.UNBLOCK,
    Verb.UNBLOCK: Verb.BLOCK,
    Verb.MUTE: Verb.UNMUTE,
    Verb.UNMUTE: Verb.MUTE,
}

#: Verbs that only a person may decide, whatever a guideline set says.
PERSON_ONLY: frozenset[Verb] = frozenset({Verb.DELETE, Verb.BLOCK, Verb.REPORT_PLATFORM, Verb.REPORT_POLICE})

#: Verbs that need two people where the rule has a high viewpoint risk.
TWO_PEOPLE_IF_HIGH_RISK: frozenset[Verb] = frozenset({Verb.DELETE, Verb.BLOCK})

#: Verbs that say something to the author, in words that a person chose.
WRITTEN: frozenset[Verb] = frozenset({Verb.REPLY, Verb.REDIRECT})


class Role(StrEnum):
    """What a member may do in their office."""

    OWNER = "owner"
    LEAD = "lead"
    MODERATOR = "moderator"
    VOLUNTEER = "volunteer"
    OBSERVER = "observer"


class Visibility(StrEnum):
    """What the public sees of a comment on its platform, as far as we know."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    REMOVED = "removed"
