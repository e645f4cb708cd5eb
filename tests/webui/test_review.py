"""The review room over HTTP: what a moderator sees and does without a script running."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from moderator import channels, posts
from moderator.domain.actions import ActionState
from moderator.domain.decisions import Draft, Maker, Reason, State
from moderator.domain.vocabulary import Verb
from moderator.runtime import Runtime
from moderator.storage.database import Database
from moderator.storage.tables import Action, Case, Channel, Comment, Decision
from tests.fakes import office
from tests.fakes.office import HOSTILE, Seen
from tests.fakes.pages import field, link_to, plain
from tests.webui.conftest import Cast, FormToken, SignedIn

#: `send(client, "/review/…", verbs="hide")`: posts with the browser's form token
Send = Callable[..., TestResponse]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough for the pages: the reads behind them are tested on both."""
    return sqlite_url


@pytest.fixture
def runtime(runtime: Runtime) -> Runtime:
    return replace(runtime, classifiers=office.Room())


@pytest.fixture
def channel_id(runtime: Runtime, cast: Cast) -> str:
    """A channel whose tool carries everything out but what no tool can."""
    with runtime.database.write() as session:
        office.publish(session, cast.office_id)
        settings = {"target_url": "https://tool.example.org/hook"}
        return channels.create_channel(
            session, runtime.sealer, cast.office_id, "webhook", "Our page", config=settings
        ).id


@pytest.fixture
def seen(database: Database, channel_id: str) -> Seen:
    """A comment that looks like a threat."""
    with database.write() as session:
        comment_id = office.say(session, channel_id, "I know where you live, Rowan", author="Gareth Pike")
        office.assess(session, comment_id, {"threat": 0.84, "spam": 0.02}, [(0, 21, "threat")])
        return office.suggest(session, comment_id)


