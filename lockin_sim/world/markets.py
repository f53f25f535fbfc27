"""Buyers and institutions beside vendors: operators, projects, lenders, standards bodies; and influence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sparse

from lockin_sim.common.conventions import Bools, Floats, Integers, Numbers
from lockin_sim.common.draws import Keys, label_keys
from lockin_sim.common.errors import unusable
from lockin_sim.common.values import copy_array
from lockin_sim.rules.reduce import with_none
from lockin_sim.world.cache import ArrayRecord, cached_read_only_property, make_read_only


@dataclass(frozen=True, eq=False)
class Lots(ArrayRecord):
    """Lots: units that operators and agencies buy as a whole, with exactly one incumbent or none yet.

    Sorted by domain, country and operator; the weights of a domain and country sum to 1.

    domain     (lot,), index of the domain
    country    (lot,), index of the country
    operator   (lot,), index of its operator
    weight     (lot,), share of the country's capacity in the domain
    sibling    (lot,), index of another lot of the same operator, -1 if there is none
    recorded   (lot,), slot of its recorded incumbent in the first year, -1 if not recorded
    operators  names of the operators, each once in its domain and country
    """

    domain: Integers
    country: Integers
    operator: Integers
    weight: Floats
    sibling: Integers
    recorded: Integers
    operators: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of lots."""
        return len(self.domain)

    @cached_read_only_property
    def labels(self) -> tuple[str, ...]:
        """Name of each lot: name of its operator and number of the lot.  (lot,)."""
        seen: dict[int, int] = {}
        names = []
        for operator in self.operator.tolist():
            seen[operator] = seen.get(operator, 0) + 1
            names.append(f"{self.operators[operator]} {seen[operator]}")
        return tuple(names)

    @cached_read_only_property
    def markets(self) -> Integers:
        """First lot of each market (domain and country) that has lots; the last entry is the number of lots.

        (market + 1,).
        """
        change = (np.diff(self.domain) != 0) | (np.diff(self.country) != 0)
        return np.concatenate([[0], np.flatnonzero(change) + 1, [len(self)]])

    @cached_read_only_property
    def market(self) -> Integers:
        """Position of each lot's market among the markets that have lots.  (lot,)."""
        return np.repeat(np.arange(len(self.markets) - 1), np.diff(self.markets))

    @cached_read_only_property
    def by_domain(self) -> list[tuple[int, Integers | slice, slice]]:
        """Domain, countries and positions of markets of each domain that has lots.

        Countries are a slice if they are consecutive, else indices; positions are a slice of all markets.
        """
        first, parts = self.markets[:-1], []
        for d in np.unique(self.domain):
            places = np.flatnonzero(self.domain[first] == d)
            country = self.country[first[places]]
            consecutive = bool((np.diff(country) == 1).all())
            whole = slice(int(country[0]), int(country[-1]) + 1) if consecutive else country
            parts.append((int(d), whole, slice(int(places[0]), int(places[-1]) + 1)))
        return parts


#: Most pairs of economies of which chances and lengths of projects are kept; of larger worlds, those from the
#: economies where projects of the year land first are computed.
MOST_PAIRS = 4_000_000


class RouteLegs(NamedTuple):
    """Legs of projects: from their first landings to all economies."""

    row: Integers  # of the other two, as the first landings
    further_upto: Floats  # (row, country), chances of another landing, summed up to each economy
    distance: Floats  # (row, country), km; own: length of a domestic project


