"""The hardware bound: the time of only the work that no implementation of the model can leave out.

For the same runs these are

neighbours    what the neighbours of each economy with a due lot have, and how it works with each offer
users         how users' own base works with each offer, what those who leave can reach, and where they go
layers        the sponsors' other layers in each economy
exponentials  one for each offer of a due lot, each offer to users, and each pair of vendors they change
draws         one for each offer of a due lot: with weights w and exponential E, the offer with the least
              E / w is taken with the chances of a logit, so that no logarithm of a weight is needed

each by the fastest routine there is: BLAS through numpy, SciPy, numpy's own, or a loop compiled by numba
where that is installed; which one that is on a machine is tried out before anything is measured.  Sums,
comparisons, politics, finance, projects, adopters and what is measured cost nothing here.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import scipy.sparse as sparse

from lockin_sim import Parameters, load_scenario
from lockin_sim.conventions import Floats, Integers
from lockin_sim.engine import Engine, schedule
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.batch import Board as Posted
from lockin_sim.engine.renewals import Renewals, renewals
from lockin_sim.engine.schedule import stages
from lockin_sim.engines import one_blas_thread
from lockin_sim.measures import recorded
from lockin_sim.simulation import BATCH
from lockin_sim.world import World

#: Runs over which due lots are counted.
COUNTED = 16

#: Parts of the bound, and how each is spoken of.
PARTS = {
    "neighbours": "neighbours of due lots",
    "users": "users' moves",
    "layers": "sponsors' other layers",
    "exponentials": "exponentials",
    "draws": "draws",
}

type Routine = Callable[[], object]


class Year(NamedTuple):
    """What is bought in one year.

    rows    due lots of one run, mean;  offers  in them, mean
    to_users  offers to users
    due     countries with a due lot, by operators' domain, of each counted run
    """

    rows: float
    offers: float
    to_users: int
    due: list[dict[int, Integers]]


@cache
def tendered(world: World, years: tuple[int, int]) -> list[Year]:
    """What is bought year by year in the baseline."""
    scenario = load_scenario("baseline")
    operators, users, found = world.bought_by("operator"), world.bought_by("users"), list[Year]()

    def counted(batch: Batch, now: Posted) -> Renewals:
        """The stage, and what it let buy."""
        up = renewals(batch, now)
        run, domain, country = up.rows.run, up.rows.domain, up.rows.country
        offers = int(now.on_sale[domain, country].sum())
        due = [
            {int(d): np.unique(country[(run == r) & (domain == d)]) for d in operators}
            for r in range(COUNTED)
        ]
        found.append(Year(len(run) / COUNTED, offers / COUNTED, int(now.on_sale[users].sum()), due))
        return up

    def chosen(*, compiled: bool) -> SimpleNamespace:
        """The stages, one of which counts."""
        return SimpleNamespace(**(vars(stages(compiled=compiled)) | {"renewals": counted}))

    with patch.object(schedule, "stages", chosen):
        engine = Engine(
            world,
            scenario,
            scenario.configure(Parameters()),
            seed=1,
            runs=range(COUNTED),
            years=years,
            record=recorded(None),
        )
    for _ in engine.years():
        pass
    return found


class Bound:
    """The unavoidable work of some runs, in float64.

    world, years  of the runs
    runs          how many; they are worked on together as far as the engine does
    ``by`` says which routine does each part.
    """

    def __init__(self, world: World, years: tuple[int, int], runs: int) -> None:
        self.bought, self.runs = tendered(world, years), runs
        self.batches = -(-runs // BATCH)
        self.together = -(-runs // self.batches)
        countries, slots = len(world.countries), (world.slot_vendor >= 0).sum(axis=1)
        self.weights = world.influence.matrix
        self.base = {int(d): _half(self.together, countries, slots[d]) for d in world.bought_by("operator")}
        self.held = [_half(self.together, countries, slots[d]) for d in world.bought_by("users")]
        self.fit = {int(n): _half(self.together, n, n) for n in slots}
        self.stack = world.stack
        self.layers_held = _half(self.together, len(world.domains), countries * len(world.sponsors))
        pairs = sum(int(held.shape[2]) ** 2 for held in self.held)
        most = int(max(y.offers + y.to_users + pairs for y in self.bought) * self.together)
        self.exponents = [round((y.offers + y.to_users + pairs) * self.together) for y in self.bought]
        self.shocks = [round(y.offers * self.together) for y in self.bought]
        self.utility, self.out = np.full(most, -0.5), np.empty(most)
        self.by, self._parts = dict[str, str](), dict[str, Routine]()
        with one_blas_thread():
            for part in PARTS:
                self.by[part], self._parts[part] = fastest(getattr(self, f"_{part}")())

    def part(self, name: str) -> None:
        """One of ``PARTS``, for all runs."""
        self._work([name])

    def __call__(self) -> None:
        """All of it."""
        self._work(PARTS)

    def _work(self, parts: Iterable[str]) -> None:
        """Some parts, as often as there are batches."""
        with one_blas_thread():
            for name in parts:
                for _ in range(self.batches):
                    self._parts[name]()

    def _neighbours(self) -> dict[str, Routine]:
        """Shares among neighbours, seen through how well vendors fit each other."""

        def rows() -> None:
            """Of economies with a due lot alone."""
            for year in self.bought:
                for run in range(self.together):
                    for d, due in year.due[run % COUNTED].items():
                        self.weights[due] @ self.base[d][run] @ self.fit[self.base[d].shape[2]][run]

        def whole() -> None:
            """Of all economies."""
            for _ in self.bought:
                for base in self.base.values():
                    self.weights @ base @ self.fit[base.shape[2]]

        return {"rows, BLAS": rows, "all economies, BLAS": whole}

    def _users(self) -> dict[str, Routine]:
        """Products of what users have with how well vendors fit each other."""
        made = [np.empty_like(held) for held in self.held]

        def products() -> None:
            """Three a layer and year."""
            for _ in self.bought:
                for held, out in zip(self.held, made, strict=True):
                    for _ in range(3):
                        np.matmul(held, self.fit[held.shape[2]], out=out)

        return {"BLAS": products}

    def _layers(self) -> dict[str, Routine]:
        """Products, or sums of the few layers that each domain stands on."""
        on = np.flatnonzero(self.stack.any(axis=1))
        stack, made = sparse.csr_array(self.stack[on]), np.empty((self.together, *self.layers_held.shape[1:]))

        def products() -> None:
            """Of all layers with all layers."""
            for _ in self.bought:
                np.matmul(self.stack, self.layers_held, out=made)

        def few() -> None:
            """Of the layers that each stands on."""
            for _ in self.bought:
                for held in self.layers_held:
                    stack @ held

        return {"BLAS": products, "SciPy, sparse": few}

    def _exponentials(self) -> dict[str, Routine]:
        """One for each offer of a due lot, and those of users."""

        def numpy() -> None:
            """By its own loop."""
            for n in self.exponents:
                np.exp(self.utility[:n], out=self.out[:n])

        def compiled() -> None:
            """By a loop of our own."""
            for n in self.exponents:
                loops.exponentials(self.utility[:n], self.out[:n])

        loops = _loops()
        return {"numpy": numpy} | ({} if loops is None else {"numba": compiled})

    def _draws(self) -> dict[str, Routine]:
        """A shock for each offer of a due lot."""
        rng = np.random.Generator(np.random.SFC64(1))

        def ziggurat() -> None:
            """Exponential by rejection."""
            for n in self.shocks:
                rng.standard_exponential(out=self.out[:n])

        def logarithms() -> None:
            """Logarithms of uniform numbers."""
            for n in self.shocks:
                rng.random(out=self.out[:n])
                np.log(self.out[:n], out=self.out[:n])

        def compiled() -> None:
            """Drawn and turned into logarithms in one loop."""
            for n in self.shocks:
                loops.draws(n, self.out[:n])

        loops = _loops()
        by_numpy = {"numpy, ziggurat": ziggurat, "numpy, logarithms": logarithms}
        return by_numpy | ({} if loops is None else {"numba": compiled})


def fastest(routines: Mapping[str, Routine], times: int = 3) -> tuple[str, Routine]:
    """The routine that took least at its best, after one call that does not count; with its name."""
    least = dict[str, float]()
    for name, routine in routines.items():
        routine()
        for _ in range(times if len(routines) > 1 else 0):
            began = time.process_time()
            routine()
            least[name] = min(time.process_time() - began, least.get(name, np.inf))
    name = min(least, key=lambda each: least[each], default=next(iter(routines)))
    return name, routines[name]


def _half(*shape: int) -> Floats:
    """An array of that shape, filled."""
    return np.full(shape, 0.5)


def _loops() -> Any:
    """Compiled loops; None where numba is not installed."""
    if importlib.util.find_spec("numba") is None:
        return None
    from benchmarks import loops

    return loops
