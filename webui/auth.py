"""Who is asking, and may they. Every route is closed to visitors unless its view says otherwise.

A view without a mark is for signed-in members of any role; `open_to_all`, `require` and `needs_key` are the only
other answers. What a member may do to a comment is decided in `moderator.review`, not here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from moderator import accounts
from moderator.domain.vocabulary import Role
from moderator.errors import NotAllowed
from moderator.review.access import reach
from moderator.storage.tables import Office
from webui.current import asked_by_machine, runtime

#: Rooms that show comments of every channel with all names: for members from whom nothing is kept.
_WHOLE_OFFICE = frozenset({"drafts", "overview"})

View = TypeVar("View", bound=Callable[..., Any])

#: Rooms that answer without looking at the cookie: they must work, or fail, by themselves.
_WITHOUT_COOKIE = frozenset({"hooks", "api", "health"})


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a view. As it stands here: any signed-in member, and nobody else."""

    visitors: bool = False
    roles: frozenset[Role] = frozenset(Role)
    #: set: only holders of an API key with this scope
    scope: str = ""


def open_to_all(view: View) -> View:
    """Visitors may call this view; a member who calls it is still known."""
    return _marked(view, Access(visitors=True))


def require(*roles: Role) -> Callable[[View], View]:
    """Only members with one of these roles may call the view."""
    return lambda view: _marked(view, Access(roles=frozenset(roles)))


def needs_key(scope: str) -> Callable[[View], View]:
    """Only programs with an API key of this scope may call the view; it is then in `g.key`."""
    return lambda view: _marked(view, Access(scope=scope))


def access(app: Flask, endpoint: str) -> Access:
    """Who may call the view behind an endpoint."""
    found: Access = getattr(app.view_functions[endpoint], "access", Access())
    return found


def init_app(app: Flask) -> None:
    app.before_request(_guard)


def sign_in(response: Response, token: str) -> Response:
    """Give the browser its session. The form token changes with it, so none made for the visitor works any more."""
    session.clear()
    limit = accounts.ABSOLUTE.total_seconds()
    response.set_cookie(_cookie_name(), token, max_age=int(limit), **_cookie_options())
    return response


def sign_out(response: Response) -> Response:
    """Take the browser's session away; the one on the server is closed by `close_session`."""
    session.clear()
    response.delete_cookie(_cookie_name(), **_cookie_options())
    return response


def session_token() -> str:
    """What the browser's cookie holds, for an answer that goes on after the request: it must look again who asks."""
    return request.cookies.get(_cookie_name(), "")


def close_session(database_session: Session) -> None:
    """End the session that the browser came with, if it came with one."""
    if token := request.cookies.get(_cookie_name()):
        accounts.close_session(database_session, token)


def local_path(value: str | None) -> str:
    """`value` where it is a path on this site, else the front page.

    Browsers also read `//host` and `/\\host` as another site, and drop control characters before they look.
    """
    path = value or ""
    local = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if local and path.isprintable() and len(path) <= 2_000 else url_for("front")


def _marked(view: View, mark: Access) -> View:
    vars(view)["access"] = mark
    return view


def _guard() -> ResponseReturnValue | None:
    g.member = g.office = g.reach = g.key = None
    allowed = access(current_app, request.endpoint) if request.endpoint else Access(visitors=True)
    if allowed.scope:
        _know_key(allowed.scope)
        return None
    if _takes_cookie():
        _know_member()
    if allowed.visitors:
        return None
    if g.member is None:
        return _turn_away()
    if g.member.role not in allowed.roles:
        raise NotAllowed("Your role does not reach this far. An owner of your office can change it.")
    if request.blueprint in _WHOLE_OFFICE and not g.reach.whole:
        raise NotAllowed("This room is about the whole office, and you work on a part of it.")
    return None


def _takes_cookie() -> bool:
    return not (asked_by_machine() or request.blueprint in _WITHOUT_COOKIE or request.endpoint == "static")


def _know_member() -> None:
    token = request.cookies.get(_cookie_name())
    if not token:
        return
    with runtime().database.read() as reading:
        g.member = accounts.session_member(reading, token)
        if g.member is not None:
            g.office = reading.get(Office, g.member.office_id)
            g.reach = reach(reading, g.member)
        stale = g.member is not None and accounts.needs_touch(reading, token)
    if stale:
        with runtime().database.write() as writing:
            accounts.touch_session(writing, token)


def _know_key(scope: str) -> None:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and key.strip():
        with runtime().database.read() as reading:
            g.key = accounts.key_holder(reading, key.strip())
    if g.key is None:
        raise Unauthorized("a valid API key is needed: Authorization: Bearer …", www_authenticate=_bearer())
    if scope not in g.key.scopes:
        raise NotAllowed(f"this key does not have the scope {scope}")


def _bearer() -> WWWAuthenticate:
    return WWWAuthenticate("bearer", {"realm": "moderator"})


def _turn_away() -> ResponseReturnValue:
    if asked_by_machine() or request.method not in ("GET", "HEAD"):
        raise Unauthorized
    wanted = urlsplit(request.url)
    return redirect(url_for("signin.form", next=wanted.path + (f"?{wanted.query}" if wanted.query else "")), 303)


def _cookie_name() -> str:
    # Browsers take a __Host- cookie only over HTTPS and from this very host.
    return "__Host-session" if runtime().settings.secure_cookies else "session"


def _cookie_options() -> dict[str, Any]:
    return {"path": "/", "secure": runtime().settings.secure_cookies, "httponly": True, "samesite": "Lax"}
