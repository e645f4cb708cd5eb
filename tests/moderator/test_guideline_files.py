"""Guidelines that come in are read strictly, speak for our office, and are drafts; those that go out can be checked."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from guidelines import fingerprint
from guidelines.document import MAX_BYTES
from guidelines.load import load_preset, load_text
from guidelines.render import to_json, to_yaml
from guidelines.schema import GuidelineSet, Office
from moderator import drafts, guideline_files, publishing
from moderator.connectors import http
from moderator.errors import Invalid, NotAllowed
from moderator.guideline_files import Taken
from moderator.storage.database import Database
from moderator.storage.tables import GuidelineDraft, GuidelineVersion
from tests.fakes.server import Call, FakeServer, Reply
from tests.moderator.conftest import People, guideline_set

THEIRS = replace(
    load_preset("open-forum", office_name="Another office", contact="them@elsewhere.example"), title="Theirs"
)


class Shelf(FakeServer):
    """Answers with what lies at each path."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, Reply] = {}

    def answer(self, call: Call) -> Reply:
        return self.files.get(call.target, Reply(404, b"<html>"))


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Shelf() as server:
        server.files["/guidelines/town.json"] = Reply(body=fingerprint.canonical(THEIRS))
        server.files["/guidelines/town/v/3.json"] = Reply(body=fingerprint.canonical(replace(THEIRS, title="Third")))
        server.files["/shared/rules.yaml"] = Reply(body=to_yaml(THEIRS).encode())
        yield server


def _start(database: Database, people: People, taken: Taken, title: str = "") -> GuidelineDraft:
    with database.write() as session:
        return guideline_files.start_draft(session, people.alice, taken, title)


@pytest.mark.parametrize("written", [to_yaml(THEIRS), *(lead + to_json(THEIRS) for lead in ("", "\ufeff", " \n"))])
def test_a_file_is_taken_in_as_yaml_or_json(written: str) -> None:
    assert guideline_files.take_in(written.encode()).guidelines == THEIRS


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (to_yaml(THEIRS).replace("label: spam", "label: spma").encode(), r"Line \d+, column \d+: unknown label"),
        (to_json(THEIRS).replace('"spam"', '"spma"').encode(), r"rules\[\d+\]\.condition.*unknown label"),
        (b"", "the document is empty"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a" * (MAX_BYTES + 1), "longer than 256 kB"),
        (b"a: &x [1]\nb: *x\n", "anchors"),
        (b"{" * 20_000, "nested more than"),
        (b'{"a": ' * 20_000, "nested more than"),
        (b"!!python/object:os.system x", "tags"),
        (b"<html><body>hello</body></html>", "must be keys and values"),
        (b'{"name": NaN}', "cannot be used for"),
        (b'{"name": ' + b"9" * 9000 + b"}", "the document needs"),
        (b"PK\x03\x04", "cannot be shown"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_first_mistake(data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        guideline_files.take_in(data)
    assert refused.value.field == "file"


def test_a_draft_of_another_office_speaks_for_ours(database: Database, people: People) -> None:
    ours = Office("Alice Archer MP", "Member", "alice@town.example", "mornings", "two of us")
    with database.write() as session:
        publishing.publish(session, people.alice.office_id, replace(guideline_set(), office=ours))
    draft = _start(database, people, guideline_files.take_in(to_yaml(THEIRS).encode()))
    found = load_text(draft.document)
    assert (found.office, found.scope.channels) == (ours, ())
    assert (found.rules, draft.title, draft.created_by) == (THEIRS.rules, "Theirs", people.alice.id)
    assert "elsewhere.example" not in draft.document
    with database.read() as session:
        assert session.query(GuidelineVersion).count() == 1


def test_an_office_without_guidelines_lends_its_name_alone(database: Database, people: People) -> None:
    draft = _start(database, people, guideline_files.take_in(to_yaml(THEIRS).encode()), "For winter")
    assert load_text(draft.document).office == Office("Office of Alice Archer")
    assert draft.title == "For winter"


def test_a_file_of_our_own_is_kept_as_it_was_written_unless_somebody_else_serves_it(
    database: Database, people: People
) -> None:
    written = "# ours\n" + to_yaml(replace(THEIRS, office=Office("Office of Alice Archer", contact="new@town.example")))
    taken = guideline_files.take_in(written.encode())
    assert _start(database, people, taken).document == written
    served = load_text(_start(database, people, replace(taken, foreign=True)).document)
    assert served.office == Office("Office of Alice Archer")


def test_only_those_who_write_guidelines_take_them_in(database: Database, people: People) -> None:
    taken = guideline_files.take_in(to_yaml(THEIRS).encode())
    with pytest.raises(NotAllowed), database.write() as session:
        guideline_files.start_draft(session, people.mona, taken)


def test_what_the_operator_takes_in_is_read_by_a_second_member_all_the_same(database: Database, people: People) -> None:
    taken = guideline_files.take_in(to_yaml(THEIRS).encode())
    with database.write() as session:
        draft = guideline_files.start_draft_for_office(session, people.alice.office_id, taken)
        drafts.submit(session, people.alice, draft.id, 1, "")
        with pytest.raises(NotAllowed):
            drafts.review(session, people.alice, draft.id, 1, True)
        drafts.review(session, people.leo, draft.id, 1, True)
    assert draft.created_by is None


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/guidelines/town", "Theirs"),
        ("/guidelines/town/", "Theirs"),
        ("/guidelines/town.json", "Theirs"),
        ("/guidelines/town#rule-2d", "Theirs"),
        ("/guidelines/town?x=1", "Theirs"),
        ("/g/Town", "Theirs"),
        ("/guidelines/town/v/3", "Third"),
        ("/guidelines/town/v/3/changes", "Third"),
        ("/shared/rules.yaml", "Theirs"),
    ],
)
def test_the_address_of_a_page_or_a_file_is_enough(shelf: Shelf, path: str, title: str) -> None:
    taken = guideline_files.fetch(f" {shelf.url}{path} ")
    assert (taken.guidelines.title, taken.foreign) == (title, True)
    (call,) = shelf.calls
    assert (call.method, call.body) == ("GET", b"")
    assert not {"cookie", "authorization"} & set(call.headers)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(302, headers={"Location": "http://169.254.169.254/"}), "leads to another one"),
        (Reply(404), "answered with 404"),
        (Reply(500), "answered with 500"),
        (Reply(body=b"\n <html></html>"), "a web page"),
        (Reply(body=b"rules: ["), "cannot be used. Line 1"),
        (Reply(body=b" " * (MAX_BYTES + 9)), "longer than 256 kB"),
    ],
)
def test_an_answer_that_is_no_guidelines_is_refused_in_words(shelf: Shelf, reply: Reply, said: str) -> None:
    shelf.files["/guidelines/odd.json"] = reply
    with pytest.raises(Invalid, match=said) as refused:
        guideline_files.fetch(f"{shelf.url}/guidelines/odd")
    assert refused.value.field == "address"
    assert len(shelf.calls) == 1


