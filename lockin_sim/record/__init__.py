"""The record: every recorded fact as a row, with the question that it answers.

A *fact* has a market, place, year, and vendor or quantity, the recorded value, its error, whether anything
was fitted to it, and a source.  A *question* is put to a run, see :mod:`lockin_sim.record.questions`.
Hindcast, validation, calibration and histories share this record; each uses its own part.  Values are in the
tables of ``data/records``, and in ``targets.csv``, which also has the required patterns.
"""

from __future__ import annotations

from typing import NamedTuple

from lockin_sim.world.case import load_bundled_case

#: Sponsor of the vendors in most of the record.
SPONSOR = load_bundled_case().sponsors[0]

MOBILE, CABLES, CLOUDS, CITIES = "mobile_network", "submarine_cable", "cloud", "smart_city"
PHONES, SHOPS, PAYMENTS = "smartphone", "e_commerce", "digital_payments"
NAVIGATION, RULES = "satellite_navigation", "data_governance"

#: Facts available for fitting, and facts kept aside: whole economies, and years after 2020.
FITTED, ECONOMY, YEAR = SPLITS = ("fitted", "economy kept aside", "year kept aside")

#: Brands of one vendor of the model: required in a row, and optional.
BRANDS = {"bbk": (("oppo", "vivo"), ("realme",)), "transsion": (("tecno", "itel", "infinix"), ())}

#: Recorded names of several vendors of the model together.
TOGETHER = {
    "huawei_zte": ("huawei", "zte"),
    "hikvision_dahua": ("hikvision", "dahua"),
    "chinese_vendors": ("huawei", "zte", "xiaomi", "bbk", "transsion"),
    "absent_in_2000": ("huawei", "zte", "samsung"),
}

#: Smaller loans, USD m, count as none: nine tenths of those recorded are larger.
LEAST_LOAN = 15.0


class Question(NamedTuple):
    """A question to a run.

    kind     one of :data:`lockin_sim.record.questions.KINDS`
    domain   of the market, "" where there is none
    place    a group of markets, an economy by ISO3 code, or as defined by the kind
    year     of the figure, or the last of its years
    members  vendors whose share is summed, or economies to count
    among    vendors or economies of the denominator; empty = all
    since    first year, if the figure covers several years
    """

    kind: str
    domain: str
    place: str
    year: int
    members: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    since: int = 0


class Fact(NamedTuple):
    """One recorded number.

    subject   shared by facts that are judged together
    question  to a run
    recorded  the number: a share, a count, USD m, or 1 for what happened and 0 for what did not
    split     one of :data:`SPLITS`
    cluster   facts of one cluster depend on each other: one economy, one seller, or one market in one year
    source    key of ``sources.bib``, or the table
    what      which number of the subject, in names
    called    ``what`` in print; blank if ``what`` serves
    """

    subject: str
    question: Question
    recorded: float
    split: str = FITTED
    cluster: str = ""
    source: str = ""
    what: str = ""
    called: str = ""

    @property
    def name(self) -> str:
        """Unique name of the fact: subject and ``what``."""
        return f"{self.subject}: {self.what}"

    @property
    def title(self) -> str:
        """Title below a heading with the subject: ``called``, or ``what`` if ``called`` is blank."""
        return self.called or self.what

    @property
    def error(self) -> float:
        """Standard deviation of the publisher's error, for subjects of :data:`PUBLISHED`."""
        return PUBLISHED[self.subject]


#: Publishers' errors, as standard deviations in the unit of the fact (assumed, from differences between two
#: publishers).  The model's error is learnt, see :mod:`lockin_sim.evidence.tolerance`.
PUBLISHED = {
    "mobile networks sold": 0.015,
    "mobile networks in use": 0.05,
    "differences between economies": 0.03,
    "change from 4G to 5G": 0.01,
    "economies that restrict": 1.0,
    "Chinese loans by region": 0.05,
    "AI surveillance": 4.0,
    "submarine cables": 0.03,
    "phones sold": 0.01,
    "phones by region": 0.02,
    "clouds sold": 0.015,
    "online retail": 0.015,
    "cards": 0.01,
}


#: The generation into which operators change, and whether those with restricted incumbents count.
CHANGES = {"stays_4g": (0, True), "stays_5g": (1, True), "stays_5g_free": (1, False)}

#: Years of recorded loans by economy, and of counts of restricting economies.
LOANS, COUNTED = (2011, 2020), tuple(range(2018, 2024))
