"""Results to files: tables as CSV, and how they were made."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.errors import unusable
from lockin_sim.files import guarded
from lockin_sim.outputs import whole_file
from lockin_sim.statistics import STATISTICS
from lockin_sim.studies.definition import DEFINITION, FILE, label_of
from lockin_sim.studies.pairing import HISTORY
from lockin_sim.studies.placing import MADE_BY, MANIFEST, manifest_of, write_json

if TYPE_CHECKING:
    import xarray as xr

#: The year shown beside the horizon.
MIDDLE = 2035

#: Attribute of a comparison that ran until intervals were narrow: how it ended, as JSON.
UNTIL = "until"


def shown_years(effects: xr.Dataset) -> list[int]:
    """2035, where the horizon is later, and the horizon."""
    return years_shown(int(effects["year"].values[-1]))


def years_shown(last: int) -> list[int]:
    """The same of a comparison up to some year."""
    return [MIDDLE, last] if last > MIDDLE else [last]


def write_csv(path: Path, head: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
    """A table in UTF-8, numbers as short as they are exact, undefined ones blank; complete or not there.

    Raises InputError where the file cannot be written.
    """
    with whole_file(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(map(guarded, head))
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> Any:
    """A value as a cell of a CSV file: every digit, empty where undefined."""
    if isinstance(value, float | np.floating):
        return repr(float(value)) if np.isfinite(value) else ""
    return guarded(value.item() if isinstance(value, np.generic) else value)


def write_levels(effects: xr.Dataset, path: Path) -> None:
    """Levels of all outcomes: one row a scenario, outcome and year."""
    head = ("scenario", "outcome", "label", "unit", "year", *STATISTICS, "runs_used", HISTORY)
    level = effects["level"].sel(statistic=list(STATISTICS)).values
    used = effects["runs_used"].values
    rows = ((*key, *level[at], used[at], label_of(effects, HISTORY, key[0])) for key, at in _keys(effects))
    write_csv(path, head, rows)


def write_effects(effects: xr.Dataset, path: Path) -> None:
    """Paired differences from the baseline: one row a scenario, outcome and year."""
    names = ("effect", "effect_low", "effect_high", "pairs_used")
    values = [effects[name].values for name in names]
    baseline = effects.attrs["baseline"]
    rows = (
        (*key, *(v[at] for v in values), label_of(effects, HISTORY, key[0]))
        for key, at in _keys(effects)
        if key[0] != baseline
    )
    write_csv(path, ("scenario", "outcome", "label", "unit", "year", *names, HISTORY), rows)


def _keys(effects: xr.Dataset) -> Iterator[tuple[tuple[str, str, str, str, int], tuple[int, int, int]]]:
    """Names, and positions, of every scenario, outcome and year."""
    labels, units = effects["outcome_label"].values, effects["outcome_unit"].values
    for s, scenario in enumerate(effects["scenario"].values):
        for o, outcome in enumerate(effects["outcome"].values):
            for y, year in enumerate(effects["year"].values):
                yield (str(scenario), str(outcome), str(labels[o]), str(units[o]), int(year)), (s, o, y)


def write_countries(effects: xr.Dataset, path: Path) -> None:
    """Dependence and lock-in of countries in the baseline, last year: one row a country and sponsor."""
    names = ("dependence", "country_lock_in", "map_runs_used")
    values = [effects[name].transpose("country", "sponsor").values for name in names]
    places = ((c, h) for c in range(effects.sizes["country"]) for h in range(effects.sizes["sponsor"]))
    countries, sponsors = effects["country"].values, effects["sponsor"].values
    last = int(effects["year"].values[-1])
    rows = ((countries[c], sponsors[h], last, "share", *(v[c, h] for v in values)) for c, h in places)
    head = ("country", "sponsor", "year", "unit", "dependence", "country_lock_in", "runs_used")
    write_csv(path, head, rows)


def check_claims(path: Path) -> None:
    """Raises InputError where the file that says how claims were made would take the place of another."""
    beside = path.with_suffix(".json")
    if beside.exists() and manifest_of(beside) is None:
        text = "another name: beside the table stands how it was made"
        raise unusable("output file", found=f"{path}, with somebody else's {beside.name}", allowed=text)


def write_claims(found: xr.Dataset, path: Path) -> None:
    """Effects of switching mechanisms off, one row a switch, measure and group; beside it, as .json, how they
    were made: version, seed, runs, years, and each switch with the hash of its scenario."""
    effects = ("effect", "effect_low", "effect_high")
    head = ("switch", "switched_off", "measure", "meaning", "group", "unit", "full", *effects)
    values = [found[name].transpose("switch", "measure", "group").values for name in effects]
    full, used = found["full"].values, found["pairs_used"].values
    rows = (
        (
            switch, found["switch_label"].values[s], measure, found["measure_label"].values[m],
            group, "share", full[m, g], *(v[s, m, g] for v in values), used[s, m, g],
        )
        for s, switch in enumerate(found["switch"].values)
        for m, measure in enumerate(found["measure"].values)
        for g, group in enumerate(found["group"].values)
    )  # fmt: skip
    write_csv(path, (*head, "pairs_used"), rows)
    switches = dict(zip(found["switch"].values.tolist(), found["switch_hash"].values.tolist(), strict=True))
    write_json(path.with_suffix(".json"), {"made_by": MADE_BY, **found.attrs, "switches": switches})


#: Attributes of the effects that the manifest repeats.
_MADE = ("version", "world", "world_hash", "seed", "runs", "baseline")


def write_manifest(effects: xr.Dataset, folder: Path, *, datasets: Mapping[str, str]) -> None:
    """How the results were made: version, seed, runs, years, and each scenario with its hash, its file if it
    came from one, its levers and its parameters.

    datasets  file of each dataset in the folder, by name
    """
    names = [str(name) for name in effects["scenario"].values]
    content = {
        "made_by": MADE_BY,
        **{key: effects.attrs[key] for key in _MADE},
        **({UNTIL: json.loads(effects.attrs[UNTIL])} if UNTIL in effects.attrs else {}),
        "parameters": json.loads(effects.attrs.get("parameters", "{}")),
        "years": [int(y) for y in effects["year"].values[[0, -1]]],
        "scenarios": {name: _scenario(effects, name) for name in names},
        "datasets": dict(datasets),
    }
    write_json(folder / MANIFEST, content)


def _scenario(effects: xr.Dataset, name: str) -> dict[str, Any]:
    """What the manifest says of a scenario."""
    keys = ("hash", "question", "source")
    history = label_of(effects, HISTORY, name)
    file = label_of(effects, FILE, name)
    about = {key: label_of(effects, f"scenario_{key}", name) for key in keys} | (
        ({"history": history} if history else {}) | ({"file": file} if file else {})
    )
    result: dict[str, Any] = about | json.loads(label_of(effects, DEFINITION, name) or "{}")
    return result
