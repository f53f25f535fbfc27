"""Server of the page: access, number of visitors at once, and clean-up at the end."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
import socket
import sys
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import OutputTransform, RequestHandler

from lockin_sim.app.answers import ReadyAnswers
from lockin_sim.app.session import (
    BLOCK,
    LIMITS,
    Limits,
    Session,
    SharedContext,
    build_default_question,
    list_question_scenarios,
)
from lockin_sim.app.workers import Brief, RoundRobinQueue, WorkerPool
from lockin_sim.common.conventions import SEED
from lockin_sim.common.engines import AUTO, LOADED, choose_engine
from lockin_sim.common.errors import check_whole_number, unusable
from lockin_sim.common.prose import render_bundled_answer
from lockin_sim.comparisons.costs_by_payer import add_actor_group
from lockin_sim.runs.workers import check_numbers
from lockin_sim.settings.ensemble import Source
from lockin_sim.settings.parameters import Parameters, resolve_parameters
from lockin_sim.world import World, resolve_world

if TYPE_CHECKING:
    from lockin_sim.app.page import Page, PageFrame


#: Port and address where none is given: nobody from another machine.
PORT, ADDRESS = 5006, "localhost"

#: Addresses that nobody from another machine reaches.
LOCAL = ("localhost", "127.0.0.1")

#: What somebody should know who listens on another address.
OPEN = (
    "other machines can reach this app, which has neither accounts nor encryption: put a server before it "
    "that has both, or a firewall"
)

#: Bytes of one message of a browser: a scenario file has 1 MB at most, and travels in base 64.
MOST_MESSAGE = 2_000_000

#: Where Panel's own styles are served from: this server, and nowhere else.
STATIC = "static/extensions/panel/"

#: Milliseconds after which a page that no browser holds is gone, and between two looks for such pages.
GONE, LOOK = 30_000, 5_000

#: Pages that no browser holds and that stay for that long, the last to be left: one has some 13 MB.
LEFT = 2


#: What somebody reads who comes when all places are taken, and whose place somebody else has.
FULL = "All {most} places are taken just now. Please load this page again in a few minutes."
GIVEN_UP = (
    "All places are taken, and this address has most of them: this page's went to somebody else. Its address "
    "still holds all that is set: load it again, perhaps in a few minutes."
)


class OpenPage(NamedTuple):
    """An open page with its session, its frame and the client that requested it."""

    page: Page
    session: Any
    frame: PageFrame
    client: str

    def give_up(self) -> None:
        """Replace the page by the message that another visitor has its place."""
        from lockin_sim.app.page import build_message_parts

        self.frame.fill(**build_message_parts(GIVEN_UP))


def find_client_address(request: Any) -> str:
    """Return the address of the client that made a request.

    A forwarded address counts only from a server on this machine.
    """
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and is_local(request.remote_ip) else str(request.remote_ip)


def build_shared_context(
    turns: RoundRobinQueue,
    *,
    own: World | None = None,
    parameters: Parameters | None = None,
    posterior: Source = None,
    actor: str | None = None,
    seed: int = SEED,
    limits: Limits = LIMITS,
    brief: Brief | None = None,
) -> SharedContext:
    """Build the context that all visitors share; arguments as of :class:`App`.

    Raises InputError for a world without a standard family under study.
    """
    compiles = own is None or own.compiles
    engine = choose_engine(AUTO, years=LOADED, agents=False, bundled=own is None, compiles=compiles)
    values, (whose, world) = resolve_parameters(parameters), add_actor_group(resolve_world(own), actor)
    if not world.case.family:
        raise unusable("world", found=world.name, allowed="one with a standard family under study")
    return SharedContext(turns, world, values, seed, limits, engine, posterior, whose, brief=brief)


class App:
    """State shared between visitors, and the pages that are open.

    processes  number of processes that compute; None = one for each processor
    own        tables of another world than the bundled one, or None
    posterior  source of the parameters of each run, except for given ones; None = no draws
    actor      whose money counts as their own; None = the actor of the world's case
    brief      functions that write what is known of one economy; None = no such text
    """

    def __init__(
        self,
        *,
        own: World | None = None,
        parameters: Parameters | None = None,
        posterior: Source = None,
        actor: str | None = None,
        seed: int = SEED,
        processes: int | None = None,
        limits: Limits = LIMITS,
        brief: Brief | None = None,
    ) -> None:
        numbers = check_numbers(limits.runs, seed, processes)
        check_whole_number("sessions", limits.sessions, least=1)
        self.limits, self.turns = limits, RoundRobinQueue(limits.waiting)
        desk = build_shared_context(
            self.turns,
            own=own,
            parameters=parameters,
            posterior=posterior,
            actor=actor,
            seed=seed,
            limits=limits,
            brief=brief,
        )
        own = None if desk.world is resolve_world(None) else desk.world
        self.desk = replace(desk, answers=ReadyAnswers.read(desk))
        self.workers = WorkerPool(
            self.turns, processes=numbers, world=own, cache_bytes=limits.cache_bytes, seconds=limits.seconds
        )
        self.places: dict[Page, OpenPage] = {}
        # a visitor of our own asks for the first runs of what the page opens with, and why: they are kept
        self._warm, first = (
            Session(self.desk, most=BLOCK),
            next(iter(list_question_scenarios(self.desk.world).values())),
        )
        self._warm.compare([first])
        self._warm.explain(first, **build_default_question(self.desk), first=False)
        from lockin_sim.app.page import Page, render_ready_page

        Page(self.desk)  # what the first visitor would wait for is loaded now
        render_ready_page(self.desk, {})

    def visit(self) -> Any:
        """Return the frame of a new page for the present request.

        The visitor takes up a place only once the connection of the page stands.
        """
        import panel as pn

        from lockin_sim.app.page import PageFrame, render_ready_page

        document: Any = pn.state.curdoc
        request = document.session_context.request
        client, arguments = find_client_address(request), dict(request.arguments)
        loans = "" if self.desk.answers is None else render_bundled_answer()
        frame = PageFrame(self.desk.world.case.question, render_ready_page(self.desk, arguments), loans)
        pn.state.onload(lambda: self._open_page(document, frame, client, arguments))
        return frame.template

    @property
    def taken(self) -> list[OpenPage]:
        """Open pages whose connection stands; each takes up one place."""
        return [place for place in self.places.values() if place.session.connection_count]

    def _open_page(
        self, document: Any, frame: PageFrame, client: str, arguments: Mapping[str, Sequence[bytes]]
    ) -> None:
        """Fill a frame whose connection stands with a page, or with a message if all places are taken.

        Pages without connection expire, except for the last :data:`LEFT` of them.
        """
        import panel as pn

        from lockin_sim.app.page import Page, build_message_parts

        # beside the page, wherever a server before this one puts it
        document.template_variables["dist_url"] = STATIC
        most = self.limits.sessions
        if len(self.taken) >= most and not self._free_place(client):
            return frame.fill(**build_message_parts(FULL.format(most=most)))
        page = Page.opened(self.desk, arguments)
        left = [place.session for place in self.places.values() if not place.session.connection_count]
        for session in left[:-LEFT]:  # more than may come back: the first to leave go
            session.request_expiration()
        self.places[page] = OpenPage(page, document.session_context.session, frame, client)
        pn.state.on_session_destroyed(lambda context: self._remove_page(page))
        frame.fill(**page.parts)
        page.begin()

    def _free_place(self, client: str) -> bool:
        """Close the first page of the client with most pages; return whether this frees a place.

        A page is closed only if its client then still has more pages than the new client.
        """
        pages = Counter(place.client for place in self.taken)
        greedy, most = pages.most_common(1)[0]
        if most <= pages[client] + 1:
            return False
        gone = next(place for place in self.taken if place.client == greedy)
        self._remove_page(gone.page)
        gone.session.document.add_next_tick_callback(gone.give_up)
        return True

    def close(self) -> None:
        """Close all pages and end the worker processes."""
        self._warm.close()
        for page in list(self.places):
            page.close()
        self.workers.close()

    def _remove_page(self, page: Page) -> None:
        """Remove a page and close its session."""
        if self.places.pop(page, None) is not None:
            page.close()


def serve(
    app: App,
    *,
    port: int = PORT,
    address: str = ADDRESS,
    origins: Sequence[str] = (),
    start: bool = True,
    quiet: bool = False,
    show: bool = False,
) -> Any:
    """Serve the page until the server is interrupted.

    address  to listen on; the default cannot be reached from other machines
    origins  further names under which browsers may reach the page, as host or host:port
    start    False: return the server without starting its event loop
    quiet    whether to suppress the line with the address;  show  whether to open the page in a browser
    Raises InputError for a port or address that is not available.
    """
    import panel as pn

    allowed = list_origins(address, port, origins)
    if not is_local(address):
        warnings.warn(f"{address}: {OPEN}", stacklevel=2)
    try:
        server = pn.io.server.get_server(
            {"/": app.visit},
            port=port,
            address=address,
            websocket_origin=allowed,
            show=False,
            start=False,
            title={"/": "What would this policy change?"},
            session_token_expiration=3600,
            unused_session_lifetime_milliseconds=GONE,
            check_unused_sessions_milliseconds=LOOK,
            websocket_max_message_size=MOST_MESSAGE,
        )
    except OSError as error:
        free = f"an address of this machine and a port that is free ({error.strerror})"
        raise unusable("address and port", found=f"{address}:{port}", allowed=free) from error
    add_security_rules(server._tornado)
    if not start:
        return server
    if not quiet:
        print(
            f"The app is at http://{address}:{server.port}  (end it with Ctrl+C)", file=sys.stderr, flush=True
        )
    if show:
        server.io_loop.add_callback(server.show, "/")
    try:
        server.run_until_shutdown()
    finally:
        app.close()
    return server


def list_origins(address: str, port: int, listed: Sequence[str]) -> list[str]:
    """List the names and ports under which a browser may open the connection; all others are refused.

    Raises InputError for an invalid port or host name.
    """
    check_whole_number("port", port, least=0, most=65_535)
    names = [*listed]
    if address in LOCAL:
        names += LOCAL
    elif (
        number := _parse_ip_address(address)
    ) is not None and number.is_unspecified:  # all of this machine's
        names += [*LOCAL, socket.gethostname(), socket.getfqdn()]
    else:
        names.append(address)
    origins = []
    for name in dict.fromkeys(names):
        host, colon, digits = name.rpartition(":") if name.count(":") == 1 else (name, "", "")
        host = host or name
        if not host or any(sign in host for sign in "/*?# ") or (colon and not digits.isdigit()):
            raise unusable("origin", found=name, allowed="the name of a host, perhaps with :port")
        origins.append(name if colon or not port else f"{name}:{port}")
    return origins


def is_local(address: str) -> bool:
    """Whether an address can be reached from this machine only."""
    number = _parse_ip_address(address)
    return address in LOCAL or (number is not None and number.is_loopback)


def _parse_ip_address(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Parse a numeric IP address; None for a name."""
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


