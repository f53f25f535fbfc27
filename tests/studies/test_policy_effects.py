"""Built-in scenarios: what happens, by the same runs with and without, so that chance drops out."""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.comparisons.measured_places import with_economies
from lockin_sim.model.measures import Alone
from lockin_sim.runs.context import now
from lockin_sim.runs.simulation import Past, simulate

YEARS, RUNS, SEED, HORIZON = (2010, 2040), 24, 2, 2040
RECORD = Alone((
    "restricted", "group_sponsor_share", "group_price_paid", "lent", "lending", "vote_share", "reach",
    "status", "restricting", "switching_pull", "total_debt",
))  # fmt: skip
#: Least mean effect in standard errors.
CLEAR = 4.0


@pytest.fixture(scope="module")
def runs(real_world):
    """Datasets of the built-in scenarios by name, each made once, as are the years that they share."""
    made, world = {}, with_economies(real_world, ["UGA"])
    how = {"runs": range(RUNS), "seed": SEED, "years": YEARS, "record": RECORD}
    how["engine"] = now().engine_for(years=RUNS * (YEARS[1] - YEARS[0]), bundled=True)
    past = Past(ls.load_scenario("baseline"), 2025, world=world, parameters=ls.Parameters(), **how)

    def of(name):
        if name not in made:
            scenario = ls.load_scenario(name)
            shared = past.shared_by(scenario)
            whole = (
                past.dataset(scenario) if shared else simulate(scenario, world=world, history="prior", **how)
            )
            # all of them take gigabytes in double precision
            made[name] = whole.map(lambda v: v.astype(np.float32) if v.dtype == np.float64 else v)
        return made[name]

    return of


@pytest.fixture(scope="module")
def effect(runs):
    """Mean difference from the baseline of something measured in each run, and its standard error."""

    def of(name, measured):
        difference = np.asarray(measured(runs(name)) - measured(runs("baseline")))
        return difference.mean(), difference.std(ddof=1) / np.sqrt(RUNS)

    return of


def share(sponsor, domains, group="world", year=HORIZON):
    """Mean share of a sponsor's vendors in the base of some domains in a group of markets.  (run,)."""
    at = {"group": group, "domain": domains, "sponsor": sponsor, "year": year}
    return lambda ds: ds.group_sponsor_share.sel(at).mean("domain").values


def status(standard, body, domain=None, year=HORIZON):
    """Share of a family in a body's live standards.  (run,)."""
    at = {"standard": standard, "body": body, "year": year} | ({"domain": domain} if domain else {})
    return lambda ds: ds.status.sel(at).values if domain else ds.status.sel(at).mean("domain").values


def after(variable, year=2026, **at):
    """Mean of a variable over the years from one on.  (run,)."""
    return lambda ds: ds[variable].sel(at | {"year": slice(year, None)}).mean("year").values


def lent_to(rich):
    """European loans from 2026 on to economies of high income, or to all others, USD bn.  (run,)."""
    world = ls.load_world()
    countries = np.array(world.countries)[world.groups["income:high"].any(axis=0) == rich]
    at = {"country": countries, "sponsor": "EU", "year": slice(2026, None)}
    return lambda ds: ds.lent.sel(at).sum(["country", "year"]).values


NETWORKS = ["mobile_network", "submarine_cable", "cloud", "smart_city"]
DATA = ["cloud", "smart_city", "e_commerce", "digital_payments"]
RICH, EU = "income:high", "EU"

