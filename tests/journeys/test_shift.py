"""Ten moderators at work on one queue, over HTTP: nothing fails, nothing is decided twice, nothing stays unseen."""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
import pytest

from moderator import accounts
from moderator.domain.vocabulary import Role
from tests.journeys.conftest import Home, Office, eventually

_MODERATORS = 10
_COMMENTS = 100

#: No machine reads this, so each of them waits for a person.
_WORDLESS = "🎈 🎈 🎈 {number}"


@pytest.mark.timeout(240)
def test_ten_moderators_share_a_queue_without_stepping_on_each_other(home: Home) -> None:
    office = home.settle()
    home.serve()
    office.deliver([{"external_id": f"c-{n}", "text": _WORDLESS.format(number=n)} for n in range(_COMMENTS)])
    waiting = "SELECT count(*) FROM cases WHERE office_id = :office AND state = 'open' AND lane <> 'platform'"
    eventually(lambda: office.count(waiting) == _COMMENTS)
    shifts = [_Shift(home.url, _session(office, number), number) for number in range(_MODERATORS)]
    with ThreadPoolExecutor(_MODERATORS) as pool:
        list(pool.map(_Shift.work, shifts))

    answers = sum((shift.answers for shift in shifts), Counter[int]())
    assert not [status for status in answers if status >= 500], answers
    assert set(answers) <= {200, 303, 409}, "nothing but pages, decisions and refusals that name who was first"
    assert office.count(waiting) == 0
    unseen = "SELECT count(*) FROM cases WHERE office_id = :office AND lane <> 'platform' AND first_seen_at IS NULL"
    assert office.count(unseen) == 0
    decided = """
        SELECT comment_id FROM decisions WHERE office_id = :office AND maker = 'person' AND state = 'made'
    """
    by_people = [row[0] for row in office.rows(decided)]
    assert len(by_people) == len(set(by_people)) == _COMMENTS
    assert sum(shift.decided for shift in shifts) == _COMMENTS, "each was told of just what they decided"
    assert sum(1 for shift in shifts if shift.decided) == _MODERATORS, "everybody had something to do"
    assert "every hash holds" in home.run("audit", "verify")


def _session(office: Office, number: int) -> str:
    with office.database.write() as session:
        member = accounts.add_member(session, office.id, f"m{number}@example.org", f"Member {number}", Role.MODERATOR)
        return accounts.open_session(session, member.id)


@dataclass(slots=True)
class _Form(HTMLParser):
    """The form that decides, and the cases that the page leads to."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    offers_hiding: bool = False
    _inside: bool = False

    @classmethod
    def of(cls, page: str) -> "_Form":
        form = cls()
        HTMLParser.__init__(form)
        form.feed(page)
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "decide" in given.get("class", "").split()
            self.action = given["action"] if self._inside else self.action
        elif tag == "a" and given.get("href", "").startswith("/review/cases/"):
            self.cases.append(given["href"])
        elif self._inside and tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"]] = given.get("value", "")
        elif self._inside and tag == "option" and given.get("value"):
            self.rules.append(given["value"])
        elif self._inside and tag == "button" and given.get("value") == "hide":
            self.offers_hiding = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"


@dataclass(slots=True)
class _Shift:
    """One moderator with a browser: looks at the queue, opens a case, decides, goes where the answer leads."""

    url: str
    token: str
    number: int
    decided: int = 0
    answers: Counter[int] = field(default_factory=Counter)

    def work(self) -> None:
        chance = random.Random(self.number)
        with self._browser() as browser:
            while cases := _Form.of(self._get(browser, "/review").text).cases:
                page = self._get(browser, chance.choice(cases[:20]))
                # From case to case, as long as each answer leads to the next one.
                while (form := _Form.of(page.text)).action:
                    page = self._decide(browser, form, chance)

    def _decide(self, browser: httpx.Client, form: _Form, chance: random.Random) -> httpx.Response:
        hides = form.offers_hiding and chance.random() < 0.3
        choice = {"verbs": "hide", "rule_id": form.rules[0]} if hides else {"verbs": "keep"}
        answer = browser.post(form.action, data=form.fields | choice)
        self.answers[answer.status_code] += 1
        if answer.status_code == 303:
            self.decided += 1
            return self._get(browser, urljoin(form.action, answer.headers["location"]))
        return answer

    def _get(self, browser: httpx.Client, path: str) -> httpx.Response:
        answer = browser.get(path)
        self.answers[answer.status_code] += 1
        while answer.status_code == 303:
            answer = browser.get(answer.headers["location"])
            self.answers[answer.status_code] += 1
        return answer

    @contextmanager
    def _browser(self) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.url, cookies={"session": self.token}, timeout=60) as browser:
            yield browser