#: A script that stands in a page, as the server wrote it: one from a file has nothing between its ends.
_SCRIPT = re.compile(rb"<script\b[^>]*>(.*?)</script>", re.DOTALL)

#: What a page may load and do.  Bokeh sets styles in elements; pictures and downloads are data of the page.
_ALLOWED = (
    "default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)


def build_content_policy(page: bytes) -> str:
    """Build the Content-Security-Policy of a page, which allows only the scripts that the page now contains.

    Each script is named by its digest, so that a script inserted later never runs.
    """
    digests = [hashlib.sha256(script).digest() for script in _SCRIPT.findall(page) if script]
    named = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    return _ALLOWED.format(scripts=" ".join(dict.fromkeys(named)))


class SecurityHeaders(OutputTransform):
    """Security headers of every response."""

    def __init__(self, request: HTTPServerRequest) -> None:
        """Ignore the request, which the headers do not depend on."""

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Add the security headers; a page is written in one piece, so that its first chunk is all of it."""
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Content-Security-Policy"] = build_content_policy(chunk)
        return status_code, headers, chunk


class _OriginlessWebsocket(Matcher):
    """Matcher of websocket requests without an Origin header; browsers always send the header."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return {} for a websocket request without an Origin header, None for any other request."""
        upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
        return {} if upgrade and "Origin" not in request.headers else None


class _ForbiddenHandler(RequestHandler):
    """Handler that refuses a request and gives the reason."""

    def get(self) -> None:
        """Respond with status 403 (forbidden) and the reason."""
        self.set_status(403)
        self.finish("origin: found nothing; allowed: a page of this server.")


def add_security_rules(application: Any) -> None:
    """Add security headers to a Tornado application, and refuse websockets without an Origin header."""
    application.add_transform(SecurityHeaders)
    application.default_router.rules.insert(0, Rule(_OriginlessWebsocket(), _ForbiddenHandler))
