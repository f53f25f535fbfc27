"""Is it said before a command compiles for half a minute, and only then?"""

import pytest

from lockin_sim.cli import main

cache = pytest.importorskip("lockin_sim.lanes.cache", reason="the extra fast is not installed")

REFUSED = ["compare", "no_such_scenario"]  # after the engine is known, and before anything is compiled
FAST = [*REFUSED, "--engine", "fast"]


def said(capsys, command):
    """What a refused command writes before its message."""
    assert main(command) == 2
    before, _, _ = capsys.readouterr().err.partition("lockin: ")
    return before


def test_the_first_use_says_what_takes_its_time(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cache, "folder", lambda: tmp_path)
    assert said(capsys, FAST) == (
        "the fast engine is compiled first, which takes about half a minute and is then kept\n"
    )
    assert said(capsys, [*FAST, "--quiet"]) == ""
    assert said(capsys, REFUSED) == ""
    assert "half a minute" in said(capsys, ["validate", "--runs", "0", "--engine", "fast"])
    (tmp_path / "stages").mkdir()
    assert said(capsys, FAST) == ""


def test_where_nothing_can_be_kept_every_use_says_so(monkeypatch, capsys):
    monkeypatch.setattr(cache, "folder", lambda: None)
    assert said(capsys, FAST).endswith("cannot be kept here\n")
