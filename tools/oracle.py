"""Compare what every public name and command gives with what it gave before a change of shape.

A change that only moves and merges code must leave every number as it was::

    python tools/oracle.py --keep FOLDER            # on the code before: keep all results
    python tools/oracle.py --against FOLDER         # on the code after: equal, or the largest difference
    python tools/oracle.py --against FOLDER chain   # some sections alone

Results are small (few runs of the bundled world and of toy worlds), so that they show equality and nothing
about the world.  Attributes that name versions, digests, folders and times are left out.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

import lockin_sim as ls

warnings.simplefilter("ignore")

RUNS = {"runs": 3, "seed": 5}
POLICIES = ["open_ran", "eu_package"]
SECTIONS: dict[str, Callable[[], Iterator[tuple[str, Any]]]] = {}


def section(make: Callable[[], Iterator[tuple[str, Any]]]) -> Callable[[], Iterator[tuple[str, Any]]]:
    """Add a section under the name of its function."""
    SECTIONS[make.__name__.strip("_")] = make
    return make


def plain(value: Any) -> Any:
    """Arrays and plain objects that can be compared, whatever class holds them."""
    if hasattr(value, "data_vars"):
        names = {**value.data_vars, **value.coords}
        return {
            f"{name}({','.join(array.dims)})": plain(array.values) for name, array in sorted(names.items())
        }
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return {str(column): plain(value[column].to_numpy()) for column in value.columns}
    if isinstance(value, np.ndarray):
        return np.array([str(entry) for entry in value.flat]) if value.dtype.kind in "OUST" else value
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return {str(index): plain(entry) for index, entry in enumerate(value)}
    if isinstance(value, str | int | float | bool | bytes | type(None)):
        return value
    return str(value)


def flat(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of nested mappings with its place."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from flat(entry, f"{place}/{key}")
    else:
        yield place, value


def difference(before: Any, after: Any) -> float:
    """Largest difference of two leaves; infinite where shape, kind or text differ."""
    if isinstance(before, float | int) and isinstance(after, float | int):
        before, after = np.asarray(before, float), np.asarray(after, float)
    if not (isinstance(before, np.ndarray) and isinstance(after, np.ndarray)):
        return 0.0 if before == after else np.inf
    if before.shape != after.shape:
        return np.inf
    if before.dtype.kind not in "fiub" or after.dtype.kind not in "fiub":
        return 0.0 if np.array_equal(before.astype(str), after.astype(str)) else np.inf
    before, after = before.astype(float), after.astype(float)
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    apart = np.abs(before - after)[~same]
    return 0.0 if apart.size == 0 else float(np.nan_to_num(apart, nan=np.inf).max())


def folder_of_tables(folder: Path) -> dict[str, Any]:
    """Every table and page of a folder, without what names times, digests and places."""
    contents: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".csv":
            contents[name] = path.read_text().replace(str(folder), "")
        elif path.suffix == ".nc":
            import xarray as xr

            with xr.open_dataset(path) as dataset:
                contents[name] = plain(dataset.load())
        elif path.suffix in {".png", ".svg", ".html", ".parquet"}:
            contents[name] = "written"
    return contents


def command(*words: str) -> dict[str, Any]:
    """Exit status, what is printed, and the folder `out` that a command leaves."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "out"
        line = [word.replace("{out}", str(out)) for word in words]
        run = "import sys; from lockin_sim.cli import main; sys.exit(main())"
        environment = {**os.environ, "COLUMNS": "160", "NO_COLOR": "1"}
        done = subprocess.run(
            [sys.executable, "-c", run, *line], capture_output=True, text=True, cwd=place, env=environment
        )
        text = done.stdout.replace(str(out), "{out}").replace(place, "")
        lines = [line for line in text.splitlines() if " ms" not in line and "second" not in line]
        print_of = {"status": done.returncode, "shown": "\n".join(lines)}
        if done.returncode:
            print_of["message"] = done.stderr.replace(str(out), "{out}").replace(place, "")
        if out.is_dir():
            return {**print_of, **folder_of_tables(out)}
        if out.is_file():
            print_of["file"] = out.read_text()
        return print_of


