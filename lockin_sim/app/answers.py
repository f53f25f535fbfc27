"""Answers computed in advance: effects of the built-in scenarios, shown until a page's own runs arrive.

They come with the package as summaries of many runs, rounded to the digits shown, and are stamped with the
world and the draws from which they were computed, and with the version and the rules that computed them.  A
page with another world, other draws, version or rules does not show them.  A test compares the rules with the
current rules, and another test simulates some answers again.
"""

from __future__ import annotations

import io
import lzma
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from lockin_sim.app.measured import (
    OF_GROUPS,
    PLACES,
    REGIONS,
    VENDORS,
    build_country_effects,
    concat_outcomes,
)
from lockin_sim.app.session import SharedContext, load_built_in_scenarios
from lockin_sim.common.conventions import RUNS, Floats
from lockin_sim.common.errors import InputError, resolve_name
from lockin_sim.common.netcdf import read_dataset, write_dataset
from lockin_sim.common.replaced import find_replaced_code
from lockin_sim.common.versions import describe_difference
from lockin_sim.comparisons.by_group import BY_GROUP
from lockin_sim.comparisons.compare import (
    EFFECTS,
    ComparedRuns,
    ComparisonPart,
    build_comparison_cases,
    build_part_datasets,
)
from lockin_sim.comparisons.measured_places import find_main_domain
from lockin_sim.runs.provenance import compute_digest, compute_digest_or_blank
from lockin_sim.settings.ensemble import compute_posterior_digest as draws_digest
from lockin_sim.settings.ensemble import resolve_posterior
from lockin_sim.settings.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

#: Study of costs.
COSTS = "public_cost"

#: The file, beside the tables of the world.
FILE = "answers.zip"

#: Attribute with the stamp.
STAMP = "answers_of"

#: Bits of a number that are kept beside its size: three digits, of which pages show two.
BITS = 9

#: What no page reads of them.
_UNREAD = ("runs_needed", "wanted_width", "cost_per_point")


def compute_answers_stamp(desk: SharedContext) -> str:
    """Compute the digest of the page settings that decide its runs, other than its policies.

    The settings are world, draws, parameters, seed, years and actor.
    """
    changed = desk.parameters.changed()
    drawn = "" if desk.posterior is None else draws_digest(resolve_posterior(desk.posterior))
    return compute_digest(
        [compute_digest_or_blank(desk.world), drawn, changed, desk.seed, desk.years, desk.actor or ""]
    )


@dataclass(frozen=True)
class ReadyAnswers:
    """Studies of all built-in scenarios, by name, in the form that :attr:`.Session.studies` returns."""

    studies: Mapping[str, xr.Dataset]

    @classmethod
    def read(cls, desk: SharedContext) -> Self | None:
        """Read the answers that come with the package.

        Returns None if they belong to another world, other draws or other rules.
        Raises InputError for a damaged file.
        """
        with as_file(files("lockin_sim.data") / FILE) as path:
            studies = _read_answers(path)
        effects = studies[EFFECTS]
        if (
            effects.attrs[STAMP] != compute_answers_stamp(desk)
            or describe_difference(effects.attrs)
            or find_replaced_code()
        ):
            return None
        return cls(studies)

    @property
    def runs(self) -> int:
        """Number of runs behind the answers."""
        return int(self.studies[EFFECTS].attrs["runs"])

    def of(self, chosen: Sequence[Scenario]) -> dict[str, xr.Dataset] | None:
        """Select the studies of a baseline (first) and some policies.

        Returns None for another baseline, and for a scenario that is not built in or was changed.
        """
        effects = self.studies[EFFECTS]
        hashes = effects["scenario_hash"].to_series().to_dict()
        changed = any(hashes.get(scenario.name) != scenario.hash for scenario in chosen)
        if changed or chosen[0].name != effects.attrs["baseline"]:
            return None
        names = [scenario.name for scenario in chosen]
        return {name: ds.sel(scenario=names).astype(np.float64) for name, ds in self.studies.items()}


def get_ready_effects(desk: SharedContext) -> xr.Dataset | None:
    """Return the ready effects of all built-in scenarios; None if the desk has no answers."""
    return None if desk.answers is None else desk.answers.studies[EFFECTS]


def compute_answers(
    desk: SharedContext, runs: int = RUNS.pool, workers: int | None = None, names: Sequence[str] = ()
) -> ReadyAnswers:
    """Compute the answers of built-in scenarios with the runs that a page's desk would compute.

    names  of scenarios; empty = all built-in scenarios without parameters of their own
    Raises InputError for an unknown scenario.
    """
    how = replace(desk.how, runs=runs, workers=workers)
    baseline, *policies = (
        scenario for scenario in load_built_in_scenarios().values() if not scenario.parameters
    )
    if names:
        known = {policy.name: policy for policy in policies}
        policies = [known[resolve_name("scenario", found=name, known=known)] for name in names]
    parts, base, studies = desk.parts, dict[str, Any](), dict[str, list[Any]]()
    for policy in policies:
        first, own = build_comparison_cases(parts, [baseline, policy], how.parameters, desk.history)
        base = base or how.run([first], most=desk.limits.runs)
        arrays = base | how.run([own], most=desk.limits.runs)
        arrived = ComparedRuns(how, [baseline, policy], desk.history, arrays)
        new = [policy.name] if studies else [baseline.name, policy.name]
        for name, study in _build_first_studies(arrived, parts).items():
            studies.setdefault(name, []).append(study.sel(scenario=new))
    whole = {name: _concat_scenarios(each) for name, each in studies.items()}
    whole[EFFECTS].attrs[STAMP] = compute_answers_stamp(desk)
    return ReadyAnswers(whole)


