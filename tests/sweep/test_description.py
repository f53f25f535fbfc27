"""A store whose coordinates or metadata are damaged is refused, and mended from the design by resuming."""

from __future__ import annotations

import json
import shutil

import pytest
import zarr
from sweep.conftest import DAMAGE, same

import lockin_sim as ls
from lockin_sim import cli

DESCRIBING = [
    "switching_cost/c/0", "switching_cost/zarr.json", "year/c/0", "point/c/0", "lock_in/zarr.json",
    "status/zarr.json", "zarr.json", "store.checksums",
]  # fmt: skip


def content(store):
    """Everything below a store but the locks and the journal, which tells of sessions."""
    held = {p.relative_to(store).as_posix(): p.read_bytes() for p in store.rglob("*") if p.is_file()}
    root = json.loads(held.pop("zarr.json"))
    # the table of contents lists arrays in the order of the disk
    root["consolidated_metadata"]["metadata"] = sorted(root["consolidated_metadata"]["metadata"].items())
    return {n: c for n, c in held.items() if not n.startswith(("units.", "store."))} | {"zarr.json": root}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", DESCRIBING)
def test_a_damaged_description_is_refused_and_mended(small, finished, name, damage):
    reference, store = finished
    good = content(store)
    damage(store / name)
    for verify in (True, False):
        with pytest.raises(ls.InputError, match=rf"cannot be read.*{name}.*`--resume` mends it"):
            ls.open_sweep(store, verify=verify)
    counted: list[int] = []
    again = ls.sweep(**small, out=store, resume=True, progress=counted.append)
    assert counted == []  # the units were whole
    for ds in (again, ls.open_sweep(store)):
        assert same(ds, reference)
        assert ds.identical(reference)
    assert content(store) == good


def test_lost_folders_and_all_files_at_once(small, finished):
    reference, store = finished
    good = content(store)
    shutil.rmtree(store / "noise_scale")
    for name in DESCRIBING[:-1]:
        (store / name).unlink()
    assert ls.sweep(**small, out=store, resume=True).identical(reference)
    assert content(store) == good


def test_killed_while_it_is_mended(small, finished, monkeypatch):
    reference, store = finished
    (store / "switching_cost/c/0").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(
            "lockin_sim.store.description.seal", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            ls.sweep(**small, out=store, resume=True)
    assert ls.sweep(**small, out=store, resume=True).identical(reference)


def test_export_of_a_damaged_design_is_one_message(finished, tmp_path, capsys):
    _, store = finished
    (store / "switching_cost/c/0").unlink()
    assert cli.main(["export", str(store), str(tmp_path / "s.csv")]) == 2
    said = capsys.readouterr().err
    assert "switching_cost/c/0" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "s.csv").exists()


def test_what_is_lost_is_never_zero_to_other_readers(finished):
    _, store = finished
    for name in ("switching_cost", "lock_in"):
        assert str(zarr.open_array(store / name).fill_value) == "nan"


def test_nothing_is_guessed_where_both_copies_are_lost(small, finished):
    _, store = finished
    (store / "zarr.json").write_text("{")
    (store / "store.checksums").unlink()
    for use in (lambda: ls.open_sweep(store), lambda: ls.sweep(**small, out=store, resume=True)):
        with pytest.raises(ls.InputError, match="cannot be read"):
            use()


def test_another_design_does_not_mend(small, finished):
    _, store = finished
    (store / "switching_cost/c/0").unlink()
    with pytest.raises(ls.InputError, match="made otherwise"):
        ls.sweep(**(small | {"seed": 2}), out=store, resume=True)
    assert not (store / "switching_cost/c/0").exists()


def test_a_missing_journal_is_said_and_begun_anew(small, finished):
    reference, store = finished
    (store / "units.journal").unlink()
    with pytest.raises(ls.InputError, match=r"units\.journal is missing.*`--resume`"):
        ls.open_sweep(store)
    assert same(ls.sweep(**small, out=store, resume=True), reference)