@dataclass(frozen=True, eq=False)
class Routes(ArrayRecord):
    """Routes of projects: a project (a submarine cable) has one supplier and lands in several economies.

    domain      index of the domain that projects buy
    yearly      projects a year in the world
    count       (landing,), chance that a project lands in 1, 2, ... economies; sums to 1
    first       (country,), chance of the first landing; sums to 1
    pull        (country,), weight of each economy as another landing, before its distance counts
    latitude, longitude  (country,), degrees, of the place that distances are measured from
    decay_km    distance over which that weight falls to 1/e
    own_km      length of a domestic project
    """

    domain: int
    yearly: int
    count: Floats
    first: Floats
    pull: Floats
    latitude: Floats
    longitude: Floats
    decay_km: float
    own_km: float

    def legs(self, first: Integers) -> RouteLegs:
        """Return chances and distances of further landings of projects.

        first  (project,), economy of the first landing
        """
        if self.all_legs is not None:
            return RouteLegs(first, *self.all_legs[1:])
        places, row = np.unique(first, return_inverse=True)
        return self._compute_legs(places)._replace(row=row)

    @cached_read_only_property
    def all_legs(self) -> RouteLegs | None:
        """Legs from every economy; None for more than :data:`MOST_PAIRS` pairs of economies."""
        number = len(self.pull)
        return self._compute_legs(np.arange(number)) if number**2 <= MOST_PAIRS else None

    def _compute_legs(self, places: Integers) -> RouteLegs:
        """Compute the legs from several economies, one row for each."""
        further, distance = self.further_from(places)
        return RouteLegs(places, np.cumsum(further, axis=-1, out=further), distance)

    def further_from(self, places: Integers) -> tuple[Floats, Floats]:
        """Compute the chance of another landing after a first one, and km to it.  (place, country) each.

        Chances of a place sum to 1, or are all 0.
        """
        distance = compute_great_circle(self.latitude, self.longitude, places)
        further = self.pull * np.exp(-distance / self.decay_km)

        # from an economy to itself
        own = np.arange(len(places)), places
        further[own], distance[own] = 0.0, self.own_km

        further *= (self.pull[places] > 0)[:, None]
        further /= np.maximum(further.sum(axis=1, keepdims=True), 1e-300)
        return further, distance

    @cached_read_only_property
    def usual_length(self) -> Floats:
        """Length of the project that a landing usually belongs to, by its first economy.  (country,), km.

        The geometric mean over landings, since suppliers are suited to lengths by their logarithm (U11).
        """
        portions, further = _split_positions(len(self.pull)), np.arange(len(self.count))
        leg = np.concatenate([np.sum(np.multiply(*self.further_from(some)), axis=1) for some in portions])
        lengths = further * leg[:, None]
        lengths = np.where(lengths > 0, lengths, self.own_km)
        part = self.count * (1 + further)
        result: Floats = np.exp(np.log(lengths) @ part / part.sum())
        return result

    @cached_read_only_property
    def expected_landings(self) -> float:
        """Mean number of landings of a project."""
        return float(self.count @ np.arange(1, len(self.count) + 1))

    @cached_read_only_property
    def count_upto(self) -> Floats:
        """Cumulative chances of the number of landings of a project.  (landing,)."""
        return np.cumsum(self.count)

    @cached_read_only_property
    def first_upto(self) -> Floats:
        """Cumulative chances of the first landing over economies.  (country,)."""
        return np.cumsum(self.first)

    @cached_read_only_property
    def project_keys(self) -> Keys:
        """Random key of each of a year's projects.  (project,)."""
        return label_keys([f"project {k}" for k in range(self.yearly)])

    @cached_read_only_property
    def landing_keys(self) -> Keys:
        """Random keys of a project's number of landings and of each landing.  (landing + 1,)."""
        return label_keys([f"landing {k}" for k in range(len(self.count) + 1)])


@dataclass(frozen=True, eq=False)
class Lenders(ArrayRecord):
    """State lenders: a sponsor has one lender or several, each with its own borrowers.

    names                  labels
    sponsor                (lender,), index of the sponsor
    share                  (lender,), part of the sponsor's envelope; sums to 1 by sponsor
    payments_per_year      (lender,)
    take_up                (lender,), share of promised loans that is taken, forecast of the first year
    highest_discount_rate  (lender,), per year, most at which borrowers value its loans
    appeal                 (country, lender), log weight when borrowers are drawn, -inf: does not lend there
    by_grant_element       (lender,), exponent of the grant element in that weight
    """

    names: tuple[str, ...]
    sponsor: Integers
    share: Floats
    payments_per_year: Floats
    take_up: Floats
    highest_discount_rate: Floats
    appeal: Floats
    by_grant_element: Floats