def update_answers(new: ReadyAnswers) -> ReadyAnswers:
    """Return the answers of the package with the scenarios of `new` replaced.

    Raises InputError if the remaining scenarios were computed with other rules.
    """
    with as_file(files("lockin_sim.data") / FILE) as path:
        before = _read_answers(path)
    if other := describe_difference(before[EFFECTS].attrs):
        raise InputError(f"{FILE}: {other}; allowed: all scenarios again, without naming some.")
    studies = {}
    for name, study in new.studies.items():
        order = before[name]["scenario"].values.tolist()
        mine = study["scenario"].values.tolist()
        others = before[name].sel(scenario=[each for each in order if each not in mine])
        studies[name] = _concat_scenarios([study, others]).sel(scenario=order)
    return ReadyAnswers(studies)


def _concat_scenarios(studies: Sequence[xr.Dataset]) -> xr.Dataset:
    """Concatenate studies along their scenarios."""
    import xarray as xr

    along: Any = {
        "dim": "scenario",
        "data_vars": "minimal",
        "coords": "minimal",
        "compat": "override",
        "combine_attrs": "override",
    }
    return xr.concat(studies, **along)


def _build_first_studies(runs: ComparedRuns, parts: Sequence[ComparisonPart]) -> dict[str, xr.Dataset]:
    """Build the studies that pages need first.

    Effects include the headline outcome of every region and economy; maps and vendors are limited to the main
    domain.
    """
    studies, domain = build_part_datasets(parts, runs), find_main_domain(runs.world)
    effects = [
        studies[EFFECTS],
        *([studies[REGIONS], build_country_effects(runs)] if REGIONS in studies else []),
    ]
    vendors = studies[VENDORS]
    groups, measures = zip(*((group, measure) for measure, group in OF_GROUPS), strict=True)
    return {
        EFFECTS: concat_outcomes(*effects),
        COSTS: studies[COSTS].sel(item=["total"]),
        BY_GROUP.name: studies[BY_GROUP.name].sel(measure=list(measures), group=list(groups)),
        PLACES: studies[PLACES].sel(domain=[domain]),
        VENDORS: vendors.isel(offer=np.flatnonzero(vendors["domain"].values == domain)),
    }


# --- files ---


def write_answers(answers: ReadyAnswers, path: Path) -> None:
    """Write the answers as one zip file that holds a rounded, compressed NetCDF file per study."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w") as whole:
        for name, study in answers.studies.items():
            file = Path(folder) / f"{name}.nc"
            write_dataset(_round_study(study), file)
            entry = zipfile.ZipInfo(file.name)  # of no date: the same answers are the same file
            entry.compress_type = zipfile.ZIP_LZMA
            whole.writestr(entry, file.read_bytes())
    path.write_bytes(packed.getvalue())


def _read_answers(path: Path) -> dict[str, xr.Dataset]:
    """Read the studies of a file of answers by name.  Raises InputError for a damaged file."""
    try:
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as whole:
            whole.extractall(folder)
            return {file.stem: read_dataset(file) for file in Path(folder).glob("*.nc")}
    except (OSError, zipfile.BadZipFile, lzma.LZMAError) as error:
        raise InputError(f"{path}: a damaged file; allowed: that of tools/make_answers.py.") from error


def _round_study(study: xr.Dataset) -> xr.Dataset:
    """Round the numbers of a study, and drop variables that pages do not use."""
    unread = [name for name in study.data_vars if str(name).startswith(_UNREAD)]
    return study.drop_vars(unread).map(
        lambda values: values.copy(data=_round_bits(values.values)) if values.dtype.kind == "f" else values,
        keep_attrs=True,
    )


def _round_bits(values: Floats) -> NDArray[np.float32]:
    """Round to single precision with :data:`BITS` bits, so that numbers compress well.

    The remaining bits are zero; infinite numbers and NaN are unchanged.  Shape of `values`.
    """
    single = np.ascontiguousarray(values, dtype=np.float32)
    dropped = np.finfo(np.float32).nmant - BITS
    bits = single.view(np.uint32)
    nearest = (bits + np.uint32(1 << (dropped - 1))) >> np.uint32(dropped) << np.uint32(dropped)
    return np.where(np.isfinite(single), nearest.view(np.float32), single)