@pytest.fixture
def mona(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    browser: FlaskClient = signed_in(cast.mona)
    return browser


@pytest.fixture
def send(form_token: FormToken) -> Send:
    def post(client: FlaskClient, url: str, **data: object) -> TestResponse:
        return client.post(url, data={"csrf_token": form_token(client), **data})

    return post


def _decide(seen: Seen, verb: str | list[str] = "hide", **more: object) -> dict[str, object]:
    return {"verbs": verb, "rule_id": "2a", "seen": seen.decision_id, **more}


def _case_url(seen: Seen) -> str:
    return f"/review/cases/{seen.case_id}"


# --- the queue -----------------------------------------------------------------------------------------------------


def test_the_queue_shows_a_case_with_why_it_is_there(mona: FlaskClient, seen: Seen) -> None:
    page = mona.get("/review").text
    for part in ("I know where you live, Rowan", "Gareth Pike", "Our page", "The bus stays", "12 minutes ago"):
        assert part in page
    assert "Rule 2a, Threats: a look within 1 hour" in page
    assert f'href="{_case_url(seen)}"' in page


def test_the_queue_names_the_rules_that_no_machine_tests(mona: FlaskClient, seen: Seen) -> None:
    page = mona.get("/review").text
    assert "1 rule has no machine test" in page
    assert "#rule-2c" in page


def test_a_lane_shows_its_own_cases_alone(mona: FlaskClient, database: Database, channel_id: str, seen: Seen) -> None:
    with database.write() as session:
        office.suggest(session, office.say(session, channel_id, "Cheap tea"), rule="2b", label="spam", automatic=None)
    assert "I know where you live" in mona.get("/review?lane=act_now").text
    assert "Cheap tea" not in mona.get("/review?lane=act_now").text
    assert "Cheap tea" in mona.get("/review?lane=review").text


def test_the_queue_pages_through_all_cases_each_once(mona: FlaskClient, database: Database, channel_id: str) -> None:
    with database.write() as session:
        for number in range(65):
            office.suggest(session, office.say(session, channel_id, f"comment number {number}."))
    found: list[str] = []
    url: str | None = "/review"
    while url:
        page = mona.get(url).text
        found += re.findall(r"comment number \d+\.", page)
        following = re.search(r'rel="next" href="(/review\?after=[^"]+)"', page)
        url = following[1] if following else None
    assert sorted(found) == sorted(f"comment number {number}." for number in range(65))


def test_an_empty_queue_says_what_was_done_today(mona: FlaskClient, database: Database, channel_id: str) -> None:
    with database.write() as session:
        office.keep(session, office.say(session, channel_id, "Well done"))
        office.keep(session, office.say(session, channel_id, "Thank you"))
    page = mona.get("/review").text
    assert "Nothing to decide" in page
    assert re.search(r"<th[^>]*>Kept</th>\s*<td[^>]*>0</td>\s*<td[^>]*>2</td>", page)


def test_an_office_without_guidelines_is_told_so(signed_in: SignedIn, cast: Cast) -> None:
    assert "published no guidelines here yet" in signed_in(cast.charlie).get("/review").text


def test_a_stopped_channel_is_named_on_top(
    mona: FlaskClient, signed_in: SignedIn, cast: Cast, database: Database, channel_id: str
) -> None:
    with database.write() as session:
        channel = session.get_one(Channel, channel_id)
        channel.stopped_at, channel.stopped_reason = channel.created_at, f"token expired {HOSTILE}"
    page = mona.get("/review").text
    assert "Our page has stopped." in page
    assert "&lt;script&gt;" in page
    assert HOSTILE not in page
    assert "Tell an owner or lead" in page
    assert f"/settings/channels/{channel_id}" in signed_in(cast.alice).get("/review").text


# --- one comment ---------------------------------------------------------------------------------------------------


def test_the_page_says_why_in_one_sentence_with_what_the_score_is_held_against(mona: FlaskClient, seen: Seen) -> None:
    page = plain(mona.get(_case_url(seen)).text)
    assert "Looks like a threat (0.84; this office reviews from 0.60, hides from 0.90), rule 2a, Threats." in page


def test_the_page_marks_what_was_found_in_the_text(mona: FlaskClient, seen: Seen) -> None:
    assert "<mark>I know where you live</mark>" in mona.get(_case_url(seen)).text


def test_the_page_folds_away_rule_scores_and_classifier(mona: FlaskClient, seen: Seen) -> None:
    page = plain(mona.get(_case_url(seen)).text)
    assert "Do not threaten anybody." in page
    assert "Classifier baseline 7" in page
    assert re.search(r"spam 0\.02 0\.50 never", page)


def test_the_page_says_how_the_answer_came_about(mona: FlaskClient, database: Database, channel_id: str) -> None:
    with database.write() as session:
        comment_id = office.say(session, channel_id, "I w i l l find you")
        scores = {"threat": 0.82, "incivility": 0.71}
        office.assess(session, comment_id, scores, classifier="civility", language="en", views={"threat": "joined"})
        office.assess(session, comment_id, {"threat": 0.31})
        office.assess(session, comment_id, {}, classifier="tired", error="RuntimeError: no more")
        answered = {"threat": "civility", "incivility": "civility"}
        debated = office.suggest(session, comment_id, score=0.82, answered=answered)
    page = plain(mona.get(_case_url(debated)).text)
    assert "Found after undoing a disguise: letters written apart." in page
    assert (
        "The classifiers disagree about threat: civility says 0.82, baseline says 0.31. Here civility decides." in page
    )
    assert "tired failed on this comment; other classifiers answered instead." in page
    assert "Also harsh in tone (0.71). No rule rests on this." in page
    assert "hides from 0.90), says civility" in page
    assert "in English" in page
    assert "No rule rests on these: tone 0.71." in page


def test_a_language_that_nobody_reads_is_named_as_the_reason(
    mona: FlaskClient, database: Database, channel_id: str
) -> None:
    with database.write() as session:
        comment_id = office.say(session, channel_id, "Je te trouverai")
        office.assess(session, comment_id, {"threat": 0.2}, language="fr", doubts=["other_language"])
        foreign = office.suggest(session, comment_id, rule="", reason=Reason.UNREADABLE, verbs=())
    page = plain(mona.get(_case_url(foreign)).text)
    assert "The comment is in a language that the classifiers do not read." in page
    assert "in French" in page
    assert "so its scores do not count" in page


def test_a_kept_comment_reads_as_kept(mona: FlaskClient, database: Database, channel_id: str) -> None:
    with database.write() as session:
        office.keep(session, office.say(session, channel_id, "Well done"))
    assert "<strong>Kept</strong>" in mona.get("/review/decided").text


def test_a_threat_shows_whom_to_call(mona: FlaskClient, seen: Seen, database: Database, channel_id: str) -> None:
    assert "Call 999" in mona.get(_case_url(seen)).text
    with database.write() as session:
        tea = office.suggest(session, office.say(session, channel_id, "tea"), rule="2b", label="spam", automatic=None)
    assert "Call 999" not in mona.get(_case_url(tea)).text


def test_a_text_no_machine_can_judge_says_why_a_person_must(
    mona: FlaskClient, database: Database, channel_id: str
) -> None:
    with database.write() as session:
        comment_id = office.say(session, channel_id, "broken \ud800 and \x00 turned \u202e over")
        unread = office.suggest(session, comment_id, rule="", reason=Reason.UNREADABLE, verbs=())
    page = mona.get(_case_url(unread)).text
    assert "The service cannot read this text, so a person must." in plain(page)
    assert "turn the reading direction" in page
    for sign in ("U+D800", "NUL", "RLO"):
        assert f">{sign}</span>" in page


def test_the_thread_shows_what_is_answered_and_the_other_answers(
    mona: FlaskClient, database: Database, channel_id: str
) -> None:
    with database.write() as session:
        office.say(session, channel_id, "Why is the bus late?", author="Nadia", external_id="top")
        office.say(session, channel_id, "It is the bridge.", author="Ken", parent="top")
        answer = office.suggest(session, office.say(session, channel_id, "Wait for me there", parent="top"))
    page = plain(mona.get(_case_url(answer)).text)
    assert "answered by this comment Why is the bus late?" in page
    assert "It is the bridge." in page


def test_an_edited_comment_shows_what_it_said_before(mona: FlaskClient, database: Database, channel_id: str) -> None:
    with database.write() as session:
        office.say(session, channel_id, "first words", external_id="edited", minutes_ago=30)
        comment_id = office.say(session, channel_id, "second words", external_id="edited", minutes_ago=10)
        edited = office.suggest(session, comment_id)
    page = plain(mona.get(_case_url(edited)).text)
    assert "edited, text 2" in page
    assert "first words" in page


def test_only_plain_web_addresses_become_links(mona: FlaskClient, database: Database, channel_id: str) -> None:
    with database.write() as session:
        odd = office.suggest(session, office.say(session, channel_id, "look", permalink="javascript:alert(1)"))
    page = mona.get(_case_url(odd)).text
    assert "javascript:" not in page
    assert 'rel="noopener noreferrer nofollow"' in page
    assert "Open it on social.example" in page


def test_mark_up_from_outside_shows_as_text_on_every_page(
    mona: FlaskClient, database: Database, channel_id: str
) -> None:
    with database.write() as session:
        comment_id = office.say(session, channel_id, HOSTILE, author=HOSTILE, post=HOSTILE, post_text=HOSTILE)
        office.assess(session, comment_id, {"spam": 0.9}, [(0, 12, "spam")])
        seen = office.suggest(session, comment_id, rule="2b", label="spam", automatic=None)
        kept = office.say(session, channel_id, HOSTILE, author=HOSTILE, post=HOSTILE)
        office.keep(session, kept)
    for url in ("/review", _case_url(seen), f"{_case_url(seen)}/confirm?verbs=delete", "/review/decided", "/audit"):
        page = mona.get(url).text
        assert HOSTILE not in page, url
        # Nothing but our own files, and the member's own keys as data.
        assert not re.search(r"<script(?! src=\"/static/| type=\"application/json\" id=\"keyboard\">)", page), url


def test_the_whole_of_a_huge_text_is_a_plain_file(mona: FlaskClient, database: Database, channel_id: str) -> None:
    text = "<b>" + "x" * 90_000
    with database.write() as session:
        huge = office.suggest(session, office.say(session, channel_id, text))
    assert f"/review/comments/{huge.comment_id}/text" in mona.get(_case_url(huge)).text
    answer = mona.get(f"/review/comments/{huge.comment_id}/text")
    assert answer.text == text
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# --- deciding ------------------------------------------------------------------------------------------------------


def test_hiding_goes_on_to_the_next_case_with_a_bar_that_can_undo_it(
    mona: FlaskClient, send: Send, seen: Seen, database: Database, channel_id: str
) -> None:
    with database.write() as session:
        following = office.suggest(session, office.say(session, channel_id, "Next one"))
    answer = send(mona, _case_url(seen), **_decide(seen))
    assert answer.status_code == 303
    assert answer.location == _case_url(following)
    page = plain(mona.get(_case_url(following)).text)
    assert "Will be hidden on Our page" in page
    assert "Undo z" in page


def test_the_bar_says_what_is_done_once_it_is_done(
    mona: FlaskClient, send: Send, seen: Seen, database: Database
) -> None:
    send(mona, _case_url(seen), **_decide(seen))
    with database.write() as session:
        office.carry_out(session, seen.comment_id)
    assert "Hidden on Our page" in plain(mona.get("/review").text)


def test_undo_takes_it_back_and_shows_the_comment_again(
    mona: FlaskClient, send: Send, seen: Seen, database: Database
) -> None:
    send(mona, _case_url(seen), **_decide(seen))
    answer = send(mona, link_to(mona.get("/review").text, r"/review/decisions/\w+/undo"))
    page = mona.get(answer.location, follow_redirects=True).text
    assert "Undone." in page
    assert "I know where you live" in plain(page)
    with database.read() as reading:
        assert reading.get_one(Case, seen.case_id).state == "open"


def test_keeping_needs_no_rule(mona: FlaskClient, send: Send, seen: Seen, database: Database) -> None:
    send(mona, _case_url(seen), verbs="keep", rule_id="", seen=seen.decision_id)
    with database.read() as reading:
        decision = reading.get_one(Decision, reading.get_one(Comment, seen.comment_id).decision_id)
    assert decision.verbs == ["keep"]


def test_acting_without_a_rule_brings_the_page_back_with_what_was_written(
    mona: FlaskClient, send: Send, seen: Seen
) -> None:
    answer = send(mona, _case_url(seen), **_decide(seen, rule_id="", note="my thoughts"))
    assert answer.status_code == 422
    page = answer.text
    assert "Pick the rule that this comment breaks." in page
    assert "my thoughts</textarea>" in page


def test_deleting_in_one_step_is_refused(mona: FlaskClient, send: Send, seen: Seen, database: Database) -> None:
    assert send(mona, _case_url(seen), **_decide(seen, "delete")).status_code == 422
    with database.read() as reading:
        assert not reading.scalars(select(Action)).all()


def test_the_second_step_says_what_will_happen_and_whether_it_can_be_undone(mona: FlaskClient, seen: Seen) -> None:
    page = plain(mona.get(f"{_case_url(seen)}/confirm?verbs=delete").text)
    assert "delete the comment, which cannot be taken back. Waits 10 seconds, then cannot be undone." in page
    assert "Tells the connected tool to hide the comment. Can be undone." in page
    assert "Report to the police by hand" in page
    assert re.search(r'value="delete"[^>]* checked', mona.get(f"{_case_url(seen)}/confirm?verbs=delete").text)


def test_several_verbs_are_decided_together(mona: FlaskClient, send: Send, seen: Seen, database: Database) -> None:
    send(mona, _case_url(seen), **_decide(seen, ["hide", "block", "report_police"], step="confirm"))
    with database.read() as reading:
        done = {action.verb: action.state for action in reading.scalars(select(Action))}
    assert done == {"hide": "pending", "block": "pending", "report_police": "by_hand"}


def test_what_is_done_by_hand_waits_in_a_lane_until_it_is_marked_done(
    mona: FlaskClient, send: Send, seen: Seen
) -> None:
    send(mona, _case_url(seen), **_decide(seen, "report_police", step="confirm"))
    page = mona.get("/review?lane=platform").text
    assert "Report to the police" in page
    send(mona, link_to(page, r"/review/actions/\w+/done"))
    assert "Nothing waits for a hand on a platform." in mona.get("/review?lane=platform").text


def test_what_a_platform_refused_can_be_tried_again_or_let_go(
    mona: FlaskClient, send: Send, seen: Seen, database: Database
) -> None:
    send(mona, _case_url(seen), **_decide(seen))
    with database.write() as session:
        office.refuse(session, seen.comment_id)
    page = mona.get("/review?lane=platform").text
    assert "Our page did not take it" in page
    again = link_to(page, r"/review/actions/\w+/retry")
    send(mona, again)
    with database.write() as session:
        assert session.scalars(select(Action.state)).all() == ["pending"]
        office.refuse(session, seen.comment_id)
    send(mona, again.replace("/retry", "/let-go"))
    with database.read() as reading:
        assert reading.scalars(select(Action.state)).all() == ["cancelled"]


def test_a_rule_where_opinions_are_at_stake_takes_two_people(
    mona: FlaskClient, signed_in: SignedIn, cast: Cast, send: Send, seen: Seen, database: Database
) -> None:
    choice = _decide(seen, "delete", rule_id="2c", step="confirm")
    send(mona, _case_url(seen), **choice)
    own = plain(mona.get(_case_url(seen)).text)
    assert "Mona proposes: delete, rule 2c. This is your own, so somebody else must agree." in own
    assert "Nothing happens on Our page until a second person agrees." in own
    leo = signed_in(cast.leo)
    page = leo.get(_case_url(seen)).text
    assert "Agree: delete" in page
    assert link_to(page, r"[^\"]+/confirm\?verbs=delete&amp;rule=2c")
    with database.read() as reading:
        proposal = reading.get_one(Case, seen.case_id).decision_id
        assert not reading.scalars(select(Action)).all()
    send(leo, _case_url(seen), **(choice | {"seen": proposal}))
    with database.read() as reading:
        assert reading.scalars(select(Action.verb)).all() == ["delete"]


def test_the_second_of_two_is_told_what_the_first_decided(
    mona: FlaskClient, signed_in: SignedIn, cast: Cast, send: Send, seen: Seen
) -> None:
    send(signed_in(cast.leo), _case_url(seen), **_decide(seen))
    answer = send(mona, _case_url(seen), verbs="keep", seen=seen.decision_id)
    assert answer.status_code == 409
    assert "Leo was first and decided: hide." in plain(answer.text)
    assert f"/review/comments/{seen.comment_id}" in answer.text


def test_what_the_service_hid_can_be_found_and_shown_again(
    mona: FlaskClient, send: Send, database: Database, channel_id: str
) -> None:
    with database.write() as session:
        comment_id = office.say(session, channel_id, "hidden by a rule")
        office.rule_on(session, comment_id, Draft(State.MADE, Maker.RULE, Reason.FINDING, (Verb.HIDE,)))
        office.carry_out(session, comment_id)
    assert f"/review/comments/{comment_id}" in mona.get("/review/decided?outcome=hide&by=service").text
    page = mona.get(f"/review/comments/{comment_id}").text
    assert "Show again" in page
    send(mona, f"/review/comments/{comment_id}", verbs="keep", seen=field(page, "seen"))
    with database.read() as reading:
        assert reading.scalars(select(Action.verb).order_by(Action.sequence)).all() == ["hide", "unhide"]


def test_a_comment_that_waits_is_looked_at_in_its_case(mona: FlaskClient, seen: Seen) -> None:
    assert mona.get(f"/review/comments/{seen.comment_id}").location == _case_url(seen)


def test_a_case_that_is_closed_leads_to_its_comment(mona: FlaskClient, send: Send, seen: Seen) -> None:
    send(mona, _case_url(seen), **_decide(seen))
    assert mona.get(_case_url(seen)).location == f"/review/comments/{seen.comment_id}"


def test_decisions_can_be_narrowed_by_outcome_and_channel(
    mona: FlaskClient, database: Database, channel_id: str, runtime: Runtime, cast: Cast
) -> None:
    with database.write() as session:
        other = channels.create_channel(session, runtime.sealer, cast.office_id, "webhook", "Other page").id
        office.keep(session, office.say(session, channel_id, "kept here"))
        office.keep(session, office.say(session, other, "kept there"))
        gone = office.say(session, channel_id, "hidden here")
        office.rule_on(session, gone, Draft(State.MADE, Maker.RULE, Reason.FINDING, (Verb.HIDE,)))
    kept = mona.get(f"/review/decided?outcome=keep&channel={channel_id}").text
    assert "kept here" in kept
    assert "kept there" not in kept
    assert "hidden here" not in kept
    assert "Nothing like that was decided." in mona.get("/review/decided?outcome=delete").text


# --- who may what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/confirm"])
def test_another_office_s_case_does_not_exist(
    signed_in: SignedIn, cast: Cast, send: Send, seen: Seen, path: str
) -> None:
    charlie = signed_in(cast.charlie)
    assert charlie.get(_case_url(seen) + path).status_code == 404
    assert charlie.get(f"/review/comments/{seen.comment_id}{path}").status_code == 404


def test_nothing_of_another_office_can_be_changed(
    mona: FlaskClient, signed_in: SignedIn, cast: Cast, send: Send, seen: Seen, database: Database
) -> None:
    charlie = signed_in(cast.charlie)
    assert send(charlie, _case_url(seen), **_decide(seen)).status_code == 404
    assert send(charlie, f"/review/comments/{seen.comment_id}", **_decide(seen)).status_code == 404
    send(mona, _case_url(seen), **_decide(seen, ["hide", "report_police"], step="confirm"))
    with database.read() as reading:
        decision_id = reading.get_one(Comment, seen.comment_id).decision_id
        action_id = reading.scalars(select(Action.id).where(Action.state == ActionState.BY_HAND)).one()
    assert send(charlie, f"/review/decisions/{decision_id}/undo").status_code == 404
    for deed in ("done", "retry", "let-go"):
        assert send(charlie, f"/review/actions/{action_id}/{deed}").status_code == 404
    assert charlie.get(f"/review/comments/{seen.comment_id}/text").status_code == 404
    assert "I know where" not in charlie.get("/review").text + charlie.get("/review/decided").text


def test_an_observer_is_offered_nothing_that_acts(signed_in: SignedIn, cast: Cast, send: Send, seen: Seen) -> None:
    browser = signed_in(cast.olive)
    page = browser.get(_case_url(seen)).text
    assert 'value="hide"' not in page
    assert 'value="keep"' not in page
    assert browser.get(f"{_case_url(seen)}/confirm").status_code == 403
    assert send(browser, _case_url(seen), **_decide(seen)).status_code == 403


@pytest.fixture
def advert(database: Database, channel_id: str) -> Seen:
    """A comment that looks like spam: nothing severe."""
    with database.write() as session:
        comment_id = office.say(session, channel_id, "Buy my tea today", author="Gareth Pike")
        return office.suggest(session, comment_id, rule="2b", label="spam", automatic=None)


def test_a_volunteer_suggests_and_a_moderator_agrees_with_one_button(
    signed_in: SignedIn, cast: Cast, send: Send, mona: FlaskClient, advert: Seen, database: Database
) -> None:
    browser = signed_in(cast.victor)
    page = browser.get(_case_url(advert)).text
    assert "Comment by the author" in plain(page)
    assert "Gareth Pike" not in page
    assert "What you choose here is a suggestion" in plain(page)
    answer = send(browser, _case_url(advert), verbs="hide", rule_id="2b", seen=advert.decision_id)
    assert answer.status_code == 303
    asked = mona.get(_case_url(advert)).text
    assert "Victor suggests: hide" in plain(asked)
    assert "Agree: hide" in plain(asked)
    answer = send(mona, _case_url(advert), verbs="hide", rule_id="2b", seen=field(asked, "seen"))
    assert answer.status_code == 303
    with database.read() as reading:
        comment = reading.get_one(Comment, advert.comment_id)
        decision = reading.get_one(Decision, comment.decision_id)
        assert (decision.state, decision.member_id, decision.second_member_id) == ("made", cast.mona.id, None)


def test_what_is_severe_is_at_no_address_for_a_volunteer(signed_in: SignedIn, cast: Cast, seen: Seen) -> None:
    browser = signed_in(cast.victor)
    for url in (_case_url(seen), f"{_case_url(seen)}/confirm", f"/review/comments/{seen.comment_id}/text"):
        assert browser.get(url).status_code == 404
    assert "I know where" not in browser.get("/review").text


def test_a_form_without_its_token_changes_nothing(mona: FlaskClient, seen: Seen, database: Database) -> None:
    assert mona.post(_case_url(seen), data=_decide(seen)).status_code == 400
    with database.read() as reading:
        assert reading.get_one(Case, seen.case_id).state == "open"


def test_a_page_holds_no_inline_style_or_script(mona: FlaskClient, seen: Seen) -> None:
    for url in ("/review", _case_url(seen), f"{_case_url(seen)}/confirm", "/review/decided"):
        page = mona.get(url).text
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page), url


