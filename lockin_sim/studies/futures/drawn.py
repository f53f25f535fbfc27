"""What differs between futures: values of uncertain parameters, and how the model is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim import design
from lockin_sim.conventions import Floats, Integers
from lockin_sim.ensemble import Source, digest, history_of, posterior_of, resampled, values_of
from lockin_sim.errors import InputError, chosen_of, unknown_name, unusable
from lockin_sim.histories import CONDITIONED, Given
from lockin_sim.parameters import Parameters, declarations, parameters_of
from lockin_sim.studies.variants import DEFAULT, STRUCTURAL
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

POSTERIOR = "posterior"
METHODS = (POSTERIOR, "sobol", "latin_hypercube")

type Values = Parameters | Mapping[str, float | Floats] | None

#: How the source of a parameter begins that is no belief about the world but a choice of units.
NORMALISATION = "normalisation"


class Futures(NamedTuple):
    """What is drawn for each future.

    method        how values were drawn
    values        of uncertain parameters, by name, where an alternative sets one its value.  (future,)
    imposed       what alternatives set, by name, of all futures.  (future,)
    posterior     digest of it; "" without one
    draws         which draw of the posterior; -1 for what is drawn from ranges.  (future,)
    source        the posterior; None without one
    alternatives  names, the default first
    kinds         which of them.  (future,)
    """

    method: str
    values: dict[str, Floats]
    imposed: dict[str, Floats]
    posterior: str
    draws: Integers
    alternatives: tuple[str, ...]
    kinds: Integers
    source: xr.Dataset | None = None

    def by_run(self, fixed: Parameters, runs: int) -> Parameters:
        """Parameters of every run, those of a future being neighbours."""
        varied = self.values | self.imposed
        return fixed.replace({name: np.repeat(value, runs) for name, value in varied.items()})

    def history(self, given: Given, world: World, runs: int) -> Given:
        """The history of every run: near the record that of its draw, or where there is none the declared."""
        if given != CONDITIONED or self.source is None:
            return given
        run = np.arange(len(self.draws) * runs)
        own = history_of(self.source, np.repeat(self.draws, runs), run % runs, world.countries)
        return CONDITIONED if own is None else own


def futures_of(
    varied: design.methods.Varied | None,
    n: int,
    *,
    method: str | None,
    alternatives: Sequence[str] | None,
    posterior: Source,
    given: Values,
    seed: int,
) -> Futures:
    """Draws crossed with alternatives, see :func:`lockin_sim.futures`.

    given  what is not drawn, but for what ``varied`` names: names of a mapping; of Parameters, which do not
           say what was given, those that are not at their defaults
    Raises InputError for anything that cannot be used.
    """
    method = (POSTERIOR if varied is None else METHODS[1]) if method is None else method
    if method not in METHODS:
        raise unknown_name("method", found=method, known=METHODS)
    fixed = parameters_of(given)
    if fixed.runs is not None:
        raise unusable("parameters: run axis", found=fixed.runs, allowed="one number each; futures differ")
    held = given if isinstance(given, Mapping) else fixed.given()
    draws, drawn_from, source = np.full(n, -1), "", None
    if method == POSTERIOR:
        if varied is not None:
            allowed = f"a posterior has values of its own; with ranges {METHODS[1]} or {METHODS[2]}"
            raise unusable("method", found=method, allowed=allowed)
        source = posterior_of(posterior)
        drawn_from = digest(source)
        draws = resampled(source["weight"].values, n, seed=seed)
        values = values_of(source, draws)
        names = list(STRUCTURAL) if alternatives is None else alternatives
    else:
        if posterior is not None:
            raise unusable("posterior", found=f"one with method {method}", allowed="none with ranges")
        values = drawn(varied, n, method, seed)
        names = [DEFAULT] if alternatives is None else alternatives
    chosen = tuple(dict.fromkeys([DEFAULT, *chosen_of("alternatives", names, STRUCTURAL)]))
    values = {name: value for name, value in values.items() if varied is not None or name not in held}
    if not values:
        raise unusable("parameters", found="a value for all", allowed="some that are left to be drawn")
    kinds = _kinds(n, len(chosen))
    imposed = _imposed(chosen, kinds, fixed.as_dict() | values)
    values = {name: imposed.get(name, value) for name, value in values.items()}
    return Futures(method, values, imposed, drawn_from, draws, chosen, kinds, source)


def _kinds(n: int, alternatives: int) -> Integers:
    """Every second future as declared, the others under each alternative in turn.  (future,)."""
    number = np.arange(n)
    turn = 1 + number // 2 % max(alternatives - 1, 1)
    return np.where((number % 2 == 0) | (alternatives == 1), 0, turn)


def _imposed(
    alternatives: Sequence[str], kinds: Integers, elsewhere: Mapping[str, float | Floats]
) -> dict[str, Floats]:
    """What alternatives set, by parameter; in other futures its value ``elsewhere``.  (future,)."""
    found: dict[str, Floats] = {}
    for kind, name in enumerate(alternatives):
        for parameter, value in STRUCTURAL[name].settings.items():
            before = found.get(parameter, elsewhere[parameter])
            found[parameter] = np.where(kinds == kind, value, before)
    return found


def drawn(varied: design.methods.Varied | None, n: int, method: str, seed: int) -> dict[str, Floats]:
    """Values of the uncertain parameters from their ranges, (future,), by name.

    Raises InputError for anything varied that is not a parameter.
    """
    if varied is None:
        varied = [d.name for d in declarations().values() if not d.source.startswith(NORMALISATION)]
    points = getattr(design, method)(varied, n, seed=seed)
    for name in points.names:
        if name not in declarations():
            raise unknown_name("varied", found=name, known=declarations())
    values = {name: np.asarray(points.values[name], dtype=np.float64) for name in points.names}
    if any(np.isnan(v).any() for v in values.values()):
        raise InputError("varied: found a missing value; allowed: a number for every future.")
    return values