def test_a_large_document_is_read_whole(shelf: Shelf) -> None:
    large = replace(THEIRS, preamble="Be kind. " * 20_000)
    body = fingerprint.canonical(large)
    assert http.BODY_LIMIT * 2 < len(body) < MAX_BYTES
    shelf.files["/guidelines/large.json"] = Reply(body=body)
    assert guideline_files.fetch(f"{shelf.url}/guidelines/large").guidelines == large


@pytest.mark.parametrize(
    "address",
    [
        "", "town", "/guidelines/town", "https://", "https:///guidelines/town", "ftp://h/guidelines/town",
        "file:///etc/passwd.yaml", "https://u:p@h.example/guidelines/town", "https://h.example/", "https://h.example/x",
        "https://[::1/guidelines/town", "javascript:alert(1)", "https://h.example/guidelines/../../x", "https://h:99999/x.yaml",
        "https://h.example/guidelines/town\r\nX: 1",
    ],
)  # fmt: skip
def test_what_is_no_address_of_guidelines_is_not_called(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        guideline_files.fetch(address)
    assert refused.value.field == "address"


def test_the_service_fetches_nothing_from_a_private_network_and_nothing_in_the_clear(shelf: Shelf) -> None:
    http.configure(allow_private=False)
    host = shelf.url.removeprefix("http://")
    for address, said in ((f"https://{host}", "not on the public internet"), (shelf.url, "must start with https")):
        with pytest.raises(Invalid, match=said):
            guideline_files.fetch(f"{address}/guidelines/town")
    assert shelf.calls == []


def test_what_goes_out_comes_in_again_with_its_sha256(database: Database, people: People) -> None:
    published: GuidelineSet = replace(THEIRS, office=Office("Office of Alice Archer", contact="x"))
    with database.write() as session:
        version = publishing.publish(session, people.alice.office_id, published)
    as_json = guideline_files.handed_out(version, as_json=True)
    assert hashlib.sha256(as_json.encode()).hexdigest() == version.sha256
    assert json.loads(as_json)["title"] == "Theirs"
    for text in (as_json, guideline_files.handed_out(version, as_json=False)):
        assert fingerprint.sha256(guideline_files.take_in(text.encode()).guidelines) == version.sha256