@pytest.mark.parametrize(
    "url",
    [
        "/review?lane=moon",
        "/review?after=%00",
        "/review?after=nobody",
        "/review?lane=platform&after=%00",
        "/review/decided?outcome=%00&channel=%00&by=x&before=%00",
    ],
)
def test_odd_filters_break_nothing(mona: FlaskClient, seen: Seen, url: str) -> None:
    assert mona.get(url).status_code in (200, 400)


# --- what is on record about an author ------------------------------------------------------------------------------

BY_FACTS = (
    office.GUIDELINES
    + """
  - id: "7"
    title: People from elsewhere
    text: This page is for those who live here.
    standard: identified_as
    condition: {recorded: outside_constituency}
    actions: [{verb: hide, modality: may}]
    severity: 3
    examples: {breach: [I live far away.], fine: [I live here.]}
"""
)


@pytest.fixture
def outsider(database: Database, cast: Cast, seen: Seen) -> Seen:
    """The office has a rule about people from elsewhere."""
    with database.write() as session:
        office.publish(session, cast.office_id, BY_FACTS)
    return seen


def _facts_url(seen: Seen) -> str:
    return f"/review/comments/{seen.comment_id}/facts"


def test_without_a_rule_that_names_a_fact_there_is_nothing_to_record(mona: FlaskClient, send: Send, seen: Seen) -> None:
    assert "Record something about the author" not in mona.get(_case_url(seen)).text
    answer = send(mona, _facts_url(seen), fact="party", source="A guess")
    assert answer.status_code == 422


