"""The published guidelines, as anybody may read them."""

import hashlib
import json
import re
import tomllib
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient

from guidelines.load import load_text
from guidelines.schema import GuidelineSet
from moderator import clock, publishing
from moderator.queries.guidelines_page import shown
from moderator.runtime import Runtime
from moderator.storage.database import Database
from tests.fakes import office
from tests.fakes.everything import everything, with_texts
from tests.fakes.office import GUIDELINES, HOSTILE
from tests.fakes.pages import plain
from tests.webui.conftest import Cast, ChannelOf, SignedIn
from webui import sharing, words
from webui.words.rules import Telling

HERE = "/guidelines/office-of-alice-archer"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: the reads behind them are tested on both."""
    return sqlite_url


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    return replace(runtime, classifiers=office.Room())


@pytest.fixture
def published(database: Database, cast: Cast) -> None:
    """Two versions: the second says that threats are noticed earlier."""
    with database.write() as session:
        office.publish(session, cast.office_id)
        office.publish(session, cast.office_id, GUIDELINES.replace("review: 0.6", "review: 0.55"))


pytestmark = pytest.mark.usefixtures("published")


def test_the_version_in_force_is_at_the_office_s_address(visitor: FlaskClient) -> None:
    page = plain(visitor.get(HERE).text)
    assert "Version 2. In force since" in page
    for part in (
        "Everybody is welcome here.",
        "Do not threaten anybody.",
        "Ten to four.",
        "Two of our staff.",
        "Write to us.",
    ):
        assert part in page


def test_each_version_stays_at_its_own_address(visitor: FlaskClient) -> None:
    first = plain(visitor.get(f"{HERE}/v/1").text)
    assert "This is an earlier version." in first
    assert "asks a person from 60%" in first
    assert "asks a person from 55%" in plain(visitor.get(f"{HERE}/v/2").text)


def test_each_rule_has_an_anchor_of_its_own(visitor: FlaskClient) -> None:
    page = visitor.get(HERE).text
    assert re.findall(r'id="(rule-\w+)"', page) == ["rule-2a", "rule-2b", "rule-2c"]


def test_each_rule_says_what_the_machine_does_and_what_people_do(visitor: FlaskClient) -> None:
    page = plain(visitor.get(HERE).text)
    assert "The program hides a comment by itself when it is at least 90% sure" in page
    assert "The program only points comments out to our moderators, from 50% sure." in page
    assert "No machine test exists for this rule; our moderators judge it." in page
    assert "We hide the comment. We may report it to the police." in page
    assert "We may hide the comment. We may delete it." in page


def test_a_principle_is_shown_and_said_to_be_no_ground(visitor: FlaskClient) -> None:
    page = plain(visitor.get(HERE).text)
    assert "No comment is acted on for falling short of these. Respect" in page


def test_mark_up_in_the_rules_shows_as_text(visitor: FlaskClient) -> None:
    page = visitor.get(HERE).text
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;") >= 3


def test_the_json_is_the_very_bytes_that_the_hash_is_of(visitor: FlaskClient) -> None:
    answer = visitor.get(f"{HERE}/v/1.json")
    digest = hashlib.sha256(answer.data).hexdigest()
    assert answer.headers["ETag"] == f'"{digest}"'
    assert digest in visitor.get(f"{HERE}/v/1").text
    assert json.loads(answer.data)["rules"][0]["id"] == "2a"
    assert answer.headers["Content-Type"] == "application/json"


def test_the_yaml_reads_back_as_the_same_rules(visitor: FlaskClient) -> None:
    assert load_text(visitor.get(f"{HERE}/v/1.yaml").text) == load_text(GUIDELINES)


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_who_has_the_version_already_gets_nothing_again(visitor: FlaskClient, form: str) -> None:
    first = visitor.get(f"{HERE}.{form}")
    again = visitor.get(f"{HERE}.{form}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert visitor.get(f"{HERE}/v/1.{form}", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_numbered_version_may_be_kept_for_ever_and_the_current_one_for_minutes(visitor: FlaskClient) -> None:
    assert "max-age=31536000" in visitor.get(f"{HERE}/v/1.json").headers["Cache-Control"]
    assert "max-age=300" in visitor.get(f"{HERE}.json").headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/guidelines/nobody",
        "/guidelines/office-of-charlie-church",
        f"{HERE}/v/3",
        f"{HERE}/v/0",
        f"{HERE}/v/9999999",
        f"{HERE}/v/1.xml",
        "/guidelines/nobody.json",
    ],
)
def test_what_was_never_published_is_not_found(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_an_office_that_is_not_there_has_no_code_and_no_texts_to_pin(visitor: FlaskClient) -> None:
    for path in (
        "/g/nobody",
        "/g/nobody/qr.svg",
        "/g/nobody/qr.png",
        "/guidelines/nobody/share",
        f"{HERE}/v/9/changes",
    ):
        answer = visitor.get(path)
        assert answer.status_code == 404, path
        assert "No office has this address." in answer.text or "There is no version 9" in answer.text


def test_a_visitor_sees_nothing_of_the_rooms_behind(visitor: FlaskClient) -> None:
    page = visitor.get(HERE).text
    assert "Sign out" not in page
    assert "/review" not in page


# ---- when which version holds ----


def _publish(database: Database, cast: Cast, guidelines: GuidelineSet, *, in_days: float = 0, **said: str) -> int:
    """The number of the version."""
    starts = clock.now() + timedelta(days=in_days) if in_days else None
    with database.write() as session:
        return publishing.publish(session, cast.office_id, guidelines, effective_at=starts, **said).number


def test_a_version_to_come_is_announced_and_is_not_in_force(
    visitor: FlaskClient, database: Database, cast: Cast
) -> None:
    assert _publish(database, cast, everything(), in_days=9) == 3
    current = visitor.get(HERE).text
    assert "Version 2. In force since" in plain(current)
    assert "The guidelines are about to change. Read version 3, which takes effect on" in plain(current)
    assert f'href="{HERE}/v/3/changes"' in current
    upcoming = plain(visitor.get(f"{HERE}/v/3").text)
    assert "Version 3. Takes effect on" in upcoming
    assert "This version is not in force yet. Read the version in force" in upcoming
    assert re.search(r"Version 3\. Takes effect on \d+ \w+ \d+\. What changed in version 3 Version 2\.", upcoming)
    assert "The guidelines are about to change." not in upcoming


def test_a_version_takes_over_by_itself_when_its_day_has_come(
    visitor: FlaskClient, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(database, cast, everything(), in_days=9)
    before = visitor.get(HERE)
    later = clock.now() + timedelta(days=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    page = visitor.get(HERE, headers={"If-None-Match": before.headers["ETag"]})
    assert page.status_code == 200
    assert "Version 3. In force since" in plain(page.text)
    assert re.search(r"Version 2\. In force from \d+ \w+ \d+ to \d+ \w+ \d+\.", plain(page.text))


def test_an_office_whose_first_version_is_to_come_shows_that_one(
    visitor: FlaskClient, database: Database, cast: Cast
) -> None:
    with database.write() as session:
        starts = clock.now() + timedelta(days=3)
        publishing.publish(session, cast.other_office_id, everything(), effective_at=starts)
    page = visitor.get("/guidelines/office-of-charlie-church")
    assert "This version is not in force yet." in plain(page.text)
    assert "Read the version in force" not in page.text


def test_that_two_people_agreed_is_public_and_who_they_are_is_not(
    visitor: FlaskClient, database: Database, cast: Cast
) -> None:
    assert "Two people agreed" not in visitor.get(HERE).text
    _publish(database, cast, everything(), approved_by=cast.leo.id, note=f"Because of May {HOSTILE}")
    page = visitor.get(HERE).text
    assert "Two people agreed to it before it was published." in plain(page)
    assert "What we say about this version: Because of May" in plain(page)
    assert HOSTILE not in page
    for member in (cast.leo, cast.alice):
        assert member.id not in page
        assert member.name not in re.sub("Alice Archer", "", page)


def test_a_decision_leads_to_its_rule_in_the_version_it_was_made_under(
    signed_in: SignedIn, database: Database, cast: Cast, channel_of: ChannelOf
) -> None:
    channel_id = channel_of(cast.office_id)
    with database.write() as session:
        seen = office.suggest(session, office.say(session, channel_id, "I will find you."))
    _publish(database, cast, everything())
    alice = signed_in(cast.alice)
    case = alice.get(f"/review/cases/{seen.case_id}").text
    addresses = re.findall(rf'href="({HERE}/v/\d+#rule-2a)"', case)
    assert addresses == [f"{HERE}/v/2#rule-2a"] * 2, "at why, and in what happened"
    published = alice.get(addresses[0]).text
    assert 'id="rule-2a"' in published
    assert "asks a person from 55%" in plain(published)


# ---- what a set says ----


@pytest.fixture
def page_of_everything(visitor: FlaskClient, database: Database, cast: Cast) -> str:
    _publish(database, cast, everything())
    return visitor.get(HERE).text


@pytest.mark.parametrize(
    "sentence",
    [
        "What the pages are for News about our work in Thornbury Vale.",
        "Pages and accounts Rowan Ellery on Facebook thornburyvale.example",
        "What we look at comments, replies and posts that mention us.",
        "What nobody watches direct messages and reviews. Do not use these to reach us.",
        "Languages we moderate in English and Welsh",
        "The spring election From 22 March 2027 to 6 May 2027.",
        "Who it protects the representative, the representative's family and our staff.",
        "It covers attacks for age, disability and race: characteristics that the Equality Act 2010 protects. "
        "It also covers attacks for ethnicity.",
        "What it does not reach Criticism of a religion as such. Telling what happened to oneself.",
        "We hide the comment. We may report it to the police.",
        "We delete it. We may block the author for 30 days.",
        "After 2 comments within a year that people found to break this rule: We may block the author for 90 days.",
        "One of us decides. The rule is broken where anybody could see that it is. We aim to look within one hour.",
        "Two of us decide together. Whether it is broken is a matter of judgement: it is enough that we feel it is. "
        "Opinions could be at stake here: the program never acts by itself",
        "It takes a fact about the author that one of us recorded, with the source. We never guess.",
        "We tell the author before we act. The reason we give: You posted the same thing again and again.",
        "We do not tell the author. Why not: A note would only draw attention.",
        "Where to turn instead Your own representative is at members.example.",
        "How to reach us Write to office@ellery.example or to 4 Weir Lane, Thornbury.",
        "Who moderates Priya Shah and Tom Reed of our staff.",
        "When we look Working days from 10:00 to 16:00.",
        "By when Ask within 30 days of the decision.",
        "Who looks again A member of staff who did not decide.",
        "When you will hear We answer within 14 days.",
        "Replies We do not answer every comment.",
        "What we keep A picture of what we hid is kept for a year.",
        "Privacy We keep no more than a decision needs.",
        "Changes We tell you here two weeks before we change these rules.",
        "Next look at these guidelines By 30 June 2027.",
    ],
)
def test_the_page_says_all_that_the_set_says(page_of_everything: str, sentence: str) -> None:
    assert sentence in plain(page_of_everything)


@pytest.mark.parametrize(
    "sentence",
    [
        # a label, and labels that ask a person alone
        "The program hides a comment by itself when it is at least 90% sure, and asks a person from 60%. "
        "The comment looks like a threat.",
        "The comment looks like discrimination. Nothing measures this here at present.",
        # words, links and counts that are enough, and what is not
        "The comment has one of these words: “kettlehead” or “teapot face”. "
        "That is enough for the program to hide the comment.",
        "The comment has a link. Links to these sites are always fine: “gov.uk” or “parliament.uk”.",
        "The author posted the same text under at least 3 posts within 7 days, this one counted.",
        "There were at least 20 comments on all our pages within one hour, whoever wrote them, this one counted.",
        # facts that never act by themselves
        "It looks for all of these together: The comment was posted between 22 March 2027 and 6 May 2027: "
        "The spring election. The comment links to one of these sites: “party.example”. "
        "Comments under the post are limited.",
        "One of us has recorded, with the source, that the author neither lives nor works in the constituency. "
        "The program never guesses it.",
        "It does not count where this holds: The comment looks like a request for help.",
        # and all of it together
        "The program may hide a comment by itself under these rules: 2a Threats 2b Attacks on who people are 2c Links",
        "The program points comments out under these rules, and people decide: 2d The same again "
        "3a Campaigning before an election 3b People from elsewhere",
        "No program tests these rules. People notice and judge: 4 Private matters",
    ],
)
def test_the_page_says_what_the_machine_looks_for(page_of_everything: str, sentence: str) -> None:
    assert sentence in plain(page_of_everything)


def test_thresholds_of_exceptions_are_not_given_as_those_of_the_rule(
    visitor: FlaskClient, database: Database, cast: Cast
) -> None:
    condition = "condition: {all: [{label: threat}, {not: {label: spam, review: 0.1}}]}"
    rules = load_text(GUIDELINES.replace("condition: {label: threat}", condition))
    _publish(database, cast, rules)
    page = plain(visitor.get(HERE).text)
    assert "hides a comment by itself when it is at least 90% sure, and asks a person from 60%" in page
    assert "It does not count where this holds: The comment looks like spam. This counts from 10% sure." in page


def test_an_exception_that_nobody_measures_leaves_hiding_to_people(
    visitor: FlaskClient, database: Database, cast: Cast
) -> None:
    condition = "condition: {all: [{label: threat}, {not: {label: help_request}}]}"
    _publish(database, cast, load_text(GUIDELINES.replace("condition: {label: threat}", condition)))
    page = plain(visitor.get(HERE).text)
    assert "The program only points comments out to our moderators, from 60% sure. People decide." in page
    assert "The comment looks like a request for help. Nothing measures this here at present." in page
    assert "hides a comment by itself" not in page


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2027-03-21", "From 22 March 2027 to 6 May 2027."),
        ("2027-03-22", "From 22 March 2027 to 6 May 2027. This is now."),
        ("2027-05-06", "From 22 March 2027 to 6 May 2027. This is now."),
        ("2027-05-07", "From 22 March 2027 to 6 May 2027. This is over."),
    ],
)
def test_a_period_says_whether_it_is_now(day: str, said: str) -> None:
    noon = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    telling = Telling(shown(everything(), frozenset(), "Europe/London", noon))
    assert telling.period(everything().period("spring")) == said


# ---- what people type is text ----

NASTY = "</p></textarea><script>alert(1)</script><img src=x onerror=alert(1)>\"'{n}{title.__class__}%(x)s&amp;"


class _Elements(HTMLParser):
    """The elements of a page, each with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", ["", "/v/3", "/v/3/changes", "/share"])
