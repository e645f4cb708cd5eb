"""Finds what belongs to somebody and to nobody else's eyes: where they live, how to reach them, their numbers.

It knows shapes, checksums and the words beside them. What an office gives as its own contacts anybody may repeat.
"""

from collections.abc import Sequence
from math import prod

from classifiers.base import Item, Page, Result, Span
from classifiers.personal_data.finding import READ_AT_MOST, find
from classifiers.personal_data.kinds import Found, say

LABEL = "personal_data"
#: From here on something is more likely than not, and is marked.
MARKED = 0.5

_NOTHING = Page()


class PersonalData:
    """Label `personal_data`. Scores by the kinds that were found and how sure each is."""

    name = "personal_data"
    version = "1"
    labels = (LABEL,)
    wants: tuple[type, ...] = (Page,)

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        return [_result(find(item.text, item.get(Page, _NOTHING)), len(item.text) > READ_AT_MOST) for item in batch]


def load() -> PersonalData:
    return PersonalData()


def _result(found: Sequence[Found], cut: bool) -> Result:
    doubts = ("read_in_part",) if cut else ()
    if not found:
        return Result({LABEL: 0.0}, doubts=doubts)
    surest: dict[str, float] = {}
    for each in found:
        surest[each.kind] = max(surest.get(each.kind, 0.0), each.sure)
    score = 1 - prod(1 - sure for sure in surest.values())
    marked = [each for each in found if each.sure >= MARKED]
    spans = tuple(Span(each.start, each.end, LABEL) for each in marked)
    return Result({LABEL: round(score, 4)}, spans, doubts=doubts, because={LABEL: say(marked or found)})