def test_a_member_records_a_fact_and_withdraws_it_again(mona: FlaskClient, send: Send, outsider: Seen) -> None:
    page = mona.get(_case_url(outsider)).text
    assert re.findall(r'<option value="([^"]*)"', page.split('id="fact"')[1]) == ["outside_constituency"]
    answer = send(mona, _facts_url(outsider), fact="outside_constituency", source=f"Their profile {HOSTILE}")
    assert answer.status_code == 303
    page = mona.get(answer.location, follow_redirects=True).text
    assert "Recorded. What waits here by the same author is judged anew." in page
    assert f"Source: Their profile {HOSTILE}" in plain(page)
    assert "<script>alert" not in page
    assert "Recorded by Mona" in plain(page)
    assert "Record something about the author" not in page
    answer = send(mona, link_to(page, r"/review/comments/\w+/facts/\w+/withdraw"))
    page = mona.get(answer.location, follow_redirects=True).text
    assert "Withdrawn." in page
    assert "Their profile" not in page


def test_what_cannot_be_recorded_is_said_where_it_was_typed(mona: FlaskClient, send: Send, outsider: Seen) -> None:
    answer = send(mona, _facts_url(outsider), fact="outside_constituency", source="   ")
    assert answer.status_code == 422
    assert "Say how you know: without a source nothing is recorded. Nothing was recorded." in plain(answer.text)
    long = send(mona, _facts_url(outsider), fact="outside_constituency", source='"x' * 400)
    assert long.status_code == 422
    assert "&#34;x&#34;x" in long.text