def test_hostile_texts_in_every_field_are_shown_as_text(
    visitor: FlaskClient, database: Database, cast: Cast, path: str
) -> None:
    hostile = with_texts(everything(), NASTY)
    assert _publish(database, cast, hostile, note=NASTY) == 3
    page = visitor.get(HERE + path).text
    elements = _Elements(page).found
    scripts = [attributes.get("src") for tag, attributes in elements if tag == "script"]
    assert all(source and source.startswith("/static/") for source in scripts)
    assert [attributes["src"] for tag, attributes in elements if tag == "img"] in (
        [],
        ["/g/office-of-alice-archer/qr.svg"],
    )
    assert not [attributes for _, attributes in elements if any(name.startswith("on") for name in attributes)]
    assert NASTY[:40] in plain(re.sub(r"<(/?)textarea[^>]*>", "", page)) or path in ("/share",)


# ---- in other languages ----


@pytest.fixture
def marked_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A language whose every text is ⟦bracketed⟧, in a file of its own and nowhere else."""
    english = (words.FOLDER / "en.toml").read_text("utf-8")
    entries = tomllib.loads(english)
    entries["dates"]["months"] = [f"⟦{month}⟧" for month in entries["dates"]["months"]]
    lines = []
    for table, names in entries.items():
        lines.append(f"[{table}]")
        for name, entry in names.items():
            as_it_is = f"{table}.{name}" in ("numbers.thousands", "dates.months", "plurals.one")
            lines.append(f"{name} = {_toml(entry if as_it_is else _bracketed(entry))}")
    theirs = "\n".join(lines).replace('"⟦en-GB⟧"', '"xx"').replace('"⟦ltr⟧"', '"rtl"')
    (tmp_path / "en.toml").write_text(english, "utf-8")
    (tmp_path / "xx.toml").write_text(theirs, "utf-8")
    monkeypatch.setattr(words, "FOLDER", tmp_path)


def _bracketed(entry: Any) -> Any:
    if isinstance(entry, dict):
        return {name: _bracketed(inner) for name, inner in entry.items()}
    return f"⟦{entry}⟧"


def _toml(entry: Any) -> str:
    if isinstance(entry, dict):
        return "{" + ", ".join(f"{name} = {_toml(inner)}" for name, inner in entry.items()) + "}"
    return json.dumps(entry, ensure_ascii=False)


def test_a_language_needs_its_file_and_nothing_else(
    visitor: FlaskClient, database: Database, cast: Cast, marked_words: None
) -> None:
    """Take away what the file says, and only the office's own words, numbers and addresses are left."""
    theirs = with_texts(replace(everything(), language="xx"), "θ")
    _publish(database, cast, theirs, note="θ")
    for path in ("", "/share"):
        page = visitor.get(HERE + path).text
        assert 'lang="xx" dir="rtl"' in page
        said = plain(re.sub(r"<code>.*?</code>", "", page))
        while (less := re.sub(r"⟦[^⟦⟧]*⟧", " ", said)) != said:
            said = less
        left = re.sub(r"http://\S+|\b\w+ \d+ θ|\b\d\w?\b", "", said)
        assert set(re.findall(r"[^\W\d_]+", left)) <= {"θ"}, path
    english = visitor.get(f"{HERE}/v/1").text
    assert 'lang="en-GB" dir="ltr"' in english
    assert "⟦" not in english