def breakdown(by: str, **options: Any) -> Any:
    """Effects by domain, group or country, whatever they are called."""
    if hasattr(ls, "breakdown"):
        return ls.breakdown(POLICIES, by=by, **options)
    return getattr(ls, f"by_{by}")(POLICIES, **options)


def opened(path: Path, kind: str) -> Any:
    """What is kept in a folder, whatever the name of the function that opens it."""
    if hasattr(ls, f"open_{kind}"):
        return getattr(ls, f"open_{kind}")(path)
    return ls.open_results(path)


EVERYTHING = (
    "installed",
    "winner",
    "restricted",
    "debt",
    "vote_share",
    "incumbent",
    "adoption",
    "contributions",
)


@section
def world() -> Iterator[tuple[str, Any]]:
    """Arrays of the bundled world, and records."""
    bundled = ls.load_world()
    for entry in sorted(vars(bundled)):
        value = getattr(bundled, entry)
        if not entry.startswith("_") and isinstance(value, np.ndarray):
            yield entry, value
    for name in ("suppliers", "networks_5g", "observations"):
        yield f"records {name}", ls.records(name)


@section
def simulate() -> Iterator[tuple[str, Any]]:
    """Engines, histories, scenarios, records."""
    yield "core", ls.simulate("baseline", record=EVERYTHING, **RUNS)
    yield "conditioned", ls.simulate("baseline", history="conditioned", **RUNS)
    yield "fast", ls.simulate("digital_oda", engine="fast", record=EVERYTHING, **RUNS)
    yield "mesa", ls.simulate("open_ran", runs=1, seed=3, engine="mesa", years=(2010, 2014))
    yield "varied", ls.simulate(parameters={"switching_cost": [1.0, 2.0, 5.0], "turnover": 0.3}, **RUNS)
    for name in ls.scenarios():
        if name != "baseline":
            yield name, ls.simulate(name, runs=1, seed=1, engine="fast")
    for buyer in ("operator", "users", "project", "adopters"):
        toy = ls.toy_world(n_countries=40, n_vendors=3, lifetime=4, buyer=buyer)
        neutral = ls.Parameters.neutral(switching_cost=2.0, quality_weight=1.0)
        for engine in ("core", "fast"):
            yield (
                f"toy {buyer} {engine}",
                ls.simulate(
                    ls.Scenario.none(),
                    world=toy,
                    parameters=neutral,
                    years=(0, 12),
                    runs=2,
                    seed=7,
                    engine=engine,
                ),
            )
    yield "draws", ls.posterior_draws(5, seed=3)


@section
def studies() -> Iterator[tuple[str, Any]]:
    """Studies of arms that share their luck."""
    yield "compare", ls.compare(POLICIES, **RUNS)
    yield "compare wide", ls.compare(["digital_oda"], maps=False, history="prior", years=(2010, 2040), **RUNS)
    yield "response", ls.response(mechanisms=("full", "no_lock_in"), runs=2, seed=5)
    yield "first_movers", ls.first_movers(runs=2, seed=5)
    yield "window", ls.window(POLICIES[:1], starts=(2020, 2030), runs=2, seed=5)
    yield "synergy", ls.synergy("eu_package", runs=2, seed=5)
    yield "channels", ls.channels(POLICIES[:1], runs=2, seed=5)
    yield "public_cost", ls.public_cost(["digital_oda"], runs=2, seed=5)
    for by in ("domain", "group", "country"):
        yield f"by {by}", breakdown(by, runs=2, seed=5)
    yield (
        "evaluate",
        ls.evaluate({"switching_cost": [3.0, 5.0], "export_finance[CHN].envelope": [0.0, 4.0]}, **RUNS),
    )
    yield "summary", str(ls.summary(ls.compare(POLICIES[:1], **RUNS)))