def test_who_only_looks_on_sees_what_is_on_record_and_changes_nothing(
    mona: FlaskClient, signed_in: SignedIn, cast: Cast, send: Send, outsider: Seen
) -> None:
    send(mona, _facts_url(outsider), fact="outside_constituency", source="Their profile")
    olive = signed_in(cast.olive)
    page = olive.get(_case_url(outsider)).text
    assert "Source: Their profile" in plain(page)
    assert "/withdraw" not in page
    assert "Record something" not in page
    assert send(olive, _facts_url(outsider), fact="outside_constituency", source="Mine").status_code == 403


def test_another_office_finds_nobody_to_record_about(
    signed_in: SignedIn, cast: Cast, send: Send, outsider: Seen
) -> None:
    charlie = signed_in(cast.charlie)
    assert send(charlie, _facts_url(outsider), fact="outside_constituency", source="Mine").status_code == 404


def test_a_limit_on_comments_is_shown_until_somebody_says_that_it_was_lifted(
    mona: FlaskClient, send: Send, database: Database, seen: Seen
) -> None:
    with database.write() as session:
        posts.limited(session, seen.comment_id)
    page = mona.get(_case_url(seen)).text
    assert "Comments under it are limited since" in page
    answer = send(mona, link_to(page, r"/review/comments/\w+/limit-lifted"))
    page = mona.get(answer.location, follow_redirects=True).text
    assert "limited no longer" in page
    assert "Comments under it are limited since" not in page


