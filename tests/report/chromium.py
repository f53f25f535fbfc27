"""A headless Chromium, told what to do over its DevTools pipe: no driver, no open port, no library."""

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 60.0

#: Without these, a browser that starts looks its maker's hosts up and asks for updates.
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    "--disable-dev-shm-usage", "--remote-debugging-pipe",
)  # fmt: skip

#: The protocol is spoken on descriptors 3 (commands) and 4 (replies and events).
_HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def find_chromium():
    """The browser named by $CHROMIUM, or the first on PATH."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """One page of one browser process.  Use as a context manager."""

    def __init__(self, program, profile):
        theirs_in, ours_out = _pipe()
        ours_in, theirs_out = _pipe()
        command = [sys.executable, "-c", _HAND_OVER, str(theirs_in), str(theirs_out), program, *OPTIONS,
                   f"--user-data-dir={profile}", "about:blank"]  # fmt: skip
        self.log = (profile.parent / "chromium.log").open("wb")
        self.process = subprocess.Popen(
            command, pass_fds=(theirs_in, theirs_out), stdout=self.log, stderr=self.log
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.write, self.read = ours_out, ours_in
        self.events = []
        self._buffer, self._last, self._session = b"", 0, None
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(t["targetId"] for t in targets if t["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self._send("Browser.close", {}, session=False)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.write)
        os.close(self.read)
        self.log.close()

    def call(self, method, **parameters):
        """The result of one command; events that arrive meanwhile are kept."""
        number = self._send(method, parameters, session=self._session is not None)
        for message in self._messages():
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)
        raise RuntimeError(f"{method}: the browser closed its pipe")

    def open(self, url, *, width=1280, height=900):
        """Load a page in a window of a size and wait until it is complete; earlier events are dropped."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)  # fmt: skip
        self.events.clear()
        self.call("Page.navigate", url=url)
        end = time.monotonic() + SECONDS
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            if time.monotonic() > end:
                raise TimeoutError(f"{url} did not finish loading in {SECONDS:g} s")
            self.evaluate("0")
        self.evaluate("document.fonts.ready.then(() => 0)")

    def evaluate(self, expression):
        """The value of an expression of JavaScript in the page."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return found["result"].get("value")

    def screenshot(self, *, whole=True):
        """The page as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"])

    def pdf(self):
        """The page as it prints."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])

    def requests(self):
        """Addresses that were asked for since the page was opened."""
        sent = [e for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [e["params"]["request"]["url"] for e in sent]

    def complaints(self):
        """Console messages, log entries and exceptions since the page was opened."""
        kinds = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [json.dumps(e["params"]) for e in self.events if e.get("method") in kinds]

    def _send(self, method, parameters, *, session):
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        text = json.dumps(message | ({"sessionId": self._session} if session else {}))
        os.write(self.write, text.encode() + b"\0")
        return self._last

    def _messages(self):
        while True:
            while b"\0" in self._buffer:
                message, _, self._buffer = self._buffer.partition(b"\0")
                yield json.loads(message)
            if not select.select([self.read], [], [], SECONDS)[0]:
                raise TimeoutError(f"no answer from the browser in {SECONDS:g} s")
            received = os.read(self.read, 1 << 20)
            if not received:
                return
            self._buffer += received


def _pipe():
    """A pipe whose descriptors are out of the way of 3 and 4."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]
