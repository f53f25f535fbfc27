"""Who may reach the app, how many at once, and its processes."""

import time
from queue import SimpleQueue

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim import cli
from lockin_sim.app import server
from lockin_sim.app.server import list_origins
from lockin_sim.app.session import LIMITS
from lockin_sim.app.workers import PageTask, ResultCache, RoundRobinQueue, WorkerPool


@pytest.mark.parametrize(
    ("address", "port", "given", "expected"),
    [
        ("localhost", 5006, [], {"localhost:5006", "127.0.0.1:5006"}),
        ("192.0.2.7", 80, [], {"192.0.2.7:80"}),
        ("192.0.2.7", 80, ["model.example", "other.example:8443"],
         {"192.0.2.7:80", "model.example:80", "other.example:8443"}),
    ],
)  # fmt: skip
def test_browsers_reach_it_under_its_own_names_alone(address, port, given, expected):
    assert set(list_origins(address, port, given)) == expected


def test_all_addresses_are_reached_under_the_names_of_this_machine():
    found = list_origins("0.0.0.0", 5006, ["model.example"])
    assert {"model.example:5006", "localhost:5006"} <= set(found)
    assert not any("*" in name or name.startswith("0.0.0.0") for name in found)


@pytest.mark.parametrize("name", ["*", "https://model.example", "model example", "model:port", ""])
def test_what_is_no_name_of_a_host_is_refused(name, capsys):
    assert cli.main(["app", "--origin", name]) == 2
    assert "origin: found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "said"),
    [(["--port", "70000"], "port"), (["--runs", "0"], "runs"), (["--sessions", "0"], "sessions"),
     (["--workers", "0"], "workers"), (["--seed", "-1"], "seed")],
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused_before_anything_begins(option, said, capsys, monkeypatch):
    monkeypatch.setattr(server, "WorkerPool", None)
    assert cli.main(["app", *option]) == 2
    assert said in capsys.readouterr().err


def test_what_is_kept_is_bounded_and_the_longest_unused_goes_first():
    kept = ResultCache(2500)
    for name in "ab":
        kept.put(f"runs {name}", {"values": np.zeros(125)})
    assert kept.get("runs a") is not None
    kept.put("runs c", {"values": np.zeros(125)})
    assert kept.get("runs b") is None
    assert kept.get("runs a") is not None
    assert kept.held <= 2500
    kept.put("report 1", "page")
    assert kept.get("report 1") is None


class Work:
    """Something that a process does."""

    def __init__(self, does, *given):
        self.does, self.given = does, given

    def __call__(self, world):
        return self.does(*self.given)


def test_a_process_that_hangs_or_dies_is_replaced_and_others_go_on():
    import os

    turns, inbox = RoundRobinQueue(LIMITS.waiting), SimpleQueue()
    workers = WorkerPool(turns, processes=1, world=None, cache_bytes=1000, seconds=20.0)
    try:
        for number, work in enumerate([Work(sum, [1, 2]), Work(os._exit, 3), Work(sum, [2, 3])]):
            turns.put(0, PageTask(f"own {number}", work, inbox))
        found = dict(inbox.get(timeout=120) for _ in range(3))
        assert (found["own 0"], found["own 2"]) == (3, 5)
        assert "ended abruptly" in str(found["own 1"])
        workers.seconds = 0.2
        turns.put(0, PageTask("own 3", Work(time.sleep, 60), inbox))
        assert "took more than 0.2 s" in str(inbox.get(timeout=60)[1])
    finally:
        workers.close()
    assert turns.take() is None


def test_a_world_without_a_family_is_refused():
    with pytest.raises(ls.InputError, match="one with a standard family"):
        server.App(own=ls.toy_world(n_countries=2))
