"""An office's published guidelines, open to everybody: each version at its own address, as a page, YAML and JSON.

Beside them what changed from version to version, a short address with its square code, texts to pin, and the JSON
Schema of the documents. Pages are the same for every visitor, so they have an ETag; a member's are never kept.
"""

import hashlib
import json
from functools import cache

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from guidelines import json_schema
from guidelines.render import to_yaml
from moderator.queries.guideline_changes import changes_page
from moderator.queries.guidelines_page import GuidelinesPage, Standing, guidelines_page
from webui import sharing
from webui.auth import open_to_all
from webui.current import runtime
from webui.words.rules import Telling

blueprint = Blueprint("guidelines", __name__)

#: Seconds that others may keep something for. A numbered version never changes; a page about it does.
_CURRENT, _NUMBERED, _CODE = 300, 31_536_000, 86_400


@blueprint.get("/g/<slug>")
@open_to_all
def short(slug: str) -> ResponseReturnValue:
    """For print and for telling somebody: capitals make no difference."""
    return redirect(url_for(".current", slug=_read(slug).slug), 302)


@blueprint.get("/g/<slug>/qr.svg")
@open_to_all
def code_svg(slug: str) -> ResponseReturnValue:
    return _file(sharing.code_svg(_short_address(_read(slug))), "image/svg+xml", _CODE)


@blueprint.get("/g/<slug>/qr.png")
@open_to_all
def code_png(slug: str) -> ResponseReturnValue:
    return _file(sharing.code_png(_short_address(_read(slug))), "image/png", _CODE)


@blueprint.get("/guidelines/schema.json")
@open_to_all
def schema() -> ResponseReturnValue:
    response = _file(_schema(), "application/schema+json", _CURRENT)
    return _for_other_sites(response)


@blueprint.get("/guidelines/<slug>")
@open_to_all
def current(slug: str) -> ResponseReturnValue:
    return _page(_read(slug))


@blueprint.get("/guidelines/<slug>/v/<int(max=999999):number>")
@open_to_all
def version(slug: str, number: int) -> ResponseReturnValue:
    return _page(_read(slug, number))


@blueprint.get("/guidelines/<slug>/v/<int(max=999999):number>/changes")
@open_to_all
def changes(slug: str, number: int) -> ResponseReturnValue:
    with runtime().database.read() as reading:
        page = changes_page(reading, slug, number, runtime().classifiers.labels())
    return _html(render_template("guidelines/changes.html", page=page, telling=Telling(page.after.shown)))


@blueprint.get("/guidelines/<slug>/share")
@open_to_all
def share(slug: str) -> ResponseReturnValue:
    page = _read(slug)
    telling, address = Telling(page.shown), _short_address(page)
    texts = sharing.pinned_texts(telling.words, page.guidelines, address)
    return _html(
        render_template("guidelines/share.html", page=page, telling=telling, short_address=address, texts=texts)
    )


@blueprint.get("/guidelines/<slug>.yaml")
@open_to_all
def current_yaml(slug: str) -> ResponseReturnValue:
    return _yaml(_read(slug), _CURRENT)


@blueprint.get("/guidelines/<slug>/v/<int(max=999999):number>.yaml")
@open_to_all
def version_yaml(slug: str, number: int) -> ResponseReturnValue:
    return _yaml(_read(slug, number), _NUMBERED)


@blueprint.get("/guidelines/<slug>.json")
@open_to_all
def current_json(slug: str) -> ResponseReturnValue:
    return _json(_read(slug), _CURRENT)


@blueprint.get("/guidelines/<slug>/v/<int(max=999999):number>.json")
@open_to_all
def version_json(slug: str, number: int) -> ResponseReturnValue:
    return _json(_read(slug, number), _NUMBERED)


def _read(slug: str, number: int | None = None) -> GuidelinesPage:
    with runtime().database.read() as reading:
        return guidelines_page(reading, slug, number, runtime().classifiers.labels())


def _page(page: GuidelinesPage) -> ResponseReturnValue:
    newest = page.version.standing is Standing.IN_FORCE
    here = url_for(".version", slug=page.slug, number=page.version.number)
    public = runtime().settings.public_url
    return _html(
        render_template(
            "guidelines/version.html",
            page=page,
            telling=Telling(page.shown),
            short_address=_short_address(page),
            public=public,
            permanent=public + here,
            # Whoever looks for these guidelines should find those in force.
            canonical=public + (url_for(".current", slug=page.slug) if newest else here),
        )
    )


def _html(text: str) -> Response:
    response = make_response(text)
    response.vary.add("Cookie")
    if g.get("member") is not None:
        return response
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest())
    # May be kept, and is asked for again: the next version takes effect without a word to those who keep this one.
    response.cache_control.public = True
    response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


def _short_address(page: GuidelinesPage) -> str:
    return runtime().settings.public_url + url_for(".short", slug=page.slug)


def _yaml(page: GuidelinesPage, max_age: int) -> ResponseReturnValue:
    return _document(page, to_yaml(page.guidelines), "application/yaml", max_age)


def _json(page: GuidelinesPage, max_age: int) -> ResponseReturnValue:
    """The very bytes that the version's sha256 is of, so that anybody can check it."""
    return _document(page, page.document, "application/json", max_age)


def _document(page: GuidelinesPage, text: str, mimetype: str, max_age: int) -> Response:
    response = Response(text, mimetype=mimetype)
    response.set_etag(page.version.sha256)
    response.headers["Link"] = f'<{url_for(".schema")}>; rel="describedby"; type="application/schema+json"'
    return _for_other_sites(_kept(response, max_age))


def _file(content: bytes, mimetype: str, max_age: int) -> Response:
    response = Response(content, mimetype=mimetype)
    response.set_etag(hashlib.sha256(content).hexdigest())
    return _kept(response, max_age)


def _kept(response: Response, max_age: int) -> Response:
    response.cache_control.public = True
    response.cache_control.max_age = max_age
    response.make_conditional(request)
    return response


def _for_other_sites(response: Response) -> Response:
    """Public rules are for programs of other sites as well."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@cache
def _schema() -> bytes:
    return json.dumps(json_schema.schema(), ensure_ascii=False, indent=2).encode()
