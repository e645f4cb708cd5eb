"""Scores `automation` by how the account behaves and what the platform tells about it. It does not read the comment."""

from collections.abc import Sequence

from classifiers.automation.account import Account, Conduct
from classifiers.automation.weighing import Weighed, number, weigh
from classifiers.base import Item, Result

LABEL = "automation"

#: From this score on it is said why.
SAID_FROM = 0.25

#: Reasons beside the number of comments in the thread.
_REASONS = 2

_NOBODY = Account()


class Automation:
    """Label `automation`. Nothing depends on a text, a name, or what anybody thinks."""

    name = "automation"
    version = "1"
    labels = (LABEL,)
    wants = (Account,)

    def classify(self, batch: Sequence[Item]) -> list[Result]:
        return [_result(item.get(Account, _NOBODY)) for item in batch]


def load() -> Automation:
    return Automation()


def _result(account: Account) -> Result:
    if account.conduct is None:
        return Result({LABEL: 0.0})
    weighed = weigh(account)
    because = {LABEL: _because(account.conduct, weighed)} if weighed.score >= SAID_FROM else {}
    return Result({LABEL: weighed.score}, because=because)


def _because(conduct: Conduct, weighed: Weighed) -> str:
    swamping = f"The account wrote {number(conduct.thread)} comments under one post within a day"
    reasons = [part.words for part in weighed.parts[:_REASONS]]
    return f"{swamping}: {' and '.join(reasons)}." if reasons else f"{swamping}."
