"""Alternative structures of the model that the record allows: ``structures`` in ``data/variants.toml``.

A study repeats its main numbers under each structure, since ranges over draws say nothing about the model's
structure.  Quantities of a lead are points won by the loans on record (``lent_won``) and by the programme
(``won``), and the remainder of 100 such points 10 and 20 years after the last loan (``lent_left_10``,
``left_20``).  Quantities of a randomly assigned vendor are what remains of its advantage after 10 and 25
years (``coin_10``, ``coin_25``), NaN where no vendor can be assigned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.errors import resolve_names
from lockin_sim.comparisons.trial import build_variable_attributes
from lockin_sim.comparisons.variants import VARIANTS, mask_sponsor_offers, with_moved_contracts
from lockin_sim.settings.ensemble import BUNDLED_NAME, Source, open_structure_draws
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import World, resolve_world

if TYPE_CHECKING:
    import xarray as xr

#: Structures by name, the model as it is first; and the word for all of them.
STRUCTURES, EVERY = VARIANTS["structures"], "all"

#: Years after the last loan and after the coin for which structures say what is left.
AFTER, AFTER_COIN = (10, 20), (10, 25)

#: Name of the numbers of structures in a dataset.
BY_STRUCTURE = "by_structure"

#: What a structure's number is followed by: the mean, and the ends of its 95 % interval.
ENDS = ("", "_low", "_high")


def select_structures(names: Sequence[str] | str) -> tuple[str, ...]:
    """Return the chosen structures by name; "all" selects every structure.

    Raises InputError for an unknown name.
    """
    if isinstance(names, str | list | tuple):
        if not names:
            return ()
        if names in (EVERY, [EVERY], (EVERY,)):
            return tuple(STRUCTURES)
    return resolve_names("structure", names, STRUCTURES)


def build_structure_options(structure: str, posterior: Source, options: Mapping[str, Any]) -> dict[str, Any]:
    """Build the options of a study under a structure: its posterior draws, parameters and world.

    Posterior draws of the structure's own replace the bundled posterior; otherwise its parameters are set.
    """
    row, own = STRUCTURES[structure], options.get("parameters")
    if row.moved:
        world = resolve_world(options.get("world"), options.get("own_facts"))
        options = {**options, "world": with_moved_contracts(world), "own_facts": None}
    if row.draws and isinstance(posterior, str) and posterior == BUNDLED_NAME:
        return {**options, "posterior": open_structure_draws(structure)}
    if isinstance(own, Parameters):
        parameters: Any = own.replace(row.settings)
    else:
        parameters = {**(own or {}), **row.settings} or None
    return {**options, "posterior": posterior, "parameters": parameters}


def find_rival_vendors(world: World, lender: str, domain: str) -> tuple[str, str] | None:
    """Return the lender's first vendor in a domain and another state's first vendor; None without both."""
    d = world.domains.index(domain)
    mine = mask_sponsor_offers(world, lender)[d]
    others = ~mine & (world.slot_vendor[d] >= 0) & (world.slot_sponsor[d] < len(world.sponsors))
    if not (mine.any() and others.any()):
        return None
    first, second = (world.vendors[world.slot_vendor[d, some.argmax()]] for some in (mine, others))
    return first, second


def repeat_by_structure(
    names: Sequence[str], numbers: Callable[[str], Mapping[str, tuple[float, ...]]]
) -> xr.Dataset:
    """Repeat a study under each structure.

    Parameters
    ----------
    names : structures.
    numbers : function from a structure's name to quantities by name, each a mean and the ends of its 95 %
        interval.

    Returns
    -------
    Dataset
        ``by_structure``, ``by_structure_low`` and ``by_structure_high`` over (structure, quantity), with
        ``structure_label``.
    """
    import xarray as xr

    found = [numbers(name) for name in names]
    quantities = list(found[0])
    values = np.array([[row[quantity] for quantity in quantities] for row in found], dtype=float)
    said = ("mean", "lower end of the 95 % interval", "upper end of the 95 % interval")
    data = {
        f"{BY_STRUCTURE}{end}": (
            ("structure", "quantity"),
            values[..., at],
            build_variable_attributes("points", f"under a structure: {said[at]}"),
        )
        for at, end in enumerate(ENDS)
    }
    titles = [STRUCTURES[name].title for name in names]
    labels = {"structure": list(names), "structure_label": ("structure", titles), "quantity": quantities}
    return xr.Dataset(data, coords=labels)
