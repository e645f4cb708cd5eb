"""What may be nothing but criticism. It is protected, however harsh, so nobody hides it by the dozen unawares. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from moderator.domain.vocabulary import Label

#: Labels of what a comment does beside criticising somebody. Harsh words, accusations and changes of subject are not
#: among them: those are how people criticise.
MORE_THAN_CRITICISM: tuple[Label, ...] = (
    Label.DISCRIMINATION,
    Label.THREAT,
    Label.HARASSMENT,
    Label.SEXUAL,
    Label.SPAM,
    Label.ADVERTISING,
    Label.PHISHING,
    Label.PERSONAL_DATA,
    Label.GIBBERISH,
    Label.REPETITION,
    Label.COORDINATION,
    Label.AUTOMATION,
    Label.BANNED_TERM,
)


def may_be_mere_criticism(findings: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nothing else was found: no fact that speaks for a rule, and none of the labels above at its threshold.

    `findings` as a decision stores them.
    """
    return not any(finding.get("facts") for finding in findings) and not any(
        measure["label"] in MORE_THAN_CRITICISM and measure["score"] >= (measure["review"] or 0.0)
        for finding in findings
        for measure in finding["measures"]
    )
