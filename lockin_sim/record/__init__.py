"""The record: every recorded fact as a row, beside the question that it answers.

A *fact* says of which market, place, year and vendor or quantity it is, what was recorded, how far that may
be off, whether anything was fitted to it, and who says so.  A *question* is what is asked of a run, see
:mod:`lockin_sim.record.questions`.  Hindcast, validation, calibration and histories read this one record,
each as much of it as it compares with.  Numbers stand in the tables of ``data/records``, and those of no
table in ``targets.csv``, beside what runs must show.
"""

from __future__ import annotations

from typing import NamedTuple

from lockin_sim.world.case import bundled_case

#: Sponsor whose vendors the record is mostly about.
SPONSOR = bundled_case().sponsors[0]

MOBILE, CABLES, CLOUDS, CITIES = "mobile_network", "submarine_cable", "cloud", "smart_city"
PHONES, SHOPS, PAYMENTS = "smartphone", "e_commerce", "digital_payments"
NAVIGATION, RULES = "satellite_navigation", "data_governance"

#: What may have been fitted to, and what was kept aside: whole economies, and years after 2020.
FITTED, ECONOMY, YEAR = SPLITS = ("fitted", "economy kept aside", "year kept aside")

#: Brands of one vendor of the model: those that a row needs, and those that it may have besides.
BRANDS = {"bbk": (("oppo", "vivo"), ("realme",)), "transsion": (("tecno", "itel", "infinix"), ())}

#: Recorded names that stand for several vendors of the model.
TOGETHER = {
    "huawei_zte": ("huawei", "zte"),
    "hikvision_dahua": ("hikvision", "dahua"),
    "chinese_vendors": ("huawei", "zte", "xiaomi", "bbk", "transsion"),
    "absent_in_2000": ("huawei", "zte", "samsung"),
}

#: A loan smaller than this, USD m, is none: nine tenths of those recorded are larger.
LEAST_LOAN = 15.0


class Question(NamedTuple):
    """What is asked of a run.

    kind     one of :data:`lockin_sim.record.questions.KINDS`
    domain   of the market, "" where there is none
    place    a group of markets, an economy by ISO3 code, or what else the kind says
    year     of the figure, or the last of its years
    members  vendors whose share is added up, or economies that are counted
    among    as a share of these vendors together, or of these economies; none = of all
    since    first year, where the figure is of several
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

    subject   what it is about, a name that facts share which are judged together
    question  what is asked of a run
    recorded  the number: a share, a count, USD m, or 1 for what happened and 0 for what did not
    split     one of :data:`SPLITS`
    cluster   facts of one cluster depend on each other: one economy, one seller, or one market in one year
    source    key of ``sources.bib``, or the table
    what      which number of the subject, as it is told from the others, where facts are named
    called    the same in print; blank where ``what`` needs no other words
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
        """Subject and what, which together are unique."""
        return f"{self.subject}: {self.what}"

    @property
    def title(self) -> str:
        """What people read in its place, below a heading with the subject."""
        return self.called or self.what

    @property
    def error(self) -> float:
        """Standard deviation of the publisher's error, of subjects of :data:`PUBLISHED`."""
        return PUBLISHED[self.subject]


#: What a publisher may be off, as a standard deviation in the unit of the fact (assumed): two of them rarely
#: agree by less.  What the model is off is learnt, see :mod:`lockin_sim.evidence.tolerance`.
PUBLISHED = {
    "mobile networks sold": 0.015,
    "mobile networks in use": 0.05,
    "differences between economies": 0.03,
    "change from 4G to 5G": 0.01,
    "operators that stay": 0.07,  # what wrong rows and unknown operators add
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


#: Into which generation of the model operators change, and whether those count whose incumbents were
#: restricted.
CHANGES = {"stays_4g": (0, True), "stays_5g": (1, True), "stays_5g_free": (1, False)}

#: Years of recorded loans by economy, and those of counts of economies that restrict.
LOANS, COUNTED = (2010, 2020), tuple(range(2018, 2024))
