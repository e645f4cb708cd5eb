"""What the facts of an account's profile are worth on labelled accounts, by the shipped weights and by a fitted model.

`python -m classifiers.training.automation --data PATH` prints the F1 of finding the automated accounts in
`gilani_twitter_bots` (Twitter, 2016; labelled by people). The set comes in four bands of popularity. *Within*: five
folds inside each band. *Across*: each band in turn judges what the other three chose. Only the threshold of the
shipped weights is chosen there, never a weight, and nothing that is measured here reaches the classifier.
"""

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers.automation.account import Profile
from classifiers.automation.weighing import profile_weight
from classifiers.training import Lack

FOLDER = "gilani_twitter_bots"
BANDS = ("1k", "100k", "1M", "10M")

_AGE, _RATIO, _POSTS = "age_of_account_in_days", "follower_friend_ratio", "tweet_frequency"
_FOLDS = 5
_DRAWS = 2_000

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Accounts:
    """Labelled accounts: a row each. `columns` names those of `facts`; `band` is a place in `BANDS`."""

    columns: tuple[str, ...]
    facts: Floats
    automated: Truth
    band: NDArray[np.int64]

    def column(self, name: str) -> Floats:
        return self.facts[:, self.columns.index(name)]


@dataclass(frozen=True, slots=True)
class Measured:
    """F1 of the automated accounts, and where it lies in 95 of 100 draws."""

    f1: float
    low: float
    high: float


#: Learns from some accounts; gives what finds the automated ones among others.
Learner = Callable[[Accounts, NDArray[np.int64]], Callable[[NDArray[np.int64]], Truth]]
Split = tuple[NDArray[np.int64], NDArray[np.int64]]


def load(data: Path) -> Accounts:
    """Read the set. Raises `Lack` where a file is missing."""
    columns: tuple[str, ...] = ()
    rows: list[list[float]] = []
    marks: list[tuple[bool, int]] = []
    for number, band in enumerate(BANDS):
        for kind in ("bots", "humans"):
            path = data / FOLDER / f"{kind}.{band}.csv"
            if not path.is_file():
                raise Lack(f"{path} is missing")
            with path.open(newline="", encoding="utf-8") as file:
                # The last column is a list of the tools that the account writes with.
                (*head, _), *lines = csv.reader(file)
            columns = tuple(head)
            rows += [[float(cell) for cell in line[: len(head)]] for line in lines]
            marks += [(kind == "bots", number)] * len(lines)
    return Accounts(
        columns, np.array(rows), np.array([mark[0] for mark in marks]), np.array([mark[1] for mark in marks])
    )


def shipped(accounts: Accounts, train: NDArray[np.int64]) -> Callable[[NDArray[np.int64]], Truth]:
    """The weights of the profile as they are shipped; the threshold with the best F1 on `train`."""
    weights = _shipped_weights(accounts)
    threshold = _best_threshold(weights[train], accounts.automated[train])
    return lambda judged: weights[judged] >= threshold


