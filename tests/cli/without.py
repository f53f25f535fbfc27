"""Call commands and public functions, as far as their first run, in a process without some packages.

    python without.py PACKAGE,PACKAGE COMMANDS

COMMANDS is a list of lists of words as JSON.  Prints by call what came of it: "taken" for a run that would
begin, "done", or the error.
"""

import contextlib
import io
import json
import sys
import warnings
from pathlib import Path

blocked, commands = sys.argv[1].split(","), json.loads(sys.argv[2])
sys.modules.update(dict.fromkeys(filter(None, blocked)))  # as if each was not installed
sys.path.append(str(Path(__file__).parents[1]))

from hostile.test_arguments import CALLS, RUNNING, VALIDATING, function_called  # noqa: E402

from lockin_sim import cli  # noqa: E402
from lockin_sim.agents import LockInModel  # noqa: E402
from lockin_sim.cli import options  # noqa: E402
from lockin_sim.common import extras, versions  # noqa: E402
from lockin_sim.engine import Batch  # noqa: E402
from lockin_sim.runs.workers import Worker  # noqa: E402


class Taken(BaseException):
    """Raised where a run would begin."""


def stop(*_, **__):
    raise Taken


def outcome(call):
    """What comes of a call."""
    try:
        return call() or "done"
    except Taken:
        return "taken"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def command(words):
    """The errors that a command prints; "" without any."""
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        return errors.getvalue().strip() if cli.main(words) else ""


def function(name):
    """Call a public function."""
    function_called(name)(**CALLS[name])


warnings.simplefilter("ignore")
extras.CHECKOUT = Path.cwd()  # no checkout
versions.find_replaced_code = dict  # of the next line, no result says anything
Batch.__init__ = LockInModel._populate = Worker.__init__ = options._compile_once = stop
VALIDATING._forecast_by_rivals = lambda *_: []  # which take seconds to fit
found = {" ".join(words): outcome(lambda words=words: command(words)) for words in commands}
found |= {name: outcome(lambda name=name: function(name)) for name in RUNNING}
print(json.dumps(found))
