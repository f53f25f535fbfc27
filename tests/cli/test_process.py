"""The command line as a real process: status and message, interrupted, and from a script."""

import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
from waiting import patience

LOCKIN = Path(sys.executable).with_name("lockin")


def test_status_and_message_of_the_installed_command(tmp_path):
    command = [LOCKIN, "compare", "digital_odb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "Did you mean 'digital_oda'?" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals of a terminal")
def test_an_interruption_ends_with_130_and_leaves_nothing(tmp_path):
    # by the core: others may have to be compiled first, and what is said then are not runs
    command = [LOCKIN, "compare", "--runs", "4000", "--workers", "2", "--engine", "core"]
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    try:
        size = process.stderr.readline()  # said when all is read and checked, and runs begin
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes of the command
        out, err = process.communicate(timeout=patience(began))
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert process.returncode == 130, err
    assert out == ""
    assert "x 4000 = " in size
    (said,) = err.splitlines()
    assert "interrupted" in said
    assert list(tmp_path.iterdir()) == []


#: An interruption that comes in a finaliser, whose exceptions Python drops; and where everything is caught.
DROPPED = {
    "a finaliser": "Last()",
    "who catches everything": (
        "program.AGAIN = 0.5\n    try: signal.raise_signal(signal.SIGINT)\n    except BaseException: pass"
    ),
}

SCRIPT = """
import signal, sys
from lockin_sim.cli import program
class Last:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
def command(*_, **__):
    {}
    signal.pause()
program.app = command
sys.exit(program.main([]))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of a terminal")
@pytest.mark.parametrize("where", DROPPED)
def test_an_interruption_that_is_dropped_comes_again(where):
    command = [sys.executable, "-c", SCRIPT.format(DROPPED[where])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 130, done.stderr
    assert done.stderr == "lockin: interrupted; no half-written file is left\n"


def test_a_script_needs_no_main_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import lockin_sim as ls\n"
        "print('ran')\n"
        "how = {'runs': 2, 'years': (2010, 2011), 'workers': 2, 'chunk': 1, 'maps': False}\n"
        "print(ls.compare('no_dsr', **how).attrs['runs'])\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["ran", "2"]), done.stderr


@pytest.mark.slow
def test_python_without_docstrings_and_assertions_gives_the_same(capsys):
    """As ``python -OO`` has it: numbers, what datasets say of them, and help."""
    code = (
        "import lockin_sim as ls\n"
        "from lockin_sim.cli import main\n"
        "from lockin_sim.comparisons.measured_places import outcomes\n"
        "how = {'world': ls.toy_world(4, 3, buyer='users'), 'runs': 1, 'years': (0, 2)}\n"
        "for engine in ('core', 'mesa'):\n"
        "    print(ls.simulate(ls.Scenario.none(), engine=engine, **how).to_dict())\n"
        "print({name: outcome.doc for name, outcome in outcomes(ls.load_world()).items()})\n"
        "with ls.running(engine='core'):\n"
        "    print(ls.compare('open_ran', runs=1, years=(2010, 2011), workers=1, maps=False).to_dict())\n"
        "main(['--help'])\n"
    )
    command = [sys.executable, "-OO", "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "share of the world's installed capacity" in done.stdout
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(code, {})
    assert done.stdout == capsys.readouterr().out


def test_a_compiler_that_is_switched_off_is_said_in_one_line(tmp_path):
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    command = [LOCKIN, "run", "baseline", "--runs", "1", "--years", "2010-2011", "--engine"]
    how = {"cwd": tmp_path, "capture_output": True, "text": True, "check": False, "env": environment}
    refused = subprocess.run([*command, "fast"], **how)
    assert refused.returncode == 2
    allowed = "'core', or 'fast' without that variable"
    assert refused.stderr == f"lockin: engine: found 'fast', with NUMBA_DISABLE_JIT=1; allowed: {allowed}.\n"
    assert subprocess.run([*command, "auto"], **how).returncode == 0
