"""Style sheets and scripts go out compressed where the browser takes that. Pages do not: they hold form tokens, and
how well a page compresses would tell something about them.
"""

import gzip
from functools import cache
from pathlib import Path

from flask import Flask, Response, request

_KINDS = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})


def init_app(app: Flask) -> None:
    """Compress each file once, when it is first asked for."""
    folder = Path(app.static_folder or "")

    @cache
    def compressed(filename: str) -> bytes:
        return gzip.compress((folder / filename).read_bytes(), mtime=0)

    @app.after_request
    def compress(response: Response) -> Response:
        if request.endpoint != "static" or response.mimetype not in _KINDS:
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code == 200 and request.method == "GET" and request.accept_encodings.quality("gzip") > 0:
            response.close()  # the open file, which is not sent now
            response.direct_passthrough = False
            response.set_data(compressed((request.view_args or {})["filename"]))
            response.content_encoding = "gzip"
            # It names the file as it lies there. Addresses carry a version and are kept for good, so nobody misses it.
            response.headers.pop("ETag", None)
        return response