def test_a_set_in_a_language_nobody_wrote_is_marked_as_what_it_is(
    visitor: FlaskClient, database: Database, cast: Cast
) -> None:
    _publish(database, cast, replace(everything(), language="cy"))
    page = visitor.get(HERE).text
    assert '<html lang="en-GB" dir="ltr">' in page
    assert '<p class="prose words" dir="auto" lang="cy">Do not threaten anybody.</p>' in page
    assert 'lang="en"' not in visitor.get(HERE).text


# ---- addresses, codes and texts to pass on ----


def test_the_short_address_leads_to_the_version_in_force_whatever_the_capitals(visitor: FlaskClient) -> None:
    for path in ("/g/office-of-alice-archer", "/g/Office-Of-Alice-Archer"):
        answer = visitor.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, HERE)


def test_the_page_has_its_short_and_its_permanent_address_and_the_code(visitor: FlaskClient) -> None:
    page = visitor.get(HERE).text
    assert "http://moderator.test/g/office-of-alice-archer</a>" in page
    assert f"http://moderator.test{HERE}/v/2</a>" in page
    assert 'alt="Square code (QR code) that leads to http://moderator.test/g/office-of-alice-archer"' in page
    assert f'<link rel="canonical" href="http://moderator.test{HERE}">' in page
    assert f'<link rel="canonical" href="http://moderator.test{HERE}/v/1">' in visitor.get(f"{HERE}/v/1").text


