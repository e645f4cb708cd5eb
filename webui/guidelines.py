"""An office's published guidelines, open to everybody: each version at its own address, as a page, YAML and JSON."""

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from guidelines.render import to_yaml
from moderator.queries.guidelines_page import GuidelinesPage, guidelines_page
from webui.auth import open_to_all
from webui.current import runtime

blueprint = Blueprint("guidelines", __name__, url_prefix="/guidelines")

#: Seconds that others may keep the current version for. A numbered one never changes.
_CURRENT, _NUMBERED = 300, 31_536_000


@blueprint.get("/<slug>")
@open_to_all
def current(slug: str) -> ResponseReturnValue:
    return _page(_read(slug))


@blueprint.get("/<slug>/v/<int(max=999999):number>")
@open_to_all
def version(slug: str, number: int) -> ResponseReturnValue:
    return _page(_read(slug, number))


@blueprint.get("/<slug>.yaml")
@open_to_all
def current_yaml(slug: str) -> ResponseReturnValue:
    return _yaml(_read(slug), _CURRENT)


@blueprint.get("/<slug>/v/<int(max=999999):number>.yaml")
@open_to_all
def version_yaml(slug: str, number: int) -> ResponseReturnValue:
    return _yaml(_read(slug, number), _NUMBERED)


@blueprint.get("/<slug>.json")
@open_to_all
def current_json(slug: str) -> ResponseReturnValue:
    return _json(_read(slug), _CURRENT)


@blueprint.get("/<slug>/v/<int(max=999999):number>.json")
@open_to_all
def version_json(slug: str, number: int) -> ResponseReturnValue:
    return _json(_read(slug, number), _NUMBERED)


def _read(slug: str, number: int | None = None) -> GuidelinesPage:
    with runtime().database.read() as reading:
        return guidelines_page(reading, slug, number, runtime().classifiers.labels())


def _page(page: GuidelinesPage) -> ResponseReturnValue:
    here = url_for(".version", slug=page.slug, number=page.version.number)
    return render_template("guidelines/version.html", page=page, version_url=runtime().settings.public_url + here)


def _yaml(page: GuidelinesPage, max_age: int) -> ResponseReturnValue:
    return _document(page, to_yaml(page.guidelines), "application/yaml", max_age)


def _json(page: GuidelinesPage, max_age: int) -> ResponseReturnValue:
    """The very bytes that the version's sha256 is of, so that anybody can check it."""
    return _document(page, page.document, "application/json", max_age)


def _document(page: GuidelinesPage, text: str, mimetype: str, max_age: int) -> ResponseReturnValue:
    response = Response(text, mimetype=mimetype)
    response.set_etag(page.version.sha256)
    response.cache_control.public = True
    response.cache_control.max_age = max_age
    # Public rules are for programs of other sites as well.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response.make_conditional(request)
