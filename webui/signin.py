"""Signing in, by password or by a link that works once, and signing out. What is right is for `moderator.accounts`."""

from collections import OrderedDict, deque
from collections.abc import Hashable
from datetime import datetime, timedelta
from threading import Lock

from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from moderator import accounts, clock
from moderator.errors import NotFound
from webui import auth
from webui.auth import open_to_all
from webui.current import runtime

blueprint = Blueprint("signin", __name__)

#: Failures after which signing in by password waits. A link still works: nobody can lock a member out for good.
PER_EMAIL = 10
#: More, because an office, or a whole building, may share one address.
PER_ADDRESS = 50
WINDOW = timedelta(minutes=15)

#: Keys remembered at most; beyond that the oldest are forgotten, so that a flood cannot fill the memory.
_MOST_KEYS = 10_000


class Attempts:
    """Failures in the last `WINDOW`, by key. Kept in memory: a restart forgets, and two processes count apart."""

    def __init__(self) -> None:
        self._failures: OrderedDict[Hashable, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: Hashable, most: int) -> float:
        """Count an attempt as failed, until `release`. After `most`: the seconds to wait, and nothing is counted."""
        now = clock.now()
        with self._lock:
            failures = self._failures.setdefault(key, deque())
            self._failures.move_to_end(key)
            while failures and failures[0] <= now - WINDOW:
                failures.popleft()
            if len(failures) >= most:
                return (failures[0] + WINDOW - now).total_seconds()
            failures.append(now)
            if len(self._failures) > _MOST_KEYS:
                self._failures.popitem(last=False)
            return 0.0

    def release(self, key: Hashable) -> None:
        """The attempt was good: count it no more."""
        with self._lock:
            if failures := self._failures.get(key):
                failures.pop()


@blueprint.record
def _count_attempts(state: BlueprintSetupState) -> None:
    state.app.extensions["sign_in_attempts"] = Attempts()


@blueprint.get("/sign-in")
@open_to_all
def form() -> ResponseReturnValue:
    wanted = auth.local_path(request.args.get("next"))
    return redirect(wanted, 303) if g.member else _form(wanted)


@blueprint.post("/sign-in")
@open_to_all
def by_password() -> ResponseReturnValue:
    """The answer to a wrong pair is one and the same, whether or not the e-mail is known."""
    email = request.form.get("email", "").strip()
    wanted = auth.local_path(request.form.get("next"))
    keys = {("email", email.casefold()): PER_EMAIL, ("address", request.remote_addr): PER_ADDRESS}
    attempts: Attempts = current_app.extensions["sign_in_attempts"]
    if wait := max([attempts.take(key, most) for key, most in keys.items()]):
        raise TooManyRequests(retry_after=int(wait) + 1)
    with runtime().database.read() as session:
        member = accounts.check_password(session, email, request.form.get("password", ""))
    with runtime().database.write() as session:
        right = accounts.note_attempt(session, email, member)
        token = accounts.open_session(session, member.id) if member and right else None
        if token:
            auth.close_session(session)
    if token is None:
        return _form(wanted, email=email, failed=True)
    for key in keys:
        attempts.release(key)
    return _signed_in(token, wanted)


@blueprint.get("/sign-in/<token>")
@open_to_all
def link(token: str) -> ResponseReturnValue:
    """Show whose link this is. Mail scanners and previews follow links, so following one uses nothing up."""
    with runtime().database.read() as session:
        member = accounts.link_member(session, token)
    if member is None:
        raise _spent()
    return render_template("signin/link.html", name=member.name)


@blueprint.post("/sign-in/<token>")
@open_to_all
def by_link(token: str) -> ResponseReturnValue:
    with runtime().database.write() as session:
        member = accounts.redeem_link(session, token)
        if member is None:
            raise _spent()
        auth.close_session(session)
        opened = accounts.open_session(session, member.id)
    return _signed_in(opened, url_for("front"))


@blueprint.post("/sign-out")
@open_to_all
def sign_out() -> ResponseReturnValue:
    with runtime().database.write() as session:
        auth.close_session(session)
    return auth.sign_out(make_response(redirect(url_for("signin.form"), 303)))


def _form(wanted: str, *, email: str = "", failed: bool = False) -> Response:
    page = render_template("signin/password.html", next=wanted, email=email, failed=failed)
    return make_response(page, 401 if failed else 200)


def _signed_in(token: str, wanted: str) -> Response:
    return auth.sign_in(make_response(redirect(wanted, 303)), token)


def _spent() -> NotFound:
    return NotFound("This link was used already, is too old, or was cut short. Ask for a new one.")