#: What each scenario must do: in which direction, measured where.
DOES = {
    "no_dsr: China lends less": ("no_dsr", -1, after("lending", sponsor="CHN")),
    "no_dsr: fewer Chinese networks where China lends": (
        "no_dsr", -1, share("CHN", NETWORKS, "income:lower_middle")),
    "no_state_finance: fewer Chinese networks while loans were large": (
        "no_state_finance", -1, share("CHN", NETWORKS, "income:lower_middle", 2020)),
    "no_state_support: fewer Chinese networks abroad": (
        "no_state_support", -1, share("CHN", ["mobile_network", "cloud", "smart_city"], "abroad")),
    "cs2035_push: status in the ITU": ("cs2035_push", 1, status("cn2035", "ITU")),
    "cs2035_push: spread": (
        "cs2035_push", 1, lambda ds: ds.reach.sel(standard="cn2035", domain="mobile_network",
                                                           year=HORIZON).values),
    "us_pressure: more restrict": ("us_pressure", 1, after("restricting", sponsor="CHN")),
    "us_pressure: less Chinese infrastructure outside China": (  # salience has faded: small in any one
        "us_pressure", -1, share("CHN", NETWORKS, "abroad")),
    "eu_coordinated: fewer Chinese networks in the EU": (
        "eu_coordinated", -1, share("CHN", ["mobile_network"], EU)),
    "digital_oda: Europe lends more": ("digital_oda", 1, after("lending", sponsor="EU")),
    "digital_oda: poorer countries pay less": (
        "digital_oda", -1,
        after("group_price_paid", 2027, group="income:lower_middle", domain="mobile_network")),
    "open_ran: less pull of the switching cost in mobile networks": (
        "open_ran", -1, after("switching_pull", 2027, domain="mobile_network")),
    "eu_champions: more European infrastructure": ("eu_champions", 1, share("EU", NETWORKS)),
    "gdpr: fewer Chinese vendors that hold data in the EU": ("gdpr", -1, share("CHN", DATA, EU)),
    "eu_in_bodies: cn2035 loses status in the ITU": ("eu_in_bodies", -1, status("cn2035", "ITU")),
    "training: more Chinese networks where it is given": ("training", 1, share("CHN", NETWORKS, "Africa")),
    "training: more votes for cn2035 in the ITU": (
        "training", 1,
        lambda ds: ds.vote_share.sel(body="ITU", standard="cn2035", year=slice(2035, None))
        .mean(["domain", "year"]).values),
    "germany_lifts: Germany restricts no more": (
        "germany_lifts", -1,
        after("restricted", country="DEU", sponsor="CHN")),
    "share_cap: fewer Chinese networks in Africa": (
        "share_cap", -1, share("CHN", ["mobile_network"], "Africa")),
    "early_6g: more Chinese networks": (
        "early_6g", 1, share("CHN", ["mobile_network"], "abroad", 2035)),
    "chip_gap: fewer Chinese networks": ("chip_gap", -1, share("CHN", ["mobile_network"], "abroad")),
    "us_leaves_bodies: the international family loses status in the ITU": (
        "us_leaves_bodies", -1, status("international", "ITU")),
    "strict_lender: China lends more than in the baseline": (
        "strict_lender", 1, after("lending", sponsor="CHN")),
    "first_european: European networks where there were none": (
        "first_european", 1, share("EU", ["mobile_network"], "UGA", 2035)),
    "eu_package: fewer Chinese networks in the EU": ("eu_package", -1, share("CHN", ["mobile_network"], EU)),
    "eu_package: less status of cn2035 in the ITU": ("eu_package", -1, status("cn2035", "ITU")),
}  # fmt: skip

#: Where a scenario acts and where hardly: the second effect is at most a share of the first.
PLACES = {
    "no_dsr acts where China lends": (
        "no_dsr", share("CHN", NETWORKS, "Africa"), share("CHN", NETWORKS, RICH)),
    "eu_coordinated acts in the EU": (
        "eu_coordinated", share("CHN", ["mobile_network"], EU), share("CHN", ["mobile_network"], "Africa")),
    "eu_coordinated acts in sensitive networks": (
        "eu_coordinated", share("CHN", ["mobile_network"], EU), share("CHN", ["smartphone"], EU)),
    "digital_oda acts where the EU lends": ("digital_oda", lent_to(False), lent_to(True)),
    "open_ran acts on mobile networks": (
        "open_ran",
        after("switching_pull", domain="mobile_network"), after("switching_pull", domain="cloud")),
    "eu_champions acts on infrastructure": (
        "eu_champions", share("EU", NETWORKS), share("EU", ["smartphone", "digital_payments"])),
    "gdpr acts where data are personal": ("gdpr", share("EU", DATA, EU), share("EU", ["mobile_network"], EU)),
    "gdpr acts in the EU": ("gdpr", share("EU", DATA, EU), share("EU", DATA, "Africa")),
    "training acts where it is given": (
        "training", share("CHN", NETWORKS, "Africa"), share("CHN", NETWORKS, "Americas")),
    "eu_in_bodies acts where the EU takes part": (
        "eu_in_bodies", status("cn2035", "ITU"), status("cn2035", "WIC")),
}  # fmt: skip
ELSEWHERE = 0.25


@pytest.mark.parametrize("what", DOES)
def test_a_scenario_does_what_it_says(effect, what):
    name, sign, measured = DOES[what]
    mean, error = effect(name, measured)
    assert sign * mean > CLEAR * error > 0 or (error == 0 and sign * mean > 0), (mean, error)


@pytest.mark.parametrize("what", PLACES)
def test_a_scenario_acts_where_it_says(effect, what):
    name, here, there = PLACES[what]
    (near, _), (far, error) = effect(name, here), effect(name, there)
    assert abs(far) - 2 * error < ELSEWHERE * abs(near), (near, far, error)


def test_nobody_lends(runs):
    ds = runs("no_state_finance")
    assert (ds.lending.sel(year=slice(2011, None)) == 0).all()
    assert (ds.total_debt == 0).all()


@pytest.mark.parametrize("name", ["eu_coordinated", "eu_package"])
def test_every_member_restricts_and_replaces(real_world, runs, name):
    members = np.array(real_world.countries)[real_world.groups["EU"].any(axis=0)]
    assert len(members) == 27
    assert runs(name).restricted.sel(country=members, sponsor="CHN", year=slice(2026, None)).all()
    assert not runs("baseline").restricted.sel(country=members, sponsor="CHN", year=2026).all()
    late, early = (share("CHN", ["mobile_network"], EU, year)(runs(name)) for year in (2035, 2025))
    assert late.mean() < 0.05 < early.mean()
