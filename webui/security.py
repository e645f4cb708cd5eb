"""What no request may bring, what every answer tells the browser to refuse, and how long it may keep what."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest

from webui.current import asked_by_machine

#: Everything comes from this site, and nothing may be written into a page: no inline script, no inline style.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_YEAR = 31_536_000


def init_app(app: Flask, *, https: bool) -> None:
    """`https`: the public comes over HTTPS, so browsers are told never to come otherwise."""
    headers = HEADERS | ({"Strict-Transport-Security": f"max-age={_YEAR}"} if https else {})
    fingerprint = _fingerprints(Path(app.static_folder or ""))

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method not in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise CSRFError("another site sent this form")

    @app.before_request
    def refuse_what_no_database_can_hold() -> None:
        if not asked_by_machine() and any("\0" in value for _, typed in request.form.lists() for value in typed):
            raise BadRequest

    @app.url_defaults
    def name_the_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values["v"] = fingerprint(values["filename"])

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if request.endpoint == "static" and response.status_code == 200:
            newest = request.args.get("v") == fingerprint((request.view_args or {})["filename"])
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if newest else "no-cache"
        elif g.get("member") is not None or "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _fingerprints(folder: Path) -> Any:
    @cache
    def fingerprint(filename: str) -> str:
        return hashlib.sha256((folder / filename).read_bytes()).hexdigest()[:16]

    return fingerprint