def fitted(accounts: Accounts, train: NDArray[np.int64]) -> Callable[[NDArray[np.int64]], Truth]:
    """A logistic regression over the three facts that the shipped weights read, its threshold chosen likewise."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
    from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

    facts = np.log1p(_profiles(accounts))
    return _learned(make_pipeline(StandardScaler(), LogisticRegression()), facts, accounts, train)


def forest(accounts: Accounts, train: NDArray[np.int64]) -> Callable[[NDArray[np.int64]], Truth]:
    """Two hundred trees over the same three facts."""
    return _forest(_profiles(accounts), accounts, train)


def everything(accounts: Accounts, train: NDArray[np.int64]) -> Callable[[NDArray[np.int64]], Truth]:
    """Two hundred trees over every column of the set: what a model could reach that saw all of it."""
    return _forest(accounts.facts, accounts, train)


def everybody(accounts: Accounts, train: NDArray[np.int64]) -> Callable[[NDArray[np.int64]], Truth]:
    """Calls every account automated: the floor."""
    return lambda judged: np.ones(len(judged), bool)


LEARNERS: dict[str, Learner] = {
    "everybody is a machine": everybody,
    "shipped weights": shipped,
    "fitted, same facts": fitted,
    "forest, same facts": forest,
    "forest, all columns": everything,
}


def within(accounts: Accounts, seed: int) -> Iterator[Split]:
    """Five folds inside each band, each with its share of automated accounts."""
    draw = np.random.default_rng(seed)
    for band in range(len(BANDS)):
        fold = np.full(len(accounts.band), -1)
        for kind in (True, False):
            mine = np.flatnonzero((accounts.band == band) & (accounts.automated == kind))
            fold[draw.permutation(mine)] = np.arange(len(mine)) % _FOLDS
        for number in range(_FOLDS):
            yield np.flatnonzero((fold >= 0) & (fold != number)), np.flatnonzero(fold == number)


def across(accounts: Accounts) -> Iterator[Split]:
    """Each band against the others."""
    for band in range(len(BANDS)):
        yield np.flatnonzero(accounts.band != band), np.flatnonzero(accounts.band == band)


def found(accounts: Accounts, learner: Learner, splits: Iterator[Split]) -> Truth:
    """What a learner makes of every account when it was left out of its lessons."""
    answers = np.zeros(len(accounts.band), bool)
    for train, judged in splits:
        answers[judged] = learner(accounts, train)(judged)
    return answers


def measure(answers: Truth, automated: Truth, seed: int) -> Measured:
    """F1, and its interval by drawing the accounts anew."""
    draw = np.random.default_rng(seed)
    drawn = [draw.integers(0, len(automated), len(automated)) for _ in range(_DRAWS)]
    low, high = np.quantile([f1(answers[rows], automated[rows]) for rows in drawn], [0.025, 0.975])
    return Measured(f1(answers, automated), float(low), float(high))


def f1(answers: Truth, automated: Truth) -> float:
    """Of the automated accounts; 0 where there are none and none are claimed."""
    claimed = int(answers.sum()) + int(automated.sum())
    return 2 * int((answers & automated).sum()) / claimed if claimed else 0.0


def _profiles(accounts: Accounts) -> Floats:
    """Age, ratio and posts a day. The set has some that are below nothing; they count as nothing."""
    return np.maximum(np.stack([accounts.column(name) for name in (_AGE, _RATIO, _POSTS)], axis=1), 0.0)


def _shipped_weights(accounts: Accounts) -> Floats:
    """As far as the set tells: it has the ratio of the counts and not the counts, and no pictures."""
    return np.array([profile_weight(_profile(*map(float, facts))) for facts in _profiles(accounts)])


def _profile(age: float, ratio: float, posts_a_day: float) -> Profile:
    """One with this age, ratio and rate; the size of the counts is that of an account that follows a thousand."""
    following = 1_000
    return Profile(
        age_days=age, followers=round(following * ratio), following=following, posts=round(posts_a_day * max(age, 1.0))
    )


def _best_threshold(scores: Floats, automated: Truth) -> float:
    return max((float(score) for score in np.unique(scores)), key=lambda score: f1(scores >= score, automated))


def _forest(facts: Floats, accounts: Accounts, train: NDArray[np.int64]) -> Callable[[NDArray[np.int64]], Truth]:
    from sklearn.ensemble import RandomForestClassifier  # type: ignore[import-untyped]

    model = RandomForestClassifier(200, min_samples_leaf=3, random_state=0, n_jobs=1)
    model.fit(facts[train], accounts.automated[train])
    return lambda judged: model.predict(facts[judged]).astype(bool)


def _learned(
    model: object, facts: Floats, accounts: Accounts, train: NDArray[np.int64]
) -> Callable[[NDArray[np.int64]], Truth]:
    model.fit(facts[train], accounts.automated[train])  # type: ignore[attr-defined]
    scores: Floats = model.predict_proba(facts)[:, 1]  # type: ignore[attr-defined]
    threshold = _best_threshold(scores[train], accounts.automated[train])
    return lambda judged: scores[judged] >= threshold


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 1 with one line on any lack."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.automation", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with one sub-folder per set")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    try:
        accounts = load(chosen.data)
    except Lack as lack:
        print(lack, file=sys.stderr)
        return 1
    print(f"{len(accounts.automated):,} accounts, {int(accounts.automated.sum()):,} automated")
    for column in (_AGE, _RATIO, _POSTS):
        by_kind = [np.median(accounts.column(column)[accounts.automated == kind]) for kind in (True, False)]
        print(f"median {column}: automated {by_kind[0]:,.1f}, others {by_kind[1]:,.1f}")
    for title, splits in (
        ("within bands", list(within(accounts, chosen.seed))),
        ("across bands", list(across(accounts))),
    ):
        for name, learner in LEARNERS.items():
            answers = found(accounts, learner, iter(splits))
            result = measure(answers, accounts.automated, chosen.seed)
            bands = [
                f1(answers[accounts.band == band], accounts.automated[accounts.band == band])
                for band in range(len(BANDS))
            ]
            by_band = ", ".join(f"{band} {value:.1%}" for band, value in zip(BANDS, bands, strict=True))
            print(
                f"{title}: {name:<22} F1 {result.f1:.1%} ({result.low:.1%} to {result.high:.1%}); {by_band}", flush=True
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
