"""Through which channel a policy moves a family: its owners' vendors, others' compliance, or the bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.errors import unusable
from lockin_sim.histories import Given
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK, Case, run_cases
from lockin_sim.scenario import Named
from lockin_sim.statistics import difference, interval
from lockin_sim.studies.outcomes import share_of_family, weighted_mean
from lockin_sim.studies.pairing import Pairing
from lockin_sim.studies.parts import (
    changed,
    chosen_scenarios,
    effects,
    provenance,
    scenario_labels,
)  # fmt: skip
from lockin_sim.world import World, world_of
from lockin_sim.world.names import name_of

if TYPE_CHECKING:
    import xarray as xr

CHANNELS = {
    "total": "effect on the share of {title}",
    "installed_base": "part carried by its owners' vendors",
    "others_compliance": "part carried by other vendors that comply",
    "bodies": "part that is gone when the bodies' standards stay as they are",
}

#: Bodies' standards stay as they are.
FROZEN = {"turnover": 0.0}

#: What stands for all domains, weighted by market size.
ALL = "all"


def channels(
    scenarios: Sequence[Named] | Named,
    *,
    baseline: Named = "baseline",
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    history: Given | None = None,
    runs: int = RUNS.comparison,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """Effects on the share of the family under study split by channel and domain.

    Arguments as in :func:`lockin_sim.compare`.
    Returns a dataset over (scenario, channel, domain, year), the first domain being all together: ``effect``,
    ``effect_low``, ``effect_high`` (95 %, Student's t over pairs) and ``pairs_used``.  The total is the sum
    of what rides on the owners' installed base and of what others carry by complying.  What bodies do is a
    cut of its own across both: the effect less the effect of the same policy with the bodies' standards
    frozen (``turnover`` 0) in policy and baseline alike, a paired double difference.
    Raises InputError for anything that cannot be used, and a world without the family.
    """
    world = world_of(world)
    if not world.case.family:
        raise unusable("world", found=world.name, allowed="one with a standard family under study")
    chosen, given = chosen_scenarios(baseline, scenarios), parameters_of(parameters)
    years = world.horizon(years)
    pairing = Pairing.of(chosen, world, years, history)
    cases = [
        Case(called, case, channel_arrays, given, history=kind)
        for label, s, kind in pairing.runs()
        for called, case in ((label, s), (_frozen(label), changed(s, FROZEN)))
    ]
    arrays = run_cases(
        cases, world=world, runs=runs, seed=seed, years=years, workers=workers, chunk=chunk, progress=progress
    )
    carried = {label: values["carried"] for label, values in arrays.items()}
    found = [interval(_split(carried, s.name, pairing.against(s.name))) for s in chosen]
    import xarray as xr

    axes, title = ("scenario", "channel", "domain", "year"), name_of("standard", world.case.family)
    labels = {
        "channel": list(CHANNELS),
        "channel_label": ("channel", [text.format(title=title) for text in CHANNELS.values()]),
        "domain": [ALL, *world.domains],
        "year": np.arange(years[0], years[1] + 1),
    }
    made = provenance(world, parameters=given, runs=runs, seed=seed, years=years)
    made |= {"baseline": chosen[0].name}
    return xr.Dataset(effects(found, axes, "share"), coords=scenario_labels(pairing) | labels, attrs=made)


def _frozen(name: str) -> str:
    """Label of a scenario in which bodies change nothing; no scenario's name has the blank."""
    return f"{name} /bodies frozen"


def channel_arrays(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """``carried`` (run, carrier, domain, year): share of the family in all and each domain, that of
    its owners' vendors, and that of others."""
    share, owned = (share_of_family(ds, world, name) for name in ("standard_share", "owned_standard_share"))
    size = ds["market_size"].transpose("year", "domain").values
    carried = np.stack([share, owned, share - owned], axis=1)  # (run, carrier, year, domain)
    together = weighted_mean(carried, size)
    return {"carried": np.concatenate([together[:, :, None], carried.swapaxes(-1, -2)], axis=2)}


def _split(carried: Mapping[str, Floats], name: str, reference: str) -> Floats:
    """Effects by run and channel.  (run, channel, domain, year)."""
    effect = difference(carried[name], carried[reference])
    frozen = difference(carried[_frozen(name)], carried[_frozen(reference)])
    return np.concatenate([effect, difference(effect, frozen)[:, :1]], axis=1)
