"""What is told of a long call where there is no terminal: a line a minute with the time left."""

from types import SimpleNamespace

import pytest

from lockin_sim import progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves."""
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


def test_a_line_a_minute_with_the_time_left(clock, capsys):
    with progress.reporting(True, 1200, "what is computed", before=200) as report:
        for _ in range(30):
            clock.seconds += 10.0
            report(10)
    assert capsys.readouterr().err.splitlines() == [
        "what is computed",
        "260 of 1,200 runs (22 %); about 16 min left",
        "320 of 1,200 runs (27 %); about 15 min left",
        "380 of 1,200 runs (32 %); about 14 min left",
        "440 of 1,200 runs (37 %); about 13 min left",
        "500 of 1,200 runs (42 %); about 12 min left",
    ]


def test_long_times_are_hours_and_failures_are_told(clock, capsys):
    with progress.reporting(True, 100_000) as report:
        clock.seconds += 61.0
        report(244, 3)
    assert capsys.readouterr().err == "244 of 100,000 runs (0 %), 3 failed; about 6 h 56 min left\n"


def test_a_short_call_says_nothing_on_the_way(clock, capsys):
    with progress.reporting(True, 10, "what") as report:
        clock.seconds += 59.0
        report(10)
    assert capsys.readouterr().err == "what\n"


@pytest.mark.parametrize("given", [False, lambda done: None])
def test_who_did_not_ask_is_told_nothing(clock, capsys, given):
    with progress.reporting(given, 10, "what") as report:
        clock.seconds += 600.0
        report(5)
    assert capsys.readouterr().err == ""


def test_what_was_interrupted_before_anything_was_done_has_something_left(capsys):
    with pytest.raises(KeyboardInterrupt), progress.reporting(True, 10, closing="s.zarr"):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "s.zarr: 0 of 10 runs\n"