@section
def chain() -> Iterator[tuple[str, Any]]:
    """The chain, link by link, futures, bodies."""
    yield "chain", ls.chain(("default", "all_for_lock_in"), runs=2, seed=5)
    yield "ledger", ls.ledger(["KEN", "ETH"], runs=2, seed=5)
    yield "coalitions", ls.coalitions(draws=20, runs=2, seed=5)
    yield "futures", ls.futures(["open_ran"], n=4, runs=2, seed=5)
    yield "futures drawn", ls.futures(["open_ran"], n=4, runs=2, seed=5)


@section
def decisions() -> Iterator[tuple[str, Any]]:
    """Explanations of each kind of buyer, and plans of exit."""
    for domain in ls.load_world().domains:
        for country in ("KEN",):
            try:
                yield (
                    f"{country} {domain}",
                    str(ls.explain(country=country, domain=domain, year=2019, seed=1)),
                )
            except ls.InputError as refusal:
                yield f"{country} {domain}", str(refusal)
    yield "exit", ls.exit_plan("KEN", policies=["open_ran"], draws=2, seed=5)


@section
def record() -> Iterator[tuple[str, Any]]:
    """What is set beside the record."""
    yield "hindcast", ls.hindcast(runs=4, seed=5)
    yield "validate", ls.validate(runs=8, seed=5)
    yield "estimates", ls.estimates()


@section
def calibration() -> Iterator[tuple[str, Any]]:
    """One wave of a calibration of two parameters."""
    with tempfile.TemporaryDirectory() as place:
        yield (
            "calibrate",
            ls.calibrate(
                Path(place) / "out",
                only=["switching_cost", "taste_operator"],
                waves=1,
                points=24,
                runs=2,
                draws=16,
            ),
        )


@section
def explore() -> Iterator[tuple[str, Any]]:
    """Sweeps, their stores, and what is read from them."""
    space = {"switching_cost": (0, 10), "export_finance[CHN].envelope": (0, 60)}
    for name, n in (("sobol", 4), ("morris", 4), ("lhs", 12), ("latin_hypercube", 12)):
        if hasattr(ls.design, name):
            yield f"design {name}", plain(getattr(ls.design, name)(space, n=n))
    with tempfile.TemporaryDirectory() as place:
        store = Path(place) / "sweep.zarr"
        yield (
            "sweep",
            ls.sweep(
                ls.design.sobol(space, n=32), out=store, outcomes=("cn2035_share", "lock_in"), runs=2, seed=1
            ),
        )
        yield "opened", opened(store, "sweep")
        yield "sensitivity", ls.sensitivity(store, "cn2035_share", 2050, resamples=20)
        options = {"failing": "highest 30 %", "resamples": 20}
        yield "discover", ls.discover(store, "cn2035_share", 2050, **options)
        levers = ["export_finance[EU].envelope", "restriction[EU].mode"]
        few = {"budget": 12, "generation": 12, "draws": 2, "fresh": 4, "seed": 2, "workers": 1}
        years = {"years": (2010, 2030), "start": 2026, "review": 2028}
        yield "search", ls.search(levers, out=Path(place) / "packages", **few, **years)


@section
def commands() -> Iterator[tuple[str, Any]]:
    """Every command on a few runs."""
    few = ("--runs", "2", "--seed", "5", "--quiet", "--engine", "fast", "--workers", "1")
    fast = ("--engine", "fast", "--workers", "1")
    yield "scenarios", command("scenarios")
    for topic in ("parameters", "levers", "metrics", "world", "outcomes"):
        yield f"describe {topic}", command("describe", topic)
    yield "run", command("run", "open_ran", "--out", "{out}", *few)
    yield "compare", command("compare", *POLICIES, "--out", "{out}", *few)
    yield "chain", command("chain", "--alternative", "default", "--out", "{out}", *few)
    yield "ledger", command("ledger", "KEN", "--out", "{out}", *few)
    yield "claims", command("claims", "--out", "{out}", *few)
    yield "coalitions", command("coalitions", *few)
    yield (
        "exit",
        command(
            "exit", "--country", "KEN", "--draws", "3", "--seed", "5", "--out", "{out}", "--quiet", *fast
        ),
    )
    yield "explain", command("explain", "KEN", "mobile_network", "2019", "--quiet")
    yield "audit", command("audit", "--no-venues", "--years", "2010-2020", *few)
    yield "validate", command("validate", "--runs", "8", "--seed", "5", "--out", "{out}", "--quiet", *fast)
    yield "estimates", command("estimates", "--out", "{out}")
    yield "wrong name", command("run", "baselin")
    yield "wrong option", command("run", "baseline", "--runs", "0")


