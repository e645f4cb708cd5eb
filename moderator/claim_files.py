"""Reads checked claims from what fact-checkers publish: ClaimReview (schema.org) as JSON-LD, and CSV.

What comes from outside is only read here; `moderator.claims` says whether it can be kept.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from classifiers.claims.checked import Verdict
from moderator.errors import Invalid

#: Claims of one file, and parts of a JSON document that are looked through for them.
MOST, MOST_PARTS = 2_000, 200_000

#: Columns of a CSV file by what they hold, each by any of these names.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": ("claim", "claimreviewed", "text"),
    "rating": ("rating", "textualrating"),
    "verdict": ("verdict", "means"),
    "source": ("source", "publisher"),
    "link": ("link", "url"),
    "checked_on": ("checked", "checked_on", "date", "reviewdate", "datepublished"),
    "expires_on": ("expires", "expires_on", "until"),
}
_NEEDED = ("text", "rating", "source", "link", "checked_on")

#: The first that a rating holds says what it comes down to.
_RATINGS = (
    (Verdict.TRUE, r"mostly true|largely true|mostly correct"),
    (
        Verdict.MISLEADING,
        r"mostly false|half[ -]true|part(?:ly|ially)|mislead|context|exaggerat|distort|mixture",
    ),
    (Verdict.UNPROVEN, r"un(?:proven|verified|supported|clear|known)|no(?:t enough)? evidence|satire|opinion"),
    (Verdict.FALSE, r"false|untrue|incorrect|inaccurate|not (?:true|accurate|correct)|wrong|fake|hoax|pants on fire"),
    (Verdict.FALSE, r"fabricat|scam|myth|altered|debunked|impossible"),
    (Verdict.TRUE, r"true|correct|accurate|confirmed"),
)
_KNOWN = tuple((verdict, re.compile(rf"\b(?:{words})", re.IGNORECASE)) for verdict, words in _RATINGS)
_SCRIPT = re.compile(r"<script\b[^<>]{0,200}\bld\+json[^<>]{0,200}>([^<]*)</script", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked claim as it came, field by field. `where` it stood, such as "line 4"."""

    where: str
    text: str
    rating: str
    source: str
    link: str
    #: as 2026-11-21
    checked_on: str
    verdict: str = ""
    expires_on: str = ""


def read(text: str) -> list[Draft]:
    """The claims of a file or of what was pasted. Raises `Invalid` where it is neither JSON-LD nor CSV."""
    text = text.lstrip("\ufeff \t\r\n")
    if not text:
        raise Invalid("file", "there is nothing in it")
    drafts = _of_csv(text) if text[0] not in "{[<" else _of_json(_documents(text))
    if not drafts:
        raise Invalid("file", "there is no checked claim in it: no ClaimReview, or no line below the names of columns")
    if len(drafts) > MOST:
        raise Invalid("file", f"it has {len(drafts):,} claims: send at most {MOST:,} at once")
    return drafts


def verdict_of(rating: str) -> Verdict | None:
    """What a rating in English words comes down to; None where that cannot be told."""
    return next((verdict for verdict, known in _KNOWN if known.search(rating[:200])), None)


def _documents(text: str) -> list[Any]:
    sources = [text] if text[0] != "<" else _SCRIPT.findall(text)
    if not sources:
        raise Invalid("file", "this is a web page without a ClaimReview in it")
    return [_document(source) for source in sources]


def _document(source: str) -> Any:
    try:
        return json.loads(source)
    except json.JSONDecodeError as error:
        raise Invalid("file", f"line {error.lineno}, character {error.colno}: this is no JSON ({error.msg})") from None
    except RecursionError:
        raise Invalid("file", "it is nested too deeply to be read") from None
    except ValueError as error:
        raise Invalid("file", f"this is no JSON: {str(error)[:100]}") from None


def _of_json(documents: Sequence[Any]) -> list[Draft]:
    return [_review(found, number) for number, found in enumerate(_reviews(documents), 1)]


def _reviews(documents: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    """Every ClaimReview, however deep, in reading order."""
    waiting = list(reversed(documents))
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        if isinstance(part, dict):
            if _is_review(part.get("@type")):
                yield part
            else:
                waiting.extend(reversed(part.values()))
        elif isinstance(part, list):
            waiting.extend(reversed(part))
    raise Invalid("file", f"it has more than {MOST_PARTS:,} parts: send it in pieces")


def _is_review(kind: Any) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(each, str) and re.split(r"[/:#]", each)[-1] == "ClaimReview" for each in kinds)


def _review(found: Mapping[str, Any], number: int) -> Draft:
    link = _plain(found.get("url")) or _plain(found.get("@id"))
    rating = found.get("reviewRating")
    words, verdict = _rating(rating[0] if isinstance(rating, list) and rating else rating)
    date = _plain(found.get("datePublished")) or _plain(found.get("dateCreated")) or _plain(found.get("dateModified"))
    return Draft(
        where=f"claim {number}",
        text=_plain(found.get("claimReviewed")),
        rating=words,
        source=_plain(found.get("author")) or _plain(found.get("publisher")) or _host(link),
        link=link,
        checked_on=date[:10],
        verdict=verdict,
        expires_on=_plain(found.get("expires"))[:10],
    )


def _rating(rating: Any) -> tuple[str, str]:
    """The rating in words, and what its numbers come down to where the words are not known."""
    if not isinstance(rating, dict):
        return _plain(rating), ""
    words = _plain(rating.get("alternateName")) or _plain(rating.get("name"))
    value, best, worst = (_float(rating.get(name)) for name in ("ratingValue", "bestRating", "worstRating"))
    if (words and verdict_of(words)) or value is None or best is None or best <= (worst or 0.0):
        return words or _plain(rating.get("ratingValue")), ""
    share = (value - (worst or 0.0)) / (best - (worst or 0.0))
    verdict = Verdict.FALSE if share <= 0.25 else Verdict.MISLEADING if share <= 0.6 else Verdict.TRUE
    return words or f"{value:g} of {best:g}", verdict.value


def _plain(value: Any, depth: int = 3) -> str:
    """The text of a value that may be wrapped in a list, or in an object with a name."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or value is None or not depth:
        return ""
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, list):
        return next((text for each in value[:10] if (text := _plain(each, depth - 1))), "")
    if isinstance(value, dict):
        return next((t for key in ("@value", "name", "url", "@id") if (t := _plain(value.get(key), depth - 1))), "")
    return ""


def _float(value: Any) -> float | None:
    try:
        number = float(_plain(value)[:20])
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None


def _host(link: str) -> str:
    try:
        return (urlsplit(link).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _of_csv(text: str) -> list[Draft]:
    first = text.splitlines()[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        places = _places(next(reader))
        drafts = []
        before = reader.line_num
        for row in reader:
            if any(cell.strip() for cell in row):
                cells = {what: row[at].strip() if at < len(row) else "" for what, at in places.items()}
                drafts.append(Draft(where=f"line {before + 1}", **cells))
            before = reader.line_num
        return drafts
    except csv.Error as error:
        raise Invalid("file", f"line {reader.line_num}: this is no CSV ({error})") from None


def _places(header: Sequence[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    places = {what: names.index(one) for what, known in COLUMNS.items() for one in known[::-1] if one in names}
    if missing := [COLUMNS[what][0] for what in _NEEDED if what not in places]:
        raise Invalid("file", f"line 1: no column is called {' or '.join(missing)}. The first line names the columns")
    return places
