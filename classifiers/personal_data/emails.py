"""E-mail addresses; those of an office that anybody may write to are nobody's own."""

import re
from collections.abc import Iterator

from classifiers.personal_data.kinds import Found, Kind

_ADDRESS = re.compile(
    r"(?<![\w.+%@-])(?P<name>[\w.+%'-]{1,64}+)@(?P<site>(?:[\w-]{1,63}+\.){1,6}[^\W\d_]{2,24})(?!\w)", re.IGNORECASE
)
_MAYBE = re.compile(r"[^\s@]@\w")
_ROLE = re.compile(
    r"(?:info|press|media|office|contact(?:us)?|hello|enquir(?:y|ies)|inquiries|customer\W?(?:service|care|relations)s?"
    r"|support|help(?:desk)?|news(?:desk|letter)?|editor|letters|complaints?|admin|planning|licensing|no-?reply|donate"
    r"|team|mail|post|feedback|events|volunteer(?:s|ing)?|members?(?:hip)?|foi|democracy|elections?|consultations?)"
    r"(?:[.+_-].{0,30})?|.{1,50}\.mp",
    re.IGNORECASE,
)


def find(text: str) -> Iterator[Found]:
    if not _MAYBE.search(text):
        return
    for hit in _ADDRESS.finditer(text):
        if not _ROLE.fullmatch(hit["name"].strip(".'")):
            yield Found(Kind.EMAIL, *hit.span(), 0.95)
