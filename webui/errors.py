"""Every error as one kind of answer: a page for people, `application/problem+json` (RFC 9457) for programs.

Answers and log lines name no secret, no token and no comment text. What is logged of an unforeseen error is its
type and where it happened, without its message: messages of databases and parsers quote what they were given.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException

from moderator.connectors.base import FieldInvalid, Refusal
from moderator.errors import Invalid, ModeratorError
from moderator.sealing import SealBroken
from moderator.traces import without_words
from webui.current import asked_by_machine, asked_by_script

log = logging.getLogger(__name__)

#: Seconds after which a sender may try again when the database could not take something.
RETRY_AFTER = "10"

#: status: what happened; what is safe and what to do, where the error itself does not say
_WORDS: Mapping[int, tuple[str, str]] = {
    400: ("We could not read that", "Nothing was changed. Go back, reload the page and try again."),
    401: ("You are signed out", "Nothing was changed. Sign in and try again."),
    403: ("You may not do that", "Nothing was changed. An owner of your office can change what you may do."),
    404: ("There is nothing here", "The address may be mistyped, or what it named is gone."),
    405: ("That cannot be done here", "Nothing was changed. Go back and try another way."),
    409: ("Somebody else was first", "Nothing was changed. Look at it again before you decide."),
    413: ("That is too large", "Nothing was stored. Send it in smaller parts."),
    422: ("Something needs mending", "Nothing was changed. Mend it and send it again."),
    429: ("Too many attempts", "Nothing was changed. Wait a while and try again."),
    500: ("Something went wrong here", "Nothing was stored by halves. Try again; if it stays, tell whoever runs this."),
    503: ("We cannot store anything just now", "Nothing was stored by halves. Try again in a minute."),
}

_CSRF = "This form was open for too long, or did not come from this site. Nothing was changed. Go back and reload it."


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as it is shown."""

    status: int
    detail: str = ""
    #: the path of the value that cannot be used
    field: str = ""
    #: what to quote to the operator, who finds it in the log
    reference: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        return _WORDS.get(self.status, (HTTPStatus(self.status).phrase, ""))[0]

    @property
    def advice(self) -> str:
        return self.detail or _WORDS.get(self.status, ("", "Nothing was changed."))[1]


def init_app(app: Flask) -> None:
    app.register_error_handler(Exception, _answer)


def _answer(error: Exception) -> Response:
    problem = _problem(error)
    told = asked_by_machine() or asked_by_script()
    response = _as_json(problem) if told else _as_page(problem)
    response.headers.update(problem.headers)
    return response


def _problem(error: Exception) -> Problem:
    """The one table of errors."""
    match error:
        case Invalid() | FieldInvalid():
            return Problem(error.status, str(error), field=error.field)
        case ModeratorError() | Refusal():
            return Problem(error.status, str(error))
        case CSRFError():
            return Problem(400, _CSRF)
        case HTTPException(code=int(status)):
            return Problem(status, headers=_headers(error))
        case OperationalError() | PoolExhausted() | SealBroken():
            return Problem(503, reference=_logged(error), headers=(("Retry-After", RETRY_AFTER),))
        case _:
            return Problem(500, reference=_logged(error))


def _as_json(problem: Problem) -> Response:
    body: dict[str, str | int] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.advice,
    }
    body |= {key: value for key in ("field", "reference") if (value := getattr(problem, key))}
    response = make_response(jsonify(body), problem.status)
    response.mimetype = "application/problem+json"
    return response


def _as_page(problem: Problem) -> Response:
    # The frame of a page shows who is signed in. Where the service itself fails, nothing may depend on that.
    template = "errors/failure.html" if problem.status >= 500 else "errors/problem.html"
    return make_response(render_template(template, problem=problem), problem.status)


def _headers(error: HTTPException) -> tuple[tuple[str, str], ...]:
    """What belongs to a status beside its body: `Allow`, `Retry-After`, `WWW-Authenticate`."""
    return tuple((name, value) for name, value in error.get_headers() if name.lower() != "content-type")


def _logged(error: Exception) -> str:
    reference = secrets.token_hex(4)
    log.error("%s %s failed, reference %s\n%s", request.method, request.endpoint, reference, without_words(error))
    return reference
