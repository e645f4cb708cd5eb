"""A draft is written, read by a second person, and published word for word as that person agreed to it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guidelines import fingerprint
from guidelines.document import MAX_BYTES
from guidelines.load import load_text, read_text
from guidelines.render import to_yaml
from guidelines.schema import GuidelineSet
from moderator import accounts, audit, drafts, membership, publishing
from moderator.domain.drafts import DraftState
from moderator.domain.vocabulary import Role
from moderator.errors import Conflict, Invalid, ModeratorError, NotAllowed, NotFound
from moderator.storage.database import Database
from moderator.storage.tables import AuditEntry, GuidelineDraft, GuidelineVersion, Member, Office
from tests.moderator.conftest import AtOnce, Clock, People, guideline_set

SOUND = to_yaml(guideline_set())
OTHER = to_yaml(guideline_set(title="Rules of the town"))
BROKEN = SOUND.replace("label: threat", "label: thret")


@pytest.fixture
def draft(database: Database, people: People) -> GuidelineDraft:
    """Alice's, at revision 1."""
    begun: GuidelineDraft = _do(database, drafts.create, people.alice, "Calmer", SOUND)
    return begun


def _do(database: Database, step: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    with database.write() as session:
        return step(session, *arguments, **more)


def _agreed(database: Database, people: People, draft: GuidelineDraft) -> None:
    _do(database, drafts.submit, people.alice, draft.id, draft.revision, "Calmer now.")
    _do(database, drafts.review, people.leo, draft.id, draft.revision, True, "Good.")


def _stored(database: Database, draft: GuidelineDraft) -> GuidelineDraft:
    with database.read() as session:
        return session.get_one(GuidelineDraft, draft.id)


def _set_of(draft: GuidelineDraft) -> GuidelineSet | None:
    return read_text(draft.document).guidelines


def _log(database: Database, draft: GuidelineDraft) -> list[tuple[str, dict[str, Any]]]:
    with database.read() as session:
        entries = session.query(AuditEntry).where(AuditEntry.subject == f"draft:{draft.id}")
        return [(e.event.removeprefix("draft."), json.loads(e.detail)) for e in entries.order_by(AuditEntry.sequence)]


def test_from_the_first_word_to_a_version(database: Database, people: People, draft: GuidelineDraft) -> None:
    saved = _do(database, drafts.change, people.leo, draft.id, 1, OTHER)
    assert (saved.draft.revision, saved.draft.updated_by, saved.lost) == (2, people.leo.id, None)
    _do(database, drafts.submit, people.leo, draft.id, 2, "A better title.")
    _do(database, drafts.review, people.alice, draft.id, 2, True, "Yes.")
    version = _do(database, drafts.publish, people.leo, draft.id, 2)
    assert publishing.read(version) == load_text(OTHER)
    assert (version.number, version.published_by, version.approved_by) == (1, people.leo.id, people.alice.id)
    assert version.note == "A better title."
    stored = _stored(database, draft)
    assert (stored.state, stored.version_id) == (DraftState.PUBLISHED, version.id)
    sha256 = fingerprint.sha256(load_text(OTHER))
    assert _log(database, draft) == [
        ("created", {"revision": 1}),
        ("changed", {"revision": 2}),
        ("submitted", {"revision": 2}),
        ("approved", {"revision": 2, "sha256": sha256}),
        ("published", {"revision": 2, "number": 1, "alone": False}),
    ]


def test_what_cannot_be_read_is_kept_as_it_was_typed(database: Database, people: People, draft: GuidelineDraft) -> None:
    for revision, text in enumerate(("rules: [", "", "\t!!python/object:x", BROKEN, "Größe 👏 \u202e"), start=1):
        assert _do(database, drafts.change, people.alice, draft.id, revision, text).draft.document == text
    assert _set_of(_stored(database, draft)) is None


def test_line_ends_of_a_form_are_no_change(database: Database, people: People, draft: GuidelineDraft) -> None:
    saved = _do(database, drafts.change, people.leo, draft.id, 1, SOUND.replace("\n", "\r\n"))
    assert (saved.draft.revision, saved.draft.updated_by) == (1, people.alice.id)


@pytest.mark.parametrize("text", ["x" * (MAX_BYTES + 1), "é" * (MAX_BYTES // 2 + 1), "a\0b", "a\ud800b"])
def test_what_no_database_or_reader_could_hold_is_not_kept(
    database: Database, people: People, draft: GuidelineDraft, text: str
) -> None:
    with pytest.raises(Invalid) as refused:
        _do(database, drafts.change, people.alice, draft.id, 1, text)
    assert refused.value.field == "document"
    assert _stored(database, draft).document == SOUND


def test_a_text_of_the_greatest_length_is_kept(database: Database, people: People, draft: GuidelineDraft) -> None:
    assert _do(database, drafts.change, people.alice, draft.id, 1, "x" * MAX_BYTES).draft.revision == 2


@pytest.mark.parametrize("step", ["submit", "review", "publish"])
def test_only_what_is_sound_goes_on_its_way(
    database: Database, people: People, draft: GuidelineDraft, step: str
) -> None:
    _do(database, drafts.change, people.alice, draft.id, 1, BROKEN)
    with database.write() as session:
        stored = session.get_one(GuidelineDraft, draft.id)
        stored.state = {"submit": "editing", "review": "in_review", "publish": "approved"}[step]
        stored.submitted_by = people.alice.id
    line, column = _place_of(BROKEN, "thret")
    arguments: dict[str, tuple[Any, ...]] = {"submit": ("",), "review": (True,), "publish": ()}
    with pytest.raises(Invalid, match=f'Line {line}, column {column}: unknown label "thret"') as refused:
        _do(database, getattr(drafts, step), people.leo, draft.id, 2, *arguments[step])
    assert refused.value.field == "document"
    assert 'did you mean "threat"?' in str(refused.value)


def _place_of(text: str, word: str) -> tuple[int, int]:
    before = text[: text.index(word)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def test_rules_that_make_no_sense_are_not_submitted(database: Database, people: People, draft: GuidelineDraft) -> None:
    twice = SOUND.replace("- id: '2'", "- id: '1'")
    assert twice != SOUND
    _do(database, drafts.change, people.alice, draft.id, 1, twice)
    with pytest.raises(Invalid, match=r"Line \d+, column \d+: two rules have the id 1"):
        _do(database, drafts.submit, people.alice, draft.id, 2, "")


def test_whoever_comes_with_an_old_text_hears_who_changed_it(
    database: Database, people: People, draft: GuidelineDraft
) -> None:
    with database.write() as session:
        session.get_one(Office, draft.office_id).timezone = "Pacific/Kiritimati"
    _do(database, drafts.change, people.leo, draft.id, 1, OTHER)
    changed = _stored(database, draft).updated_at + timedelta(hours=14)
    when = f"{changed.day} {changed:%B %Y} at {changed:%H:%M}"
    steps: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        (drafts.change, (SOUND,)),
        (drafts.submit, ("",)),
        (drafts.review, (True,)),
        (drafts.publish, ()),
        (drafts.discard, ()),
    ]
    for step, arguments in steps:
        with pytest.raises(Conflict, match=f"^Leo changed this draft on {when}"):
            _do(database, step, people.alice, draft.id, 1, *arguments)
    assert _stored(database, draft).document == OTHER


def test_of_many_who_save_at_once_one_wins_and_the_others_are_told(
    database: Database, people: People, draft: GuidelineDraft, at_once: AtOnce
) -> None:
    def save(number: int) -> str:
        try:
            text: str = _do(database, drafts.change, people.leo, draft.id, 1, f"text {number}").draft.document
        except Conflict:
            return ""
        return text

    kept = [text for text in at_once(8, save) if text]
    assert kept == [_stored(database, draft).document]
    assert _stored(database, draft).revision == 2


def test_of_many_who_publish_at_once_one_does(
    database: Database, people: People, draft: GuidelineDraft, at_once: AtOnce
) -> None:
    _agreed(database, people, draft)

    def publish(_: int) -> str:
        try:
            _do(database, drafts.publish, people.alice, draft.id, 1)
        except Conflict as conflict:
            return str(conflict)
        return "published"

    answers = at_once(6, publish)
    assert answers.count("published") == 1
    assert all(a == "published" or a.startswith("Alice published this draft as version 1 on ") for a in answers)
    with database.read() as session:
        assert session.query(GuidelineVersion).count() == 1


@pytest.mark.parametrize("agreed", [False, True])
def test_a_change_takes_a_submitted_or_agreed_text_back_and_says_so(
    database: Database, people: People, draft: GuidelineDraft, agreed: bool
) -> None:
    if agreed:
        _agreed(database, people, draft)
    else:
        _do(database, drafts.submit, people.alice, draft.id, 1, "")
    lost = DraftState.APPROVED if agreed else DraftState.IN_REVIEW
    saved = _do(database, drafts.change, people.alice, draft.id, 1, OTHER)
    assert (saved.lost, saved.draft.state) == (lost, DraftState.EDITING)
    assert _log(database, draft)[-1] == ("changed", {"revision": 2, "lost": lost.value})
    with pytest.raises(Conflict, match="Submit it first"):
        _do(database, drafts.publish, people.alice, draft.id, 2)


def test_whoever_wrote_or_submitted_a_text_does_not_review_it(
    database: Database, people: People, draft: GuidelineDraft
) -> None:
    ada = _add(database, people, "Ada", Role.LEAD)
    _do(database, drafts.submit, people.leo, draft.id, 1, "")
    with database.read() as session:
        assert [member.id for member in drafts.readers(session, _stored(database, draft))] == [ada.id]
    for member in (people.alice, people.leo):
        for agree in (True, False):
            with pytest.raises(NotAllowed, match="You wrote or submitted this text"):
                _do(database, drafts.review, member, draft.id, 1, agree)
    _do(database, drafts.review, ada, draft.id, 1, True)
    assert _stored(database, draft).reviewed_by == ada.id


def _add(database: Database, people: People, name: str, role: Role) -> Member:
    with database.write() as session:
        email = f"{name.lower()}@example.org"
        return accounts.add_member(session, people.alice.office_id, email, name, role)


def test_of_two_who_both_wrote_the_last_to_do_so_submits(
    database: Database, people: People, draft: GuidelineDraft
) -> None:
    _do(database, drafts.change, people.leo, draft.id, 1, OTHER)
    with pytest.raises(NotAllowed, match="Leo changed the text last and should submit it"):
        _do(database, drafts.submit, people.alice, draft.id, 2, "")
    _do(database, drafts.submit, people.leo, draft.id, 2, "")
    _do(database, drafts.review, people.alice, draft.id, 2, True)


def test_a_text_is_sent_back_with_a_note_and_submitted_again(
    database: Database, people: People, draft: GuidelineDraft
) -> None:
    _do(database, drafts.submit, people.alice, draft.id, 1, "")
    _do(database, drafts.review, people.leo, draft.id, 1, False, "Too harsh.")
    stored = _stored(database, draft)
    assert (stored.state, stored.review_note, stored.reviewed_by) == ("editing", "Too harsh.", people.leo.id)
    _do(database, drafts.submit, people.alice, draft.id, 1, "Because.")
    stored = _stored(database, draft)
    assert (stored.state, stored.review_note, stored.reviewed_by) == ("in_review", "", None)


def test_what_is_submitted_or_agreed_is_not_submitted_twice(
    database: Database, people: People, draft: GuidelineDraft
) -> None:
    _do(database, drafts.submit, people.alice, draft.id, 1, "")
    with pytest.raises(Conflict, match=r"^Alice submitted this draft on "):
        _do(database, drafts.submit, people.leo, draft.id, 1, "")
    with pytest.raises(Conflict, match=r"^Alice submitted this draft on "):
        _do(database, drafts.publish, people.leo, draft.id, 1)
    _do(database, drafts.review, people.leo, draft.id, 1, True)
    with pytest.raises(Conflict, match=r"^Leo agreed to this draft on "):
        _do(database, drafts.submit, people.alice, draft.id, 1, "")
    with pytest.raises(Conflict, match=r"^Leo agreed to this draft on "):
        _do(database, drafts.review, people.leo, draft.id, 1, False)


def test_the_only_owner_says_that_nobody_else_read_it(
    database: Database, people: People, draft: GuidelineDraft
) -> None:
    with database.write() as session:
        membership.leave(session, session.get_one(Member, people.leo.id))
    with database.read() as session:
        assert drafts.works_alone(session, people.alice)
    _do(database, drafts.submit, people.alice, draft.id, 1, "My own.")
    with pytest.raises(Invalid, match="say that you publish it alone") as refused:
        _do(database, drafts.publish, people.alice, draft.id, 1)
    assert refused.value.field == "alone"
    version = _do(database, drafts.publish, people.alice, draft.id, 1, alone=True)
    assert (version.approved_by, version.note) == (None, "My own.")
    assert _log(database, draft)[-1] == ("published", {"revision": 1, "number": 1, "alone": True})


def test_nobody_is_alone_while_another_could_read_it(database: Database, people: People, draft: GuidelineDraft) -> None:
    with pytest.raises(NotAllowed, match="You are not alone: Leo could read this text"):
        _do(database, drafts.publish, people.alice, draft.id, 1, alone=True)
    with database.read() as session:
        assert session.query(GuidelineVersion).count() == 0


def test_a_set_that_reads_otherwise_than_when_it_was_agreed_to_is_not_published(
    database: Database, people: People, draft: GuidelineDraft
) -> None:
    _agreed(database, people, draft)
    with database.write() as session:
        session.get_one(GuidelineDraft, draft.id).document = OTHER
    with pytest.raises(Conflict, match="not, word for word, the one that was agreed to"):
        _do(database, drafts.publish, people.alice, draft.id, 1)


def test_a_draft_does_not_undo_unseen_what_was_published_after_it_was_agreed_to(
    database: Database, people: People, draft: GuidelineDraft
) -> None:
    _agreed(database, people, draft)
    _do(database, publishing.publish, draft.office_id, guideline_set(title="Something else"))
    with pytest.raises(Conflict, match="it would undo what they changed"):
        _do(database, drafts.publish, people.alice, draft.id, 1)
    _agreed(database, people, draft)
    assert _do(database, drafts.publish, people.alice, draft.id, 1).number == 2


def test_what_is_in_force_already_is_not_published_again(
    database: Database, people: People, draft: GuidelineDraft
) -> None:
    _do(database, publishing.publish, draft.office_id, guideline_set())
    _agreed(database, people, draft)
    with pytest.raises(Invalid, match="word for word version 1"):
        _do(database, drafts.publish, people.alice, draft.id, 1)
    assert _stored(database, draft).state == DraftState.APPROVED


def test_a_draft_takes_effect_when_it_was_told_to(
    database: Database, people: People, draft: GuidelineDraft, clock: Clock
) -> None:
    _agreed(database, people, draft)
    with pytest.raises(Invalid, match="in the past"):
        _do(database, drafts.publish, people.leo, draft.id, 1, clock.now() - timedelta(hours=1))
    version = _do(database, drafts.publish, people.leo, draft.id, 1, clock.now() + timedelta(days=3))
    for days, expected in ((2, None), (2, version.id)):
        clock.forward(days=days)
        with database.read() as session:
            found = publishing.current(session, draft.office_id)
        assert (found.id if found else None) == expected


def test_a_discarded_or_published_draft_is_left_alone(
    database: Database, people: People, draft: GuidelineDraft
) -> None:
    _do(database, drafts.set_shadow, people.alice, draft.id, True)
    _do(database, drafts.discard, people.leo, draft.id, 1)
    assert _stored(database, draft).shadow_since is None
    other = _do(database, drafts.create, people.alice, "Other", OTHER)
    _agreed(database, people, other)
    _do(database, drafts.publish, people.alice, other.id, 1)
    steps: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        (drafts.change, (1, "x")),
        (drafts.rename, ("x",)),
        (drafts.submit, (1, "")),
        (drafts.review, (1, True)),
        (drafts.publish, (1,)),
        (drafts.discard, (1,)),
        (drafts.set_shadow, (True,)),
    ]
    for step, arguments in steps:
        with pytest.raises(Conflict, match="This draft was discarded"):
            _do(database, step, people.alice, draft.id, *arguments)
        with pytest.raises(Conflict, match=r"^Alice published this draft as version 1 on "):
            _do(database, step, people.alice, other.id, *arguments)


def test_a_draft_runs_in_the_shadow_once_it_can_be_read(
    database: Database, people: People, draft: GuidelineDraft
) -> None:
    _do(database, drafts.change, people.alice, draft.id, 1, BROKEN)
    with pytest.raises(Invalid, match="unknown label"):
        _do(database, drafts.set_shadow, people.alice, draft.id, True)
    _do(database, drafts.change, people.alice, draft.id, 2, SOUND)
    since = _do(database, drafts.set_shadow, people.leo, draft.id, True).shadow_since
    assert _do(database, drafts.set_shadow, people.alice, draft.id, True).shadow_since == since
    assert _do(database, drafts.set_shadow, people.alice, draft.id, False).shadow_since is None
    assert [event for event, _ in _log(database, draft)][-2:] == ["shadow_started", "shadow_stopped"]


def test_publishing_ends_the_shadow(database: Database, people: People, draft: GuidelineDraft) -> None:
    _do(database, drafts.set_shadow, people.alice, draft.id, True)
    _agreed(database, people, draft)
    _do(database, drafts.publish, people.alice, draft.id, 1)
    assert _stored(database, draft).shadow_since is None


def test_drafts_are_for_owners_and_leads_of_the_office(
    database: Database, people: People, draft: GuidelineDraft
) -> None:
    steps: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        (drafts.change, (1, "x")),
        (drafts.rename, ("x",)),
        (drafts.submit, (1, "")),
        (drafts.review, (1, True)),
        (drafts.publish, (1,)),
        (drafts.discard, (1,)),
        (drafts.set_shadow, (True,)),
    ]
    for step, arguments in steps:
        with pytest.raises(NotFound, match="no such draft in your office"):
            _do(database, step, people.charlie, draft.id, *arguments)
        with pytest.raises(NotFound):
            _do(database, step, people.alice, "nothing", *arguments)
        for member in (people.mona, people.victor, people.olive):
            with pytest.raises(NotAllowed, match=f"the role {member.role} does not write guidelines"):
                _do(database, step, member, draft.id, *arguments)
    with pytest.raises(NotAllowed):
        _do(database, drafts.create, people.mona, "Mine", SOUND)
    assert _stored(database, draft).document == SOUND


@pytest.mark.parametrize("title", ["", " \n ", "x" * 121, "a\0b"])
def test_a_draft_has_a_title_that_fits_on_a_line(
    database: Database, people: People, draft: GuidelineDraft, title: str
) -> None:
    with pytest.raises(Invalid, match="title"):
        _do(database, drafts.create, people.alice, title, SOUND)
    with pytest.raises(Invalid, match="title"):
        _do(database, drafts.rename, people.alice, draft.id, title)
    assert _do(database, drafts.rename, people.leo, draft.id, " For \n winter ").title == "For winter"


def test_a_note_has_an_end(database: Database, people: People, draft: GuidelineDraft) -> None:
    with pytest.raises(Invalid, match="note"):
        _do(database, drafts.submit, people.alice, draft.id, 1, "x" * 2001)
    _do(database, drafts.submit, people.alice, draft.id, 1, " a\0b ")
    assert _stored(database, draft).note == "a\ufffdb"


def test_a_draft_begins_as_a_version_a_preset_or_a_text(database: Database, people: People) -> None:
    _do(database, publishing.publish, people.alice.office_id, guideline_set())
    _do(database, publishing.publish, people.alice.office_id, guideline_set(title="Newer"))
    again = _do(database, drafts.from_version, people.alice, 1)
    assert _set_of(again) == guideline_set()
    assert (again.base_number, again.title) == (1, "From version 1")
    _agreed(database, people, again)
    rolled_back = _do(database, drafts.publish, people.alice, again.id, 1)
    assert (rolled_back.number, publishing.read(rolled_back)) == (3, guideline_set())

    preset = _set_of(_do(database, drafts.from_preset, people.alice, "open-forum"))
    assert preset is not None
    assert preset.office.name == "Office of Alice Archer"
    assert _do(database, drafts.from_text, people.alice, "title: [", "A file").document == "title: ["


def test_a_draft_does_not_begin_as_what_is_not_there(database: Database, people: People) -> None:
    _do(database, publishing.publish, people.alice.office_id, guideline_set())
    beginnings: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        (drafts.from_version, (people.alice, 9)),
        (drafts.from_version, (people.alice, 10**30)),
        (drafts.from_version, (people.charlie, 1)),
        (drafts.from_preset, (people.alice, "../open-forum")),
        (drafts.create, (people.alice, "A title", SOUND, 9)),
    ]
    for begin, arguments in beginnings:
        with pytest.raises(NotFound):
            _do(database, begin, *arguments)


def test_a_preset_takes_over_the_contact_that_the_office_has(database: Database, people: People) -> None:
    published = load_text(SOUND.replace("office:\n", "office:\n  contact: alice@town.example\n", 1))
    _do(database, publishing.publish, people.alice.office_id, published)
    preset = _set_of(_do(database, drafts.from_preset, people.alice, "open-forum"))
    assert preset is not None
    assert preset.office.contact == "alice@town.example"


def test_a_step_that_fails_leaves_nothing_behind(database: Database, people: People, draft: GuidelineDraft) -> None:
    before = _log(database, draft)
    with pytest.raises(ModeratorError):
        _do(database, drafts.review, people.leo, draft.id, 1, True)
    assert _log(database, draft) == before
    with database.read() as session:
        assert list(audit.verify(session, draft.office_id)) == []
