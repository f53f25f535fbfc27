"""The bundled tables with 40 of their 199 economies, written to a folder: read in a tenth of the time."""

import lockin_sim as ls
from lockin_sim.world.edits import KNOWN, Sheets

#: Economies beside the homes of vendors and sponsors, and those that other tables name one by one.
BESIDE = {
    "KEN",
    "ETH",
    "NGA",
    "ZAF",
    "EGY",
    "POL",
    "HUN",
    "ROU",
    "IDN",
    "MYS",
    "BGD",
    "PAK",
    "MEX",
    "CHE",
    "FJI",
}


def write_small_tables(folder):
    """Write them into a new folder, and return it."""
    sheets = Sheets.of(ls.load_world(), records=True)
    rows = sheets.rows
    kept = BESIDE | KNOWN["countries"] | {row["home"] for row in rows["vendors"]}
    for table, column in (("sponsors", "home"), ("lenders", "not_to")):
        kept |= {code for row in rows[table] for code in row[column].split(";")}
    kept |= {code for row in rows["groups"] if row["column"] == "iso3" for code in row["values"].split(";")}
    dropped = {row["iso3"] for row in rows["countries"]} - kept

    def is_left(table, row):
        """Whether a row names no economy that is dropped."""
        names = (rule.column for rule in sheets.files.rules[table] if "countries.iso3" in rule.refers_to)
        return dropped.isdisjoint([row.get("iso3"), *(row[name] for name in names)])

    small = {table: [row for row in of if is_left(table, row)] for table, of in rows.items()}
    small["groups"] = [
        row | {"excluding": ";".join(code for code in row["excluding"].split(";") if code not in dropped)}
        for row in rows["groups"]
    ]
    return sheets.edited(**small).write(folder)
