"""Visitors of the server: who has a place, who is let in, and what is left of those who went."""

import gc
import re
import weakref
from collections import Counter
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest

pytest.importorskip("panel")

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect
from visiting import FULL, PLACE, serving, until, visiting

from lockin_sim.app import server
from lockin_sim.app.page import Page
from lockin_sim.app.server import build_content_policy, find_client_address
from lockin_sim.common.errors import InputError


async def test_a_fetch_takes_no_place_and_who_leaves_frees_one_at_once(real_world, monkeypatch):
    monkeypatch.setattr(server, "LOOK", 10_000_000)  # nobody looks for pages that are gone
    async with serving(real_world, sessions=2) as served:
        for _ in range(4):
            assert (await served.fetch()).code == 200
        async with visiting(served) as first, visiting(served) as second:
            assert await first.hear(PLACE, FULL) == PLACE
            assert await second.hear(PLACE, FULL) == PLACE
            async with visiting(served) as third:
                assert await third.hear(PLACE, FULL) == FULL
        await until(lambda: not served.app.taken)
        assert len(served.app.places) == 2  # who comes back within the time for it finds the page
        async with visiting(served) as fourth:
            assert await fourth.hear(PLACE, FULL) == PLACE


async def test_a_client_with_all_places_leaves_one_to_each_other_client(real_world):
    async with serving(real_world, sessions=3) as served, AsyncExitStack() as stack:

        async def comes(client):
            """Another visitor, and whether they have a place."""
            visitor = await stack.enter_async_context(visiting(served, client=client))
            return visitor, await visitor.hear(PLACE, FULL)

        greedy = [await comes("192.0.2.1") for _ in range(4)]
        assert [said for _, said in greedy] == [PLACE, PLACE, PLACE, FULL]
        assert (await comes("192.0.2.2"))[1] == PLACE
        first = greedy[0][0]
        assert await first.hear("this page&#39;s went to somebody else", "went to somebody else")
        assert (await comes("192.0.2.3"))[1] == PLACE
        assert (await comes("192.0.2.4"))[1] == FULL  # each has one now
        assert (await comes("192.0.2.1"))[1] == FULL
        assert Counter(place.client for place in served.app.taken) == {f"192.0.2.{n}": 1 for n in (1, 2, 3)}


def test_a_forwarded_address_counts_from_this_machine_alone():
    def request(remote, forwarded):
        return SimpleNamespace(remote_ip=remote, headers={"X-Forwarded-For": forwarded} if forwarded else {})

    assert find_client_address(request("127.0.0.1", "192.0.2.9, 192.0.2.1")) == "192.0.2.1"
    assert find_client_address(request("127.0.0.1", "")) == "127.0.0.1"
    assert find_client_address(request("192.0.2.7", "192.0.2.1")) == "192.0.2.7"


async def test_styles_of_a_page_are_served_here(real_world):
    async with serving(real_world) as served, visiting(served) as visitor:
        await visitor.hear(PLACE, FULL)
        sheets = set(re.findall(r'"url": ?"([^"]+)"', visitor.heard))
        assert len(sheets) > 3
        assert {url for url in sheets if not url.startswith("static/")} == set()


async def test_nothing_is_left_of_a_visit(real_world, monkeypatch):
    monkeypatch.setattr(server, "GONE", 100)
    monkeypatch.setattr(server, "LOOK", 50)
    pages = weakref.WeakSet()

    async with serving(real_world) as served:
        for _ in range(2):
            async with visiting(served) as visitor:
                assert await visitor.hear(PLACE, FULL) == PLACE
                pages.update(served.app.places)
            await until(lambda: not served.sessions)
            await until(lambda: gc.collect() >= 0 and not pages)


def test_controls_that_are_drawn_anew_leave_nothing(desk):
    page = Page(desk)
    assert page.builder.controls
    before = [weakref.ref(control) for control in page.builder.controls]
    page.builder.show()
    gc.collect()
    assert [there() for there in before if there() is not None] == []


async def test_few_pages_wait_to_be_come_back_to(real_world, monkeypatch):
    monkeypatch.setattr(server, "LOOK", 10_000_000)  # nobody looks for pages that are gone
    async with serving(real_world, sessions=9) as served:
        for _ in range(4):
            async with visiting(served) as visitor:
                assert await visitor.hear(PLACE, FULL) == PLACE
            await until(lambda: not served.app.taken)
        asked = [place.session.expiration_requested for place in served.app.places.values()]
        assert asked == [True, False, False, False]


@pytest.mark.parametrize("origin", [None, "http://elsewhere.example", "null"])
async def test_a_connection_from_no_page_of_this_server_is_refused(real_world, origin):
    async with serving(real_world) as served:
        headers = {} if origin is None else {"Origin": origin}
        request = HTTPRequest(f"ws://{served.host}/ws", headers=headers)
        with pytest.raises(HTTPClientError, match="403"):
            await websocket_connect(request, subprotocols=["bokeh", "token"])


async def test_every_answer_forbids_scripts_that_the_server_did_not_write(real_world):
    async with serving(real_world) as served:
        for path in ("/", "/static/js/bokeh.min.js", "/nothing"):
            answer = await served.fetch(path)
            said = dict(part.strip().split(" ", 1) for part in
                        answer.headers["Content-Security-Policy"].split(";"))  # fmt: skip
            assert "unsafe" not in said["script-src"]
            assert said["default-src"] == "'self'"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_scripts_of_a_page_are_named_by_their_digest():
    # openssl dgst -sha256 -binary | base64
    digest = "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
    alone = b"<p>a</p><script>alert(1)</script><p>b</p>"
    for page in (alone, b'<script src="x.js"></script>' + alone):
        assert f"script-src 'self' {digest};" in build_content_policy(page)
    assert "script-src 'self' ;" in build_content_policy(b'<script src="x.js"></script>')


@pytest.mark.parametrize("address", ["0.0.0.0", "model.example"])
def test_who_listens_beyond_this_machine_is_warned_in_one_line(address, monkeypatch):
    def listen(*_, **__):
        raise OSError(99, "not in a test")

    monkeypatch.setattr("panel.io.server.get_server", listen)
    with (
        pytest.warns(UserWarning, match="other machines can reach this app") as warned,
        pytest.raises(InputError, match="address and port"),
    ):
        server.serve(object.__new__(server.App), address=address, port=0, start=False)
    assert len(warned) == 1
    assert "\n" not in str(warned[0].message)


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_this_machine_is_no_reason_to_warn(address):
    assert server.is_local(address)