@dataclass(frozen=True)
class Body(ArrayRecord):
    """Standards body: its members and their votes, its decision rule, and its voting cycle."""

    label: str
    procedure: str
    weight: Floats  # (country,), votes of each member under the body's rule; 0 for non-members
    firm_weight: Floats  # (country,), votes in the private chamber, where there is one
    quota: float  # NaN: the parameter contested_hurdle
    blocking: float
    cycle_years: int
    first_cycle_year: int
    initial_status: Floats  # (standard,), sums to 1
    relative_contested: float = 1.0  # times contested_share: part of its work on which a vote decides
    bindingness: float = 1.0  # weight among the bodies that one looks at; NaN: the parameter forum_weight

    @cached_read_only_property
    def members(self) -> Bools:
        """Whether each country takes part, with votes or with firms.  (country,)."""
        return (self.weight > 0) | (self.firm_weight > 0)

    def votes_in(self, year: int) -> bool:
        """Whether one of the body's cycles ends in a year."""
        return year >= self.first_cycle_year and (year - self.first_cycle_year) % self.cycle_years == 0


#: Weights of a neighbour in which its base is still one beside a weight of utility.
WEIGHTS = (-1000.0, 1000.0)


class Influence(ArrayRecord):
    """Row weights w of countries on one another, used as given.

    weights  "uniform" (1/(n-1) on all others, never stored as a matrix), a dense (country, country)
             array, or a scipy sparse one; not renormalised, the diagonal is allowed
    n        number of countries
    nearby   weights of nearby economies beside a dense array, (country, country); None = the same as
             ``weights``
    Raises InputError for another shape, and for numbers that are not finite or outside :data:`WEIGHTS`.
    """

    def __init__(self, weights: Any, n: int, nearby: Floats | None = None) -> None:
        self.n, self.nearby = n, None if nearby is None else make_read_only(nearby)
        self.uniform = isinstance(weights, str)
        if self.uniform:
            if weights != "uniform":
                raise unusable("influence", found=weights, allowed="'uniform' or a matrix")
            return
        allowed = f"'uniform', or finite weights of shape ({n}, {n}), from {WEIGHTS[0]:g} to {WEIGHTS[1]:g}"
        thin = sparse.issparse(weights)
        entries = copy_array("influence", weights.tocsr().data if thin else weights, allowed=allowed)
        if not ((entries >= WEIGHTS[0]) & (entries <= WEIGHTS[1])).all():
            found = "a number that is not finite, or too large"
            raise unusable("influence", found=found, allowed=allowed)
        self.matrix = weights.tocsr(copy=True).astype(np.float64) if thin else entries
        if self.matrix.shape != (n, n):
            raise unusable("influence", words=f"shape {self.matrix.shape}", allowed=f"shape ({n}, {n})")
        make_read_only(self.matrix)

    def take(self, order: Integers) -> Influence:
        """Return the weights with the countries in another order.

        order  positions of the countries, (country,)
        """
        if self.uniform:
            return self
        nearby = None if self.nearby is None else self.nearby[order][:, order]
        return Influence(self.matrix[order][:, order], self.n, nearby)

    def neighbours(self, base: Floats, nearby: Numbers = 0.0) -> Floats:
        """Compute the weighted sum of the base of each country's neighbours.

        base    (..., country, column); each run is a separate matrix product, so that the numbers of a
                run do not depend on how many runs are computed together
        nearby  part of the weights that nearby economies have, a number or (run, 1, 1, 1)
        Returns the shape of ``base``.
        """
        if self.nearby is None or not np.any(nearby):
            return self._sum_base(base)
        if np.ndim(nearby) == 0:
            alike: Floats = self.mixed(float(nearby)) @ base
            return alike
        by_run: Floats = (1 - nearby) * (self.matrix @ base) + nearby * (self.nearby @ base)
        return by_run

    def mixed(self, nearby: float) -> Floats:
        """Mix the weights with those of nearby economies.  (country, country)

        nearby  part of the weights that nearby economies have
        """
        return self.matrix if self.nearby is None else self.matrix + nearby * (self.nearby - self.matrix)

    def _sum_base(self, base: Floats) -> Floats:
        """Compute the weighted sum of the base by the weights without nearby economies."""
        if self.uniform:
            total = base.sum(axis=-2, keepdims=True)
            return (total - base) / max(self.n - 1, 1)
        if sparse.issparse(self.matrix):
            around = np.empty(base.shape)  # also of a world in which nobody has a base: no domain is traded
            for place in np.ndindex(base.shape[:-2]):
                around[place] = self.matrix @ base[place]
            return around
        return self.matrix @ base

    def row(self, country: int, base: Floats, nearby: float = 0.0) -> Floats:
        """Compute the weighted sum of the base of one country's neighbours.  (column,)

        base    (country, column);  nearby  part of the weights that nearby economies have
        """
        result: Floats
        if self.uniform:
            result = (base.sum(axis=0) - base[country]) / max(self.n - 1, 1)
            return result
        if sparse.issparse(self.matrix):
            return self.matrix[[country]] @ base
        weights = self.matrix[country]
        if self.nearby is not None:
            weights = weights + nearby * (self.nearby[country] - weights)
        result = weights @ base
        return result


