"""One labelled text, and what every text goes through before it may be learned from."""

import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

#: What rows may know. The last two are degrees of tone: they teach, and are never a breach by themselves.
LABELS = (
    "discrimination",
    "threat",
    "harassment",
    "profanity",
    "sexual",
    "spam",
    "advertising",
    "phishing",
    "incivility",
    "intolerance",
)
#: Labels that our own items leave unknown unless they name them.
TONES = ("incivility", "intolerance")


class Part(StrEnum):
    """What a row may be used for. The last three are for readers that know only half the answer or none."""

    TRAIN = "train"  #: fits the weights
    TUNE = "tune"  #: chooses the settings and fits the calibration
    JUDGE = "judge"  #: measures the result, chooses nothing
    HELD = "held"  #: the publisher's development split: half tunes, half judges
    ANY = "any"  #: the publisher made no split: the group decides


@dataclass(frozen=True, slots=True)
class Row:
    """A text with the probability of each label that its source judged; the others are unknown, not negative.

    Rows of one `group` never fall on two sides of a split; where a reader names none, it is the text's `key`.
    """

    text: str
    labels: Mapping[str, float]
    part: Part = Part.ANY
    weight: float = 1.0
    source: str = ""
    group: str = ""
    key: str = ""


_MARKUP = re.compile(r"<br\s*/?>|</?(?:b|i|p|em|strong)>|\[linebreak\]", re.IGNORECASE)
_ANCHOR = re.compile(r"""<a\s[^>]*?href=["']?([^"'\s>]*)[^>]*>.*?</a>""", re.IGNORECASE | re.DOTALL)
_RETWEET = re.compile(r"^[\W_]*RT\b[\s:]*(?=@|:|\")|\bRT\s+(?=@\w+:?)", re.IGNORECASE)
_USER_MARKS = re.compile(r"\[USER\]|<user>|@USER\b|\bu/[\w-]+", re.IGNORECASE)
_LINK_MARKS = re.compile(r"\[URL\]|<url>|@LINK\b|\bURL\b")


def clean(text: str) -> str:
    """The text as its author may have typed it: markup gone, every handle and link the same as every other."""
    text = html.unescape(html.unescape(text))
    text = _MARKUP.sub(" ", _ANCHOR.sub(r" \1 ", text))
    text = _RETWEET.sub("", text)
    text = _USER_MARKS.sub("@user", text)
    text = _LINK_MARKS.sub("https://link.example", text)
    return text.replace("\ufeff", "").strip()


def leak_key(text: str) -> str:
    """The hash under which a text is listed as held back, and by which doubles are known."""
    text = re.sub(r"https?://\S+|@\w+|\[?(user|url|link)\]?", " ", text.lower())
    words = re.sub(r"[^a-z0-9]+", " ", text).split()
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


def read_exclusions(path: Path) -> frozenset[str]:
    """The keys of texts that judge finished models and may not be learned from."""
    return frozenset(line.strip() for line in path.read_text("ascii").splitlines() if line.strip())
