"""The app's server in this process, without processes that compute, and visitors who speak as browsers do."""

import asyncio
import json
import re
import signal
import time
import uuid
from contextlib import asynccontextmanager

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from lockin_sim.app import server
from lockin_sim.app.session import LIMITS, SharedContext
from lockin_sim.app.workers import RoundRobinQueue

SECONDS = 60.0

#: What a page says that has a place, and one that has none.
PLACE, FULL = "Prepare the report", "places are taken"


class Served:
    """A server that runs, and its address."""

    def __init__(self, app, running):
        self.app, self.running = app, running
        self.host = f"localhost:{running.port}"

    async def fetch(self, path="/", client=""):
        """What a program gets that opens no connection.  client: whose address a server before it forwards"""
        headers = {"X-Forwarded-For": client} if client else {}
        return await AsyncHTTPClient().fetch(f"http://{self.host}{path}", raise_error=False, headers=headers)

    @property
    def sessions(self):
        """Sessions that the server still has."""
        return list(self.running.get_sessions("/"))


class Visitor:
    """A page in a browser: its connection, and all that the server has sent."""

    def __init__(self, connection):
        self.connection, self.heard = connection, ""

    async def say(self, kind, content):
        """Send a message."""
        for part in ({"msgid": uuid.uuid4().hex, "msgtype": kind}, {}, content):
            await self.connection.write_message(json.dumps(part))

    async def hear(self, *texts):
        """Listen until one of some texts has come; which one."""
        while not (found := [text for text in texts if text in self.heard]):
            self.heard += str(await asyncio.wait_for(self.connection.read_message(), SECONDS))
        return found[0]


@asynccontextmanager
async def serving(world, sessions=2):
    """The app on a free port of this machine."""
    app = object.__new__(server.App)  # without its processes
    app.limits, app.places = LIMITS._replace(sessions=sessions), {}
    app.desk = SharedContext(RoundRobinQueue(LIMITS.waiting), world=world, limits=app.limits)
    before = signal.getsignal(signal.SIGINT)
    running = server.serve(app, port=0, start=False)
    signal.signal(signal.SIGINT, before)
    running._tornado._websocket_origins = {f"localhost:{running.port}"}  # any port was asked for
    running.start()
    served = Served(app, running)
    try:
        yield served
        await until(lambda: not any(session.connection_count for session in served.sessions))
    finally:
        for session in served.sessions:  # and with it what looks for what has arrived
            session.destroy()
        await asyncio.sleep(0.3)  # what was due of it
        for page in list(app.places):
            page.close()
        running.stop(wait=False)


@asynccontextmanager
async def visiting(served, search="", client=""):
    """Somebody whose page is loaded and connected."""
    html = (await served.fetch(f"/{search}", client)).body.decode()
    token = re.search(r'"token":"([^"]+)"', html)
    assert token is not None
    request = HTTPRequest(f"ws://{served.host}/ws", headers={"Origin": f"http://{served.host}"})
    connection = await websocket_connect(request, subprotocols=["bokeh", token[1]])
    visitor = Visitor(connection)
    try:
        await visitor.hear("ACK")
        await visitor.say("PULL-DOC-REQ", {})
        await visitor.hear("PULL-DOC-REPLY")
        ready = {"type": "event", "name": "document_ready", "values": {"type": "map", "entries": []}}
        event = {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": ready}
        await visitor.say("PATCH-DOC", {"events": [event]})
        yield visitor
    finally:
        connection.close()


async def until(holds):
    """Let the server go on until something holds."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, "it never holds"
        await asyncio.sleep(0.02)