def compute_gravity_weights(
    gdp: Floats, latitude: Floats, longitude: Floats, *, shortest: float = 200.0
) -> Floats:
    r"""Compute row-normalised gravity weights :math:`w_{ij} \propto GDP_j / \max(distance_{ij}, shortest)`.

    gdp                   (country,), any unit
    latitude, longitude   (country,), degrees, of the capitals
    shortest              km; keeps neighbouring capitals from dominating (assumed)
    Source: gravity models of trade (Tinbergen 1962).
    """
    weights = np.empty((len(gdp), len(gdp)))
    for some in _split_positions(len(gdp)):
        weights[some] = gdp / np.maximum(compute_great_circle(latitude, longitude, some), shortest)
    np.fill_diagonal(weights, 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def _split_positions(economies: int) -> list[Integers]:
    """Split the positions of all economies into batches of at most about :data:`MOST_PAIRS` pairs."""
    return np.array_split(np.arange(economies), math.ceil(economies**2 / MOST_PAIRS))


def compute_great_circle(latitude: Floats, longitude: Floats, places: Integers | None = None) -> Floats:
    """Compute great-circle distances between places given in degrees.  (place, place), km.

    places  positions of the places to measure from; None = all
    """
    phi, theta = np.radians(latitude), np.radians(longitude)
    here, there = (phi, theta) if places is None else (phi[places], theta[places])
    half = (
        np.sin((here[:, None] - phi) / 2) ** 2
        + np.cos(here[:, None]) * np.cos(phi) * np.sin((there[:, None] - theta) / 2) ** 2
    )
    result: Floats = 2 * 6371.0 * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return result


def find_own_offers(home: Bools, law: Bools, sponsor: Integers, enacted: Bools) -> Bools:
    """Find offers of a country's own sponsor, and the laws in force there.  (..., domain, country, vendor).

    home     (country, sponsor), home states of each sponsor
    law      (..., country, sponsor), whose rules are law; replaces ``home`` in domains that are enacted
    sponsor  (domain, vendor), the last index for none;  enacted  (domain,)
    """
    states = with_none(np.where(enacted[:, None, None], law[..., None, :, :], home))
    domain, country = (np.arange(n) for n in states.shape[-3:-1])
    return states[..., domain[:, None, None], country[:, None], sponsor[:, None]]
