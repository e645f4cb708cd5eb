"""Style and scripts go out compressed to whoever takes that, and are the same either way."""

import gzip
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.webui.conftest import Cast, SignedIn, on_one_database

pytestmark = on_one_database

_FILES = sorted(path.name for path in (Path(__file__).parents[2] / "webui" / "static").iterdir())


@pytest.fixture
def browser(signed_in: SignedIn, cast: Cast) -> FlaskClient:
    return signed_in(cast.mona)


@pytest.mark.parametrize("name", _FILES)
def test_a_file_is_the_same_compressed_or_not(browser: FlaskClient, name: str) -> None:
    plain = browser.get(f"/static/{name}", headers={"Accept-Encoding": "identity"})
    packed = browser.get(f"/static/{name}", headers={"Accept-Encoding": "gzip, deflate, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.content_length == len(packed.data)
    plain.close()
    assert packed.headers["Cache-Control"] == plain.headers["Cache-Control"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_pages_hold_form_tokens_and_are_never_compressed(browser: FlaskClient) -> None:
    page = browser.get("/review", headers={"Accept-Encoding": "gzip"})
    assert "csrf_token" in page.text
    assert "Content-Encoding" not in page.headers


def test_a_file_that_is_not_there_is_not_there_compressed_either(browser: FlaskClient) -> None:
    assert browser.get("/static/none.css", headers={"Accept-Encoding": "gzip"}).status_code == 404


def test_whoever_asks_for_the_head_alone_gets_no_body(browser: FlaskClient) -> None:
    answer = browser.head("/static/style.css", headers={"Accept-Encoding": "gzip"})
    assert (answer.status_code, answer.data) == (200, b"")
    answer.close()
