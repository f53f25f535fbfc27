"""Does a defect that no column shows give one message?"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import lockin_sim as ls
from lockin_sim.errors import InputError
from lockin_sim.world.schema import DATA

DEFECTS: dict[str, Any] = {
    "area of no offer": ("areas.csv", "upi,digital_payments", "upi,cloud", ["areas.csv", "'cloud/upi'"]),
    "event of nobody": ("events.csv", "digital_payments,upi,,IND,2017", "digital_payments,,,IND,2017",
                        ["events.csv", "one of them"]),
    "group of markets as a scope": ("areas.csv", "excluding_CHN", "greenfield", ["greenfield", "countries"]),
    "supplier that sells something else": ("operators.csv", ",zte,", ",visa,", ["mobile_network/visa"]),
    "procedure of no rule": ("bodies.csv", "weighted_firms", "weighed_firms",
                             ["bodies.csv (3GPP), column procedure", "Did you mean 'weighted_firms'"]),
    "shares of lenders": ("lenders.csv", ",0.7,", ",0.6,",
                          ["lenders.csv, column envelope_share, rows of CHN", "0.9", "sum to 1"]),
    "family owned twice": ("owners.csv", "cn2035,CHN,1", "cn2035,CHN,0.5", ["owners.csv", "cn2035", "0.5"]),
    "status that does not sum": ("initial_status.csv", "ITU,international,0.97", "ITU,international,0.87",
                                 ["initial_status.csv, column share, rows of ITU", "0.9", "sum to 1"]),
    "more users than there are": ("users_base.csv", "e_commerce,CHN,jd,0.02", "e_commerce,CHN,jd,0.92",
                                  ["users_base.csv, column share, rows of e_commerce/CHN", "at most"]),
    "base of more than the world": ("offers.csv", ",mobile_network,2010,0.", ",mobile_network,2010,0.9",
                                    ["column initial_base_share, rows of mobile_network", "at most"]),
    "more contributions than all": ("contributions.csv", "3GPP,2010,0.", "3GPP,2010,0.9",
                                    ["contributions.csv, column share, rows of 3GPP/2010", "at most"]),
    "part of an economy by size": ("operators.csv", "mobile_network,CHN,China Unicom,0.23",
                                   "mobile_network,CHN,China Unicom,",
                                   ["(mobile_network/CHN/China Unicom), column size_share", "''"]),
    "sizes of operators": ("operators.csv", "mobile_network,CHN,China Unicom,0.23",
                           "mobile_network,CHN,China Unicom,0.13",
                           ["column size_share, rows of mobile_network/CHN", "0.9", "sum to 1"]),
    "area that ends before it begins": ("areas.csv", "aliexpress,e_commerce,excluding_CHN,2010,",
                                        "aliexpress,e_commerce,excluding_CHN,2010,2009",
                                        ["areas.csv (aliexpress/e_commerce/excluding_CHN/2010), column until",
                                         "2009", "2010 on"]),
    "event that ends before it begins": ("events.csv", "western_europe,2020,2020", "western_europe,2020,2019",
                                         ["events.csv", "column until", "2019", "2020 on"]),
    "partner that leaves before it comes": ("partners.csv", "PayTM,2015,", "PayTM,2015,2014",
                                            ["partners.csv (ant/digital_payments/IND/2015), column until"]),
    "grace beyond the tenor": ("lenders.csv", ",20,5,", ",20,25,", ["column grace", "25", "20"]),
    "anchor of users": ("anchors.csv", "mobile_network,africa", "cloud,africa",
                        ["anchors.csv (cloud/africa/CHN), column domain", "whose buyer is users",
                         "whose buyer is operator"]),
    "generation of phones": ("generations.csv", "mobile_network,5G", "smartphone,5G",
                             ["generations.csv (smartphone/5G), column domain", "whose buyer is operator"]),
    "launch of no generation": ("launches.csv", "mobile_network,KEN,4G", "mobile_network,KEN,4.5G",
                                ["launches.csv (mobile_network/KEN/4.5G)", "'mobile_network/4.5G'",
                                 "Did you mean 'mobile_network/5G'"]),
    "launch that was and was not": ("launches.csv", "ERI,4G,,,2025", "ERI,4G,2020,,2025",
                                    ["launches.csv (mobile_network/ERI/4G), columns year, none_until",
                                     "2020", "one of them"]),
    "two domains of projects": ("domains.csv", "infrastructure,users,", "infrastructure,project,",
                                ["domains.csv, column buyer", "submarine_cable, cloud", "in one domain"]),
    "projects without routes": ("projects.csv", "submarine_cable", "smart_city",
                                ["projects.csv, column domain", "none of submarine_cable"]),
    "routes of lots": ("projects.csv", "submarine_cable,18",
                       "smart_city,18,0.45,0.3,0.15,0.1,0.35,2500,300\nsubmarine_cable,18",
                       ["projects.csv (smart_city), column domain", "whose buyer is project"]),
    "operators without a rule": ("domains.csv", "infrastructure,users,", "infrastructure,operator,",
                                 ["operator_rules.csv, column domain", "none of cloud"]),
    "money that nobody lends": ("lenders.csv", "russia_lenders,Lenders of Russia,RUS,0.03,15,3,2,1,1,0.1,"
                                "0.25,low;lower_middle;upper_middle,,0.5,0,0,0,0\n", "",
                                ["lenders.csv, column sponsor, RUS", "no row", "an envelope"]),
    "users who spend twice": ("domains.csv", ",1,0.2345,5,0.3,", ",0.5,0.2345,5,0.3,",
                              ["domains.csv (cloud), column expansion_share", "0.5", "0 or 1"]),
    "users who follow a parameter": ("domains.csv", ",1,0.2345,5,0.3,", ",,0.2345,5,0.3,",
                                     ["domains.csv (cloud), column expansion_share", "''", "0 or 1"]),
    "family that nobody owns": ("case.toml", '"cn2035"', '"cn2053"', ["case.toml, family", "'cn2035'"]),
    "nobody to compare": ("case.toml", '["CHN", "USA", "EU"]', "[]", ["case.toml, sponsors", "at least one"]),
    "unknown key": ("case.toml", "family =", "famly =", ["case.toml", "Did you mean 'family'"]),
    "no TOML": ("case.toml", "family =", "family", ["case.toml", "TOML"]),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_gives_one_message(tmp_path: Path, defect: str) -> None:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    file, old, new, told = DEFECTS[defect]
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        ls.load_world(folder)
    message = str(caught.value)
    assert all(part in message for part in told), message