def test_the_code_is_black_on_white_with_its_quiet_zone(visitor: FlaskClient) -> None:
    answer = visitor.get("/g/office-of-alice-archer/qr.svg")
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    modules = int(re.search(r'viewBox="0 0 (\d+) \1"', answer.text)[1]) // 4  # type: ignore[index]
    assert (modules - 8 - 17) % 4 == 0, "four empty modules on each side of a code"
    assert 'fill="#fff"' in answer.text
    assert 'stroke="#000"' in answer.text
    picture = visitor.get("/g/office-of-alice-archer/qr.png")
    assert picture.data.startswith(b"\x89PNG")
    again = visitor.get("/g/office-of-alice-archer/qr.png", headers={"If-None-Match": picture.headers["ETag"]})
    assert again.status_code == 304


def test_texts_to_pin_say_how_long_they_are_and_where_they_fit(visitor: FlaskClient) -> None:
    page = visitor.get(f"{HERE}/share").text
    assert page.count("readonly") == 3
    shortest = "Our rules for comments: http://moderator.test/g/office-of-alice-archer"
    assert shortest in page
    assert f"{len(shortest)} characters. It fits on X, Bluesky, Threads" in plain(page)


def test_a_text_that_is_too_long_for_somewhere_says_so() -> None:
    english = words.in_language("en")
    long = sharing.pinned_texts(english, replace(everything(), title="T" * 200), "https://a.example/g/b")[2]
    assert long.text.startswith("Rowan Ellery\nTTTT")
    assert long.length == len(long.text) > 300
    assert long.too_long == ("X", "Bluesky")
    assert "&" not in sharing.pinned_texts(english, with_texts(everything(), "a <b> & c"), "https://a.example")[
        1
    ].text.replace("a <b> & c", "")


