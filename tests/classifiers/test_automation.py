"""The score of an account: both limbs are needed, every part pushes one way, and the reasons are said with numbers."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifiers.automation import weighing
from classifiers.automation.account import Account, Conduct, Profile
from classifiers.automation.classifier import SAID_FROM, load
from classifiers.automation.weighing import Weight, weigh
from classifiers.base import Item, Missing, NotGathered, Result
from classifiers.training import automation as validation
from classifiers.training.automation import BANDS, FOLDER, Accounts

#: All that can speak for a machine in an account's profile.
SUSPICIOUS = Profile(age_days=0, followers=0, following=5_000, posts=10_000, default_picture=True)
OLD = Profile(age_days=3_000, followers=400, following=300, posts=4_000, default_picture=False)

#: Somebody who wrote a great deal in one thread, as people do.
REGULAR = Conduct(15, 60, 25, compared=50, repeats=2, gap_seconds=400, unevenness=1.6, delay_seconds=900, delays=4)
MACHINE = Conduct(40, 90, 40, compared=60, repeats=55, gap_seconds=60, unevenness=0.05, delay_seconds=4, delays=5)


def result(account: Account) -> Result:
    [found] = load().classify([Item("Hello", around=(account,))])
    return found


def score(profile: Profile, conduct: Conduct | None) -> float:
    return result(Account(profile, conduct)).scores["automation"]


def test_an_account_that_fills_a_thread_evenly_with_the_same_words_is_flagged_and_it_is_said_why() -> None:
    found = result(Account(OLD, MACHINE))
    assert found.scores["automation"] > 0.9
    assert found.because == {
        "automation": "The account wrote 40 comments under one post within a day: "
        "55 of 60 longer ones repeat an earlier one and they come evenly, about every 60 seconds."
    }


def test_facts_about_the_account_alone_are_worth_nothing() -> None:
    assert score(SUSPICIOUS, None) == 0.0
    assert score(SUSPICIOUS, Conduct(5, 5, 4)) == 0.0


@pytest.mark.parametrize("thread", [5, 10, 16, 40])
def test_facts_about_the_account_and_a_busy_thread_do_not_reach_the_threshold(thread: int) -> None:
    assert 0 < score(SUSPICIOUS, Conduct(3, thread, thread)) < 0.5


def test_a_new_supporter_with_two_comments_is_not_flagged() -> None:
    assert score(Profile(age_days=0.2, followers=0, following=3, posts=2, default_picture=True), None) == 0.0
    assert (
        score(Profile(age_days=0.2, followers=0, following=3, posts=2, default_picture=True), Conduct(2, 2, 2)) == 0.0
    )


def test_an_anonymous_account_that_joins_a_conversation_is_not_flagged() -> None:
    nobody = Profile(age_days=20, followers=1, following=12, posts=40, default_picture=True)
    assert score(nobody, Conduct(6, 9, 8, compared=7, repeats=0)) < 0.1


def test_a_busy_regular_is_not_flagged() -> None:
    assert score(OLD, REGULAR) < SAID_FROM
    assert score(replace(OLD, default_picture=True), REGULAR) < SAID_FROM
    assert result(Account(OLD, REGULAR)).because == {}


def test_no_single_part_is_enough() -> None:
    weights = {name: value for name, value in vars(weighing).items() if isinstance(value, Weight)}
    assert len(weights) == 8
    assert max(weight.most for weight in [*weights.values()]) < -weighing.BASE
    assert weighing.PICTURE < weighing.PROFILE_MOST < -weighing.BASE
    for alone in (
        {"compared": 40, "repeats": 40},
        {"gap_seconds": 60, "unevenness": 0},
        {"delay_seconds": 1, "delays": 9},
    ):
        assert 0 < score(Profile(), Conduct(1, 30, 30, **alone)) < 0.5


RISING: Mapping[str, list[Any]] = {
    "hour": [0, 5, 12, 30, 60, 150],
    "day": [20, 50, 100, 200],
    "thread": [1, 4, 5, 9, 16, 50],
    "repeats": [0, 5, 10, 20, 40],
}
FALLING: Mapping[str, list[Any]] = {
    "compared": [40, 60, 100],
    "unevenness": [0.0, 0.1, 0.3, 0.7, 2.0],
    "delay_seconds": [0.0, 3.0, 20.0, 70.0, 4_000.0],
}
MIDDLING = Conduct(20, 50, 12, compared=40, repeats=20, gap_seconds=90, unevenness=0.4, delay_seconds=20, delays=3)


@pytest.mark.parametrize("fact", [*RISING, *FALLING])
def test_the_score_goes_one_way_with_each_fact_of_conduct(fact: str) -> None:
    values = RISING[fact] if fact in RISING else FALLING[fact][::-1]
    scores = [score(Profile(age_days=100), replace(MIDDLING, **{fact: value})) for value in values]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


@pytest.mark.parametrize(
    ("fact", "values"),
    [
        ("age_days", [4_000.0, 365.0, 100.0, 7.0, 0.5]),
        ("followers", [10_000, 200, 30, 0]),
        ("following", [0, 50, 900, 9_000]),
        ("posts", [0, 3_000, 9_000, 90_000]),
        ("default_picture", [False, True]),
    ],
)
def test_the_score_goes_one_way_with_each_fact_of_the_profile(fact: str, values: list[Any]) -> None:
    plain = Profile(age_days=300, followers=20, following=600, posts=3_000, default_picture=False)
    scores = [score(replace(plain, **{fact: value}), MIDDLING) for value in values]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


@pytest.mark.parametrize("fact", ["age_days", "followers", "following", "posts", "default_picture"])
def test_what_a_platform_does_not_tell_speaks_for_nothing(fact: str) -> None:
    assert score(replace(SUSPICIOUS, **{fact: None}), MIDDLING) <= score(SUSPICIOUS, MIDDLING)
    assert score(Profile(), MIDDLING) == score(OLD, MIDDLING)


def test_the_documented_weights_are_those_that_count() -> None:
    told = Path(__file__).parents[2].joinpath("docs", "automation.md").read_text("utf-8")
    table = told.partition("| adds nothing at |")[2].partition("\n\n")[0]
    rows = [[cell.strip().split(" ")[0] for cell in line.split("|")[2:5]] for line in table.splitlines()[2:-1]]
    conduct = [weighing.HOUR, weighing.DAY, weighing.REPEATS, weighing.UNEVENNESS, weighing.DELAY]
    profile = [weighing.AGE, weighing.POSTS, weighing.FOLLOWING]
    assert [Weight(*map(float, row)) for row in rows] == conduct + profile
    assert f"| {weighing.PICTURE} |" in table
    assert f"starts at −{-weighing.BASE}" in told
    assert f"add no more than {weighing.PROFILE_MOST}" in told


def test_the_parts_add_up_to_the_score() -> None:
    weighed = weigh(Account(Profile(age_days=30, default_picture=True), MIDDLING))
    odds = weighing.BASE + sum(part.weight for part in weighed.parts)
    assert weighed.machine == pytest.approx(1 / (1 + np.exp(-odds)))
    assert weighed.score == weighed.machine * weighed.swamps
    assert [part.weight for part in weighed.parts] == sorted((part.weight for part in weighed.parts), reverse=True)


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (Account(SUSPICIOUS, Conduct(60, 100, 60)), "60 comments came within an hour"),
        (Account(SUSPICIOUS, Conduct(60, 60, 60)), "the account is less than a day old"),
        (Account(Profile(age_days=1.4), Conduct(60, 60, 60)), "the account is 1 day old"),
        (Account(OLD, Conduct(200, 200, 200)), "wrote 200 or more comments under one post"),
        (Account(OLD, replace(MACHINE, repeats=0)), "the first came within about 4 seconds of the post under 5 posts"),
        (Account(OLD, replace(MACHINE, repeats=0, gap_seconds=7_300)), "about every 2 hours"),
        (Account(OLD, replace(MACHINE, repeats=0, gap_seconds=601)), "about every 10 minutes"),
    ],
)
def test_the_strongest_reasons_are_said_with_their_numbers(account: Account, words: str) -> None:
    sentence = result(account).because["automation"]
    assert words in sentence
    assert sentence[0].isupper()
    assert sentence.endswith(".")


def test_without_context_nothing_is_scored_and_where_it_failed_nothing_is_said() -> None:
    [nobody_looked] = load().classify([Item("Vote vote vote")])
    assert nobody_looked == Result({"automation": 0.0})
    with pytest.raises(NotGathered):
        load().classify([Item("Hello", around=(Missing("Account", "locked"),))])


# The comparison with labelled accounts


def _write(folder: Path, kind: str, band: str, rows: list[str]) -> None:
    head = "user_tweeted,follower_friend_ratio,tweet_frequency,age_of_account_in_days,source_identity"
    (folder / f"{kind}.{band}.csv").write_text("\n".join([head, *rows]), "utf-8")


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Accounts that are easily told apart: the automated ones are young, and publish without a pause."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    draw = np.random.default_rng(3)
    for band in BANDS:
        young = [f" {draw.integers(9)}, 0.01, {draw.uniform(150, 300)}, {draw.uniform(1, 9)},[2;0]" for _ in range(12)]
        old = [f" {draw.integers(9)}, -2.0, {draw.uniform(0, 3)}, {draw.uniform(900, 1500)},[2]" for _ in range(18)]
        _write(folder, "bots", band, young)
        _write(folder, "humans", band, old)
    return tmp_path


def test_every_account_is_judged_once_by_what_never_saw_it(labelled: Path) -> None:
    accounts = validation.load(labelled)
    for splits in (list(validation.within(accounts, 1)), list(validation.across(accounts))):
        judged = np.concatenate([judged for _, judged in splits])
        assert sorted(judged.tolist()) == list(range(len(accounts.automated)))
        assert all(not set(train.tolist()) & set(judged.tolist()) for train, judged in splits)
    for train, judged in validation.across(accounts):
        assert set(accounts.band[train].tolist()).isdisjoint(accounts.band[judged].tolist())


@pytest.mark.parametrize("learner", [validation.shipped, validation.fitted])
def test_accounts_that_are_easily_told_apart_are(labelled: Path, learner: validation.Learner) -> None:
    accounts: Accounts = validation.load(labelled)
    answers = validation.found(accounts, learner, validation.across(accounts))
    measured = validation.measure(answers, accounts.automated, seed=0)
    assert measured.f1 > 0.95


def test_a_measure_lies_in_its_interval() -> None:
    automated = np.arange(100) < 40
    answers = np.arange(100) % 2 == 0
    measured = validation.measure(answers, automated, seed=0)
    assert measured.f1 == pytest.approx(2 * 20 / 90)
    assert 0.25 < measured.low < measured.f1 < measured.high < 0.65


def test_a_set_that_is_not_there_is_missed_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validation.main(["--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
