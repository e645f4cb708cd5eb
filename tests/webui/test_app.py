import threading
from dataclasses import replace

import pytest
from flask import Flask, render_template_string
from jinja2 import UndefinedError

from moderator.runtime import Runtime
from tests.webui.conftest import SECRET_KEY, Cast, SignedIn, on_one_database
from webui.app import create_app

pytestmark = on_one_database


def test_the_front_page_is_the_review_queue(signed_in: SignedIn, cast: Cast) -> None:
    answer = signed_in(cast.mona).get("/", follow_redirects=True)
    assert (answer.status_code, answer.request.path) == (200, "/review")


def test_making_an_application_starts_nothing(runtime: Runtime) -> None:
    before = threading.active_count()
    create_app(runtime)
    assert threading.active_count() == before


def test_two_applications_keep_apart(runtime: Runtime) -> None:
    first, second = create_app(runtime), create_app(replace(runtime))
    assert first.extensions["moderator"] is not second.extensions["moderator"]
    assert first.extensions["sign_in_attempts"] is not second.extensions["sign_in_attempts"]


def test_every_template_escapes_whatever_its_name(app: Flask) -> None:
    with app.test_request_context():
        assert app.jinja_env.from_string("{{ text }}").render(text="<b>") == "&lt;b&gt;"
        assert app.jinja_env.autoescape is True


def test_a_name_that_a_template_does_not_know_is_an_error(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(UndefinedError):
        render_template_string("{{ nobody }}")


def test_form_tokens_are_signed_with_a_key_of_their_own(app: Flask) -> None:
    assert SECRET_KEY not in str(app.secret_key)
    assert len(str(app.secret_key)) == 64