# --- second thoughts ------------------------------------------------------------------------------------------------


def test_the_bar_offers_to_call_off_what_cannot_be_undone(mona: FlaskClient, send: Send, seen: Seen) -> None:
    send(mona, _case_url(seen), **_decide(seen, "delete", step="confirm"))
    page = mona.get("/review/decided")
    assert "Delete cannot be undone, so it waits 10 seconds." in plain(page.text)
    assert "Cancel it" in page.text
    assert re.search(r'data-waits="(\d+)"', page.text)
    send(mona, link_to(page.text, r"/review/decisions/\w+/undo"))
    assert "Undone." in mona.get(_case_url(seen)).text


def test_the_last_decisions_are_listed_with_what_undoing_does(
    mona: FlaskClient, send: Send, seen: Seen, database: Database
) -> None:
    send(mona, _case_url(seen), **_decide(seen, "hide"))
    with database.write() as session:
        office.carry_out(session, seen.comment_id)
    page = mona.get("/review/undo").text
    assert "On Our page: show again." in plain(page)
    url = link_to(page, r"/review/decisions/\w+/undo")
    assert send(mona, url).status_code == 303
    refused = send(mona, url)
    assert refused.status_code == 409
    assert "Mona undid this already." in refused.text


def test_after_a_decision_the_next_case_is_one_of_the_same_view(
    mona: FlaskClient, send: Send, database: Database, channel_id: str, seen: Seen
) -> None:
    with database.write() as session:
        tea, cup = (
            office.suggest(session, office.say(session, channel_id, text), rule="2b", label="spam", automatic=None)
            for text in ("Cheap tea", "Cheap cups")
        )
    page = mona.get(f"{_case_url(tea)}?rule=2b").text
    assert f"{_case_url(cup)}?rule=2b" in page
    assert "from=rule%3D2b&amp;verbs=delete" in page
    answer = send(mona, _case_url(tea), **_decide(tea, "keep", **{"from": field(page, "from")}))
    assert answer.location == f"{_case_url(cup)}?rule=2b"


def test_what_each_choice_does_there_is_told_before_the_click(mona: FlaskClient, seen: Seen) -> None:
    page = plain(mona.get(_case_url(seen)).text)
    assert "Hide Tells the connected tool to hide the comment. Can be undone." in page
    assert "which cannot be taken back. Waits 10 seconds, then cannot be undone." in page
    assert "Cannot be undone once somebody has done it." in page


def test_a_score_stands_on_a_scale_with_a_name(mona: FlaskClient, seen: Seen) -> None:
    page = mona.get(_case_url(seen)).text
    assert 'aria-label="Threat: 0.84 of 1. This office reviews from 0.60 and hides from 0.90."' in page


def test_whoever_asks_for_help_is_offered_an_answer_first(
    mona: FlaskClient, database: Database, channel_id: str
) -> None:
    with database.write() as session:
        call = office.suggest(
            session, office.say(session, channel_id, "Can you help my mother?"), label="help_request", automatic=None
        )
    page = mona.get(_case_url(call)).text
    assert "Somebody may be asking for help." in page
    assert '<details class="answers" open>' in page