# ---- what changed ----


def test_changes_are_told_in_words(visitor: FlaskClient) -> None:
    page = plain(visitor.get(f"{HERE}/v/2/changes").text)
    assert "What changed in version 2" in page
    assert "Compared with version 1." in page
    assert "2a Threats" in page
    assert re.search(r"Stricter\. [^.]*threats from 0\.60 to 0\.55\.", page)


def test_a_text_that_was_rewritten_is_shown_word_by_word(visitor: FlaskClient, database: Database, cast: Cast) -> None:
    rewritten = GUIDELINES.replace("review: 0.6", "review: 0.55").replace("Do not threaten", "Never threaten")
    _publish(database, cast, load_text(rewritten))
    page = visitor.get(f"{HERE}/v/3/changes").text
    assert '<del><span class="visually-hidden">taken out: </span>Do not </del>' in page
    assert '<ins><span class="visually-hidden">put in: </span>Never </ins>' in page


def test_the_first_version_is_new_as_a_whole(visitor: FlaskClient) -> None:
    page = plain(visitor.get(f"{HERE}/v/1/changes").text)
    assert "This is the first version, so everything in it is new." in page


# ---- for programs, and for those who kept a page ----


def test_the_schema_is_open_to_programs_and_holds_for_what_is_published(
    visitor: FlaskClient, database: Database, cast: Cast
) -> None:
    _publish(database, cast, everything())
    answer = visitor.get("/guidelines/schema.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    jsonschema.validate(json.loads(visitor.get(f"{HERE}.json").data), json.loads(answer.data))
    again = visitor.get("/guidelines/schema.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert "</guidelines/schema.json>" in visitor.get(f"{HERE}.json").headers["Link"]


@pytest.mark.parametrize("path", ["", "/v/1", "/v/2/changes", "/share"])
def test_a_visitor_s_page_is_asked_for_again_and_sent_only_when_it_changed(
    visitor: FlaskClient, database: Database, cast: Cast, path: str
) -> None:
    first = visitor.get(HERE + path)
    assert "no-cache" in first.headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in first.headers
    kept = {"If-None-Match": first.headers["ETag"]}
    assert visitor.get(HERE + path, headers=kept).status_code == 304
    assert _publish(database, cast, everything()) == 3
    assert visitor.get(HERE + path, headers=kept).status_code == (304 if path == "/v/2/changes" else 200)


def test_a_member_s_page_is_never_kept(signed_in: SignedIn, cast: Cast) -> None:
    answer = signed_in(cast.alice).get(HERE)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