@section
def commands_all() -> Iterator[tuple[str, Any]]:
    """A comparison with everything that can be added to it."""
    yield (
        "compare all",
        command(
            "compare",
            "eu_package",
            *("--chain", "--channels", "--otherwise", "--packages", "--window", "--futures", "2", "--tables"),
            *("--runs", "2", "--seed", "5", "--out", "{out}", "--quiet"),
            *("--engine", "fast", "--workers", "1"),
        ),
    )


def main() -> int:
    """Keep results, or compare them with those kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("sections", nargs="*", help=f"some of {', '.join(SECTIONS)}; all if none")
    parser.add_argument("--keep", type=Path, help="folder to keep results in")
    parser.add_argument(
        "--against", type=Path, default=os.environ.get("LOCKIN_ORACLE"), help="folder of results"
    )
    options = parser.parse_args()
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"unknown sections {sorted(unknown)}; known are {', '.join(SECTIONS)}")
    if options.keep is None and options.against is None:
        parser.error("either --keep FOLDER or --against FOLDER")
    unequal = 0
    for name in options.sections or SECTIONS:
        begun = time.perf_counter()
        with ls.running(engine="fast"):
            results = {place: dict(flat(plain(value))) for place, value in SECTIONS[name]()}
        seconds = time.perf_counter() - begun
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{name}.pickle").write_bytes(pickle.dumps(results))
            print(f"{name}: kept {len(results)} results, {digest(results)}, {seconds:.0f} s", flush=True)
        else:
            kept = pickle.loads((Path(options.against) / f"{name}.pickle").read_bytes())
            unequal += compare(name, kept, results, seconds)
    return int(unequal > 0)


def digest(results: Mapping[str, Any]) -> str:
    """Short digest of all results of a section."""
    content = hashlib.sha256()
    for place, leaf in flat(dict(results)):
        content.update(
            place.encode() + (leaf.tobytes() if isinstance(leaf, np.ndarray) else str(leaf).encode())
        )
    return content.hexdigest()[:12]


def compare(name: str, kept: Mapping[str, Any], results: Mapping[str, Any], seconds: float) -> int:
    """Say what differs in a section; the number of results that do."""
    unequal = 0
    for place in [*kept, *(place for place in results if place not in kept)]:
        before, after = kept.get(place), results.get(place)
        if before is None or after is None:
            print(f"{name}: {place} is {'new' if before is None else 'missing'}")
            unequal += 1
            continue
        apart = {leaf: difference(before.get(leaf), after.get(leaf)) for leaf in {**before, **after}}
        worst = {leaf: size for leaf, size in apart.items() if size > 0}
        if worst:
            unequal += 1
            print(f"{name}: {place} differs, by at most {max(worst.values()):.3g}")
            for leaf, size in sorted(worst.items(), key=lambda entry: -entry[1])[:6]:
                print(f"    {size:.3g} in {leaf}{said(before.get(leaf), after.get(leaf))}")
    print(
        f"{name}: {'equal' if not unequal else f'{unequal} differ'} of {len(kept)} results, {seconds:.0f} s",
        flush=True,
    )
    return unequal


def said(before: Any, after: Any) -> str:
    """First line in which two texts differ."""
    if not (isinstance(before, str) and isinstance(after, str)):
        return "" if before is not None and after is not None else " (on one side alone)"
    for one, two in zip(before.splitlines(), after.splitlines(), strict=False):
        if one != two:
            return f"\n        - {one[:150]}\n        + {two[:150]}"
    return f" ({len(before)} and {len(after)} characters)"


if __name__ == "__main__":
    if shutil.which("lockin") is None:
        print("The package is not installed here; its commands are called through Python.", file=sys.stderr)
    sys.exit(main())
