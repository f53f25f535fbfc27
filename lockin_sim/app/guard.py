"""What the server sends with every answer, and whom it refuses: walls behind those of the page itself."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import OutputTransform, RequestHandler

#: A script that stands in a page, as the server wrote it: one from a file has nothing between its ends.
_SCRIPT = re.compile(rb"<script\b[^>]*>(.+?)</script>", re.DOTALL)

#: What a page may load and do.  Bokeh sets styles in elements; pictures and downloads are data of the page.
_ALLOWED = (
    "default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)


def policy_of(page: bytes) -> str:
    """The Content-Security-Policy of a page: only those scripts run in it that it has when it leaves here.

    Each is named by its digest, so that what is put into the page later, whatever way, never runs.
    """
    digests = [hashlib.sha256(script).digest() for script in _SCRIPT.findall(page)]
    named = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    return _ALLOWED.format(scripts=" ".join(dict.fromkeys(named)))


class Walls(OutputTransform):
    """Headers of every answer."""

    def __init__(self, request: HTTPServerRequest) -> None:
        """Nothing of the request matters."""

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Add them; a page is written in one piece."""
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Content-Security-Policy"] = policy_of(chunk)
        return status_code, headers, chunk


class _Nameless(Matcher):
    """Websockets that do not say from which page they come: browsers always do."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Whether it is one."""
        asked = request.headers.get("Upgrade", "").lower() == "websocket"
        return {} if asked and "Origin" not in request.headers else None


class _Refused(RequestHandler):
    """Says why."""

    def get(self) -> None:
        """Forbidden."""
        self.set_status(403)
        self.finish("origin: found nothing; allowed: a page of this server.")


def guard(application: Any) -> None:
    """Put walls around what a server serves.  application: Tornado's"""
    application.add_transform(Walls)
    application.default_router.rules.insert(0, Rule(_Nameless(), _Refused))
