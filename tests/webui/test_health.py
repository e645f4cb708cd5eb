from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from moderator.pipeline.classifier_room import ClassifierRoom
from moderator.runtime import Runtime
from moderator.storage.database import Database
from tests.webui.conftest import on_one_database
from webui.app import create_app


@contextmanager
def _client_on(runtime: Runtime, url: str) -> Iterator[FlaskClient]:
    database = Database(url)
    yield create_app(replace(runtime, database=database)).test_client()
    database.dispose()


def test_a_service_that_can_do_its_work_is_ready(visitor: FlaskClient) -> None:
    answer = visitor.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json() == {"ready": True, "checks": {"database": "ok", "schema": "ok", "classifiers": "ok"}}


@on_one_database
def test_an_older_schema_is_not_ready(runtime: Runtime, tmp_path: Path) -> None:
    with _client_on(runtime, f"sqlite:///{tmp_path / 'empty.db'}") as client:
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {"database": "ok", "schema": "failed", "classifiers": "ok"}


@on_one_database
def test_without_its_database_it_lives_but_is_not_ready_and_tells_no_secret(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    with _client_on(runtime, "postgresql+psycopg://postgres:hush-hush@127.0.0.1:1/nowhere") as client:
        client.set_cookie("session", "a cookie from better days")
        ready, alive = client.get("/readyz"), client.get("/livez")
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert ready.get_json()["checks"] == {"database": "failed", "schema": "failed", "classifiers": "ok"}
    assert "the check database failed: OperationalError" in caplog.text
    assert "hush-hush" not in caplog.text + ready.text


@on_one_database
def test_a_classifier_that_does_not_load_is_not_ready(runtime: Runtime) -> None:
    client = create_app(replace(runtime, classifiers=ClassifierRoom(("no-such-classifier",)))).test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["classifiers"] == "failed"
