"""Does each kind of defect in a table give one message?"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from lockin_sim.errors import InputError
from lockin_sim.world.schema import DATA, read_all, read_table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


DEFECTS = {
    "unknown column": (
        "vendors.csv", ("vendor,label,home", "vendor,labell,home"),
        ["vendors.csv, line 1", "'labell'", "Did you mean 'label'"]),
    "missing column": (
        "owners.csv", ("standard,sponsor,share", "standard,sponsor,sponsor"),
        ["owners.csv, line 1, column sponsor", "the column twice"]),
    "absent column": (
        "initial_compliance.csv", ("vendor,standard,share\nmavenir,open,1", "vendor,standard\nmavenir,open"),
        ["initial_compliance.csv, line 1, column share", "no such column"]),
    "missing key": (
        "vendors.csv", ("\nericsson,", "\n,"), ["vendors.csv, line 4 (), column vendor", "found ''"]),
    "duplicate key": (
        "vendors.csv", ("\nzte,", "\nhuawei,"),
        ["vendors.csv, line 3, columns vendor", "'huawei'", "first on line 2"]),
    "blank where required": (
        "lenders.csv", (",USA,0.03,", ",USA,,"),
        ["lenders.csv, line 4 (us_lenders), column loan_rate", "found ''"]),
    "not a number": (
        "lenders.csv", (",USA,0.03,", ",USA,3 %,"),
        ["lenders.csv, line 4 (us_lenders), column loan_rate", "'3 %'", "a number from 0 to 0.5"]),
    "not finite": (
        "lenders.csv", (",USA,0.03,", ",USA,nan,"),
        ["lenders.csv, line 4 (us_lenders), column loan_rate", "'nan'"]),
    "infinite": (
        "economy.csv", ("\nAFG,2010,15.857", "\nAFG,2010,inf"),
        ["economy.csv, line 2 (AFG/2010), column gdp", "'inf'"]),
    "not an integer": (
        "bodies.csv", ("vote,,,4,2014", "vote,,,4.5,2014"),
        ["bodies.csv, line 2 (ITU), column cycle_years", "'4.5'", "an integer"]),
    "not a flag": (
        "domains.csv", ("0.6,1,1,0,0,0,0.6,0.5", "0.6,yes,1,0,0,0,0.6,0.5"),
        ["domains.csv, line 3 (submarine_cable), column sensitive", "'yes'", "0 or 1"]),
    "out of bounds": (
        "owners.csv", ("cn2035,CHN,1", "cn2035,CHN,1.5"),
        ["owners.csv, line 6 (cn2035/CHN), column share", "'1.5'", "a number from 0 to 1"]),
    "unknown choice": (
        "vendors.csv", ("CHN,CHN,firm", "CHN,CHN,frim"),
        ["vendors.csv, line 2 (huawei), column kind", "Did you mean 'firm'"]),
    "unknown foreign key": (
        "offers.csv", ("\nericsson,mobile_network", "\nericson,mobile_network"),
        ["offers.csv, line 2 (ericson/mobile_network), column vendor", "Did you mean 'ericsson'"]),
    "unknown part of a list": (
        "sponsors.csv", ("CHN;HKG;MAC", "CHN;HKG;MCA"), ["sponsors.csv, line 2 (CHN), column home", "'MCA'"]),
    "unknown source of a column": (
        "columns.csv", (",iso_3166,measured,", ",iso_3661,measured,"),
        ["columns.csv, line 2 (countries/iso3), column source", "Did you mean 'iso_3166'"]),
    "ragged row": (
        "owners.csv", ("cn2035,CHN,1", "cn2035,CHN"), ["owners.csv, line 6 (cn2035)", "2 cells", "3 cells"]),
    "column of no table": (
        "columns.csv", ("\ncountries,iso3,", "\n,iso3,"),
        ["columns.csv, line 2, column table", "a table name"]),
    "bound that is no number": (
        "columns.csv", (",degrees,-90,90", ",degrees,south,90"),
        ["columns.csv, line 8 (countries/capital_latitude), column minimum", "'south'", "a number"]),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_gives_one_message(folder: Path, defect: str) -> None:
    file, (old, new), told = DEFECTS[defect]
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_all(folder)
    message = str(caught.value)
    assert all(part in message for part in told), message
    assert len(message.splitlines()) == max(len(caught.value.defects), 1)


@pytest.mark.parametrize("content", [b"", b"standard,sponsor,share\n"])
def test_an_empty_file(folder: Path, content: bytes) -> None:
    (folder / "owners.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"owners\.csv"):
        read_table("owners", folder)


def test_a_missing_file(folder: Path) -> None:
    (folder / "owners.csv").unlink()
    with pytest.raises(InputError, match=r"owners\.csv: found 'no such file'"):
        read_table("owners", folder)


def test_a_file_in_another_encoding(folder: Path) -> None:
    (folder / "owners.csv").write_bytes("standard,sponsor,share\nopen,Größe,1\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"owners\.csv: .*UTF-8"):
        read_table("owners", folder)


def test_an_unknown_table() -> None:
    with pytest.raises(InputError, match="Did you mean 'offers'"):
        read_table("offer")


def test_a_file_saved_by_a_spreadsheet_is_read(folder: Path) -> None:
    """Byte-order mark and Windows line ends."""
    text = (folder / "vendors.csv").read_text(encoding="utf-8")
    (folder / "vendors.csv").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    saved, bundled = read_table("vendors", folder), read_table("vendors")
    assert saved.labels == bundled.labels
    np.testing.assert_array_equal(saved["label"], bundled["label"])
