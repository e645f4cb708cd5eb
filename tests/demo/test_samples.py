"""The demonstration's posts and comments hang together, and are the mixture a real page gets.

`expected.yaml`, beside this file, says what a careful person would make of each comment. It is not
shipped: the service must find out for itself.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

Entry = dict[str, Any]

CHANNELS = {"page", "site"}
POST_FIELDS = {"key", "channel", "title", "text", "permalink"}
COMMENT_FIELDS = {"key", "channel", "post", "author", "text", "minutes_ago"}
OPTIONAL_COMMENT_FIELDS = {"parent", "language"}
TEN_DAYS = 10 * 24 * 60
LONGEST = 10_000

#: What each verdict in `expected.yaml` counts towards. Scripts and tongues no machine here reads are ordinary talk.
KINDS = {
    "fine:ordinary": "ordinary",
    "person:other_language": "ordinary",
    "person:unreadable": "ordinary",
    "fine:criticism": "criticism",
    "fine:idiom": "idiom",
    "breach:spam": "spam",
    "breach:advertising": "spam",
    "breach:gibberish": "spam",
    "breach:harassment": "harassment",
    "breach:personal_data": "harassment",
    "breach:threat": "threat",
    "breach:discrimination": "discrimination",
    "breach:sexual": "crude",
    "breach:profanity": "crude",
    "breach:repetition": "repetition",
    "person:help_request": "help",
    "person:deflection": "deflection",
    "person:accusation": "claims",
    "person:misinformation": "claims",
}

#: Least and most of each kind, in hundredths of all comments.
BOUNDS = {
    "ordinary": (40, 50),
    "criticism": (20, 30),
    "spam": (6, 11),
    "harassment": (4, 8),
    "threat": (3, 6),
    "discrimination": (3, 6),
    "crude": (2, 5),
    "idiom": (2, 5),
    "repetition": (2, 4),
    "help": (1, 3),
    "deflection": (1, 3),
    "claims": (0.5, 2),
}


def shipped(name: str) -> list[Entry]:
    text = resources.files("moderator").joinpath("demo", name).read_bytes().decode("utf-8")
    entries: list[Entry] = yaml.safe_load(text)
    return entries


@pytest.fixture(scope="module")
def posts() -> dict[str, Entry]:
    return {post["key"]: post for post in shipped("posts.yaml")}


@pytest.fixture(scope="module")
def comments() -> dict[str, Entry]:
    return {comment["key"]: comment for comment in shipped("comments.yaml")}


@pytest.fixture(scope="module")
def expected() -> dict[str, str]:
    verdicts: dict[str, str] = yaml.safe_load(Path(__file__).with_name("expected.yaml").read_text("utf-8"))
    return verdicts


@pytest.fixture(scope="module")
def every_text(posts: dict[str, Entry], comments: dict[str, Entry]) -> list[str]:
    return list(strings([*posts.values(), *comments.values()]))


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


@pytest.mark.parametrize("name", ["posts.yaml", "comments.yaml"])
def test_no_two_entries_share_a_key(name: str) -> None:
    keys = Counter(entry["key"] for entry in shipped(name))
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_post_says_where_it_stands_and_what_it_is_about(posts: dict[str, Entry]) -> None:
    assert 10 <= len(posts) <= 12
    for key, post in posts.items():
        assert set(post) == POST_FIELDS, key
        assert re.match(r"https://(\w+\.)?example\.org/", post["permalink"]), key
        assert 2 <= len(re.findall(r"[.!?](?=\s|$)", post["text"])) <= 4, key
    assert {post["channel"] for post in posts.values()} == CHANNELS
    assert len({post["permalink"] for post in posts.values()}) == len(posts)


def test_every_comment_has_the_fields_the_demonstration_reads(comments: dict[str, Entry]) -> None:
    for key, comment in comments.items():
        assert COMMENT_FIELDS <= set(comment) <= COMMENT_FIELDS | OPTIONAL_COMMENT_FIELDS, key
        assert set(comment["author"]) == {"id", "name", "handle"}, key
        assert all(isinstance(text, str) and text.strip() for text in strings(comment)), key
        assert 0 < len(comment["text"]) <= LONGEST, key


def test_a_comment_stands_under_a_post_of_its_own_channel(posts: dict[str, Entry], comments: dict[str, Entry]) -> None:
    assert all(comment["channel"] == posts[comment["post"]]["channel"] for comment in comments.values())
    threads = Counter(comment["post"] for comment in comments.values())
    assert min(threads[key] for key in posts) >= 10


def test_a_reply_is_to_an_earlier_comment_under_the_same_post(comments: dict[str, Entry]) -> None:
    replies = [comment for comment in comments.values() if "parent" in comment]
    assert len(replies) >= 20
    for reply in replies:
        parent = comments[reply["parent"]]
        assert parent["post"] == reply["post"], reply["key"]
        assert parent["minutes_ago"] > reply["minutes_ago"], reply["key"]


def test_comments_are_a_few_minutes_to_ten_days_old(comments: dict[str, Entry]) -> None:
    ages = [comment["minutes_ago"] for comment in comments.values()]
    assert all(type(age) is int and 1 <= age <= TEN_DAYS for age in ages)
    assert min(ages) < 60
    assert max(ages) > TEN_DAYS // 2


def test_an_author_keeps_one_name_and_one_channel_and_some_return(comments: dict[str, Entry]) -> None:
    seen: defaultdict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for comment in comments.values():
        author = comment["author"]
        seen[author["id"]].add((author["name"], author["handle"], comment["channel"]))
    assert all(len(forms) == 1 for forms in seen.values())
    assert 50 <= len(seen) <= 70
    counts = Counter(comment["author"]["id"] for comment in comments.values())
    assert sum(count >= 4 for count in counts.values()) >= 10


def test_every_comment_has_an_expectation_and_no_other_key_has_one(
    comments: dict[str, Entry], expected: dict[str, str]
) -> None:
    assert list(expected) == list(comments)
    assert set(expected.values()) <= set(KINDS)
    assert not any("expect" in comment for comment in comments.values())


@pytest.mark.parametrize("kind", BOUNDS)
def test_the_mixture_is_that_of_a_real_page(kind: str, expected: dict[str, str]) -> None:
    assert 180 <= len(expected) <= 230
    share = 100 * sum(KINDS[verdict] == kind for verdict in expected.values()) / len(expected)
    least, most = BOUNDS[kind]
    assert least <= share <= most


def test_repetition_is_the_same_text_again_and_nothing_else_repeats(
    comments: dict[str, Entry], expected: dict[str, str]
) -> None:
    texts = Counter(comment["text"] for comment in comments.values())
    repeated = {key for key, comment in comments.items() if texts[comment["text"]] > 1}
    assert repeated == {key for key, verdict in expected.items() if verdict == "breach:repetition"}


def test_all_text_is_composed_unicode_that_utf_8_can_carry(every_text: list[str]) -> None:
    for text in every_text:
        assert text.encode("utf-8").decode("utf-8") == text
        assert unicodedata.is_normalized("NFC", text)
        assert "\0" not in text


def test_every_link_leads_to_a_name_kept_for_examples(posts: dict[str, Entry], comments: dict[str, Entry]) -> None:
    texts = [entry["text"] for entry in (*posts.values(), *comments.values())]
    hosts = [host for text in texts for host in re.findall(r"\b(?:[\w-]+\.)+[A-Za-z]{2,}\b", text)]
    assert len(hosts) >= 10
    assert all(host.endswith((".example", ".example.org")) for host in hosts)


def test_every_telephone_number_is_from_the_range_kept_for_drama(every_text: list[str]) -> None:
    numbers = [
        re.sub(r"\D", "", number).removeprefix("44").removeprefix("0")
        for text in every_text
        for number in re.findall(r"\+?\d(?:[ -]?\d){8,}", text)
    ]
    assert len(numbers) >= 3
    assert all(re.fullmatch(r"7700900\d{3}", number) for number in numbers)


def test_the_awkward_cases_are_all_there(comments: dict[str, Entry]) -> None:
    texts = [comment["text"] for comment in comments.values()]
    assert Counter(c["language"] for c in comments.values() if "language" in c) == {"cy": 1, "pl": 1, "ar": 1}
    assert any("<script>alert(1)</script>" in text for text in texts)
    assert any(comment["author"]["name"] == "<b>Bob</b>" for comment in comments.values())
    assert any(len(comment["author"]["name"]) >= 80 for comment in comments.values())
    assert any(len(text) > 3_000 for text in texts)
    assert any("\u202e" in text for text in texts)
    assert any(not any(char.isalnum() for char in text) for text in texts)
    assert any(len(word) >= 80 for text in texts for word in text.split())
