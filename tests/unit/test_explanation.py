"""The explanation of a tender, as text and as a table for notebooks."""

import re

import lockin_sim as ls


def test_the_table_of_a_notebook_says_what_the_text_says():
    why = ls.explain("baseline", country="KEN", domain="mobile_network", year=2011, seed=1)
    page = why._repr_html_()
    assert why.sentence in page
    rows = re.findall(r"<tr><th>(\w+)</th>(<td>.*?)</tr>", page)
    assert [vendor for vendor, _ in rows] == [line.split()[0] for line in str(why).splitlines()[3:]]
    for vendor, cells in rows:
        shown = dict(
            zip([*why.data.term.values, "utility"], re.findall(r"<td>(.*?)</td>", cells), strict=False)
        )
        assert shown["utility"] == f"{float(why.data.utility.sel(vendor=vendor)):.2f}"
        assert shown["price"] == f"{float(why.data.terms.sel(vendor=vendor, term='price')):.2f}"
