"""For whoever watches over the process: is it alive, and can it do its work?"""

import logging
from collections.abc import Callable, Mapping

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from moderator.runtime import Runtime
from moderator.storage.database import newest_revision
from webui.auth import open_to_all
from webui.current import runtime

log = logging.getLogger(__name__)

blueprint = Blueprint("health", __name__)


@blueprint.get("/livez")
@open_to_all
def alive() -> ResponseReturnValue:
    """200 as long as the process answers at all: restart it when this fails."""
    return jsonify(alive=True)


@blueprint.get("/readyz")
@open_to_all
def ready() -> ResponseReturnValue:
    """200 when everything works; else 503 and which check failed. Details are in the log, not here."""
    results = {name: _holds(name, check) for name, check in _CHECKS.items()}
    well = all(results.values())
    answer = {name: "ok" if holds else "failed" for name, holds in results.items()}
    return jsonify(ready=well, checks=answer), 200 if well else 503


def _holds(name: str, check: Callable[[Runtime], bool]) -> bool:
    try:
        return check(runtime())
    except Exception as error:
        log.error("the check %s failed: %s", name, type(error).__qualname__)
        return False


def _database_answers(runtime: Runtime) -> bool:
    runtime.database.revision()
    return True


def _schema_is_newest(runtime: Runtime) -> bool:
    return runtime.database.revision() == newest_revision()


def _classifiers_load(runtime: Runtime) -> bool:
    runtime.classifiers.load()
    return True


_CHECKS: Mapping[str, Callable[[Runtime], bool]] = {
    "database": _database_answers,
    "schema": _schema_is_newest,
    "classifiers": _classifiers_load,
}
