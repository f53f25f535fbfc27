"""Derive lockin_sim/data/world_map.json from the Natural Earth 1:50m country boundaries.

    python tools/make_world_map.py countries-50m.json countries.csv lockin_sim/data/world_map.json

``countries-50m.json`` is the TopoJSON file of world-atlas 2.0.2, which redistributes Natural Earth 4.1
(public domain); ``countries.csv`` is any table whose column ``iso3`` lists the simulated economies.  Steps:

1. Areas that the atlas draws apart but the table does not list join the economy of which the United Nations
   count them as part (``PART_OF``); inner borders vanish.
2. Arcs are simplified one by one (Visvalingam's effective area), so neighbours keep sharing one border.
3. Rings are closed, unwrapped over the antimeridian, freed of specks, rounded to ``UNIT`` degrees.
4. Land outside the table goes, nameless, into ``other_land``; Antarctica is dropped.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

type Points = NDArray[np.float64]
type Rings = list[list[int]]  # indices into the arcs of the topology; ~i is arc i reversed
type Ends = dict[int, tuple[tuple[float, ...], tuple[float, ...]]]  # where each arc starts and stops

UNIT = 0.05  # degrees per integer step in the output
SIMPLEST_TRIANGLE = 0.008  # square degrees (at the equator); points that span less are removed
SMALLEST_RING = 0.04  # square degrees; smaller islands are dropped unless they are all an economy has
CENTRAL_MERIDIAN = 11.0  # degrees east: cuts the map in the Bering Strait, so no country is split
SAHARA_BORDER = 27.667  # degrees north: Morocco's border of 1912; the atlas draws its control farther south
CRIMEA = (32.0, 44.0, 37.0, 46.5)  # west, south, east, north

#: ISO 3166-1 numeric and alpha-3 codes of the listed economies, and of Tuvalu, which the atlas lacks.
CODES = """
004:AFG 008:ALB 012:DZA 020:AND 024:AGO 028:ATG 031:AZE 032:ARG 036:AUS 040:AUT 044:BHS 048:BHR 050:BGD
051:ARM 052:BRB 056:BEL 064:BTN 068:BOL 070:BIH 072:BWA 076:BRA 084:BLZ 090:SLB 096:BRN 100:BGR 104:MMR
108:BDI 112:BLR 116:KHM 120:CMR 124:CAN 132:CPV 140:CAF 144:LKA 148:TCD 152:CHL 156:CHN 158:TWN 170:COL
174:COM 178:COG 180:COD 188:CRI 191:HRV 192:CUB 196:CYP 203:CZE 204:BEN 208:DNK 212:DMA 214:DOM 218:ECU
222:SLV 226:GNQ 231:ETH 232:ERI 233:EST 242:FJI 246:FIN 250:FRA 262:DJI 266:GAB 268:GEO 270:GMB 275:PSE
276:DEU 288:GHA 296:KIR 300:GRC 308:GRD 320:GTM 324:GIN 328:GUY 332:HTI 336:VAT 340:HND 344:HKG 348:HUN
352:ISL 356:IND 360:IDN 364:IRN 368:IRQ 372:IRL 376:ISR 380:ITA 384:CIV 388:JAM 392:JPN 398:KAZ 400:JOR
404:KEN 408:PRK 410:KOR 414:KWT 417:KGZ 418:LAO 422:LBN 426:LSO 428:LVA 430:LBR 434:LBY 438:LIE 440:LTU
442:LUX 446:MAC 450:MDG 454:MWI 458:MYS 462:MDV 466:MLI 470:MLT 478:MRT 480:MUS 484:MEX 492:MCO 496:MNG
498:MDA 499:MNE 504:MAR 508:MOZ 512:OMN 516:NAM 520:NRU 524:NPL 528:NLD 548:VUT 554:NZL 558:NIC 562:NER
566:NGA 578:NOR 583:FSM 584:MHL 585:PLW 586:PAK 591:PAN 598:PNG 600:PRY 604:PER 608:PHL 616:POL 620:PRT
624:GNB 626:TLS 634:QAT 642:ROU 643:RUS 646:RWA 659:KNA 662:LCA 670:VCT 674:SMR 678:STP 682:SAU 686:SEN
688:SRB 690:SYC 694:SLE 702:SGP 703:SVK 704:VNM 705:SVN 706:SOM 710:ZAF 716:ZWE 724:ESP 728:SSD 729:SDN
740:SUR 748:SWZ 752:SWE 756:CHE 760:SYR 762:TJK 764:THA 768:TGO 776:TON 780:TTO 784:ARE 788:TUN 792:TUR
795:TKM 798:TUV 800:UGA 804:UKR 807:MKD 818:EGY 826:GBR 834:TZA 840:USA 854:BFA 858:URY 860:UZB 862:VEN
882:WSM 887:YEM 894:ZMB
"""
ALPHA3: dict[str, str] = dict(re.findall(r"(\d{3}):(\w{3})", CODES))
ANTARCTICA = "010"
NO_NUMBER = {"Kosovo": "XKX"}
PART_OF = {"Somaliland": "SOM", "N. Cyprus": "CYP"}


def decoded_arcs(topology: dict[str, Any]) -> list[Points]:
    """The arcs in degrees, (point, 2): undo TopoJSON's quantised differences."""
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    return [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]


def simplified(arc: Points) -> Points:
    """Visvalingam: drop, smallest first, inner points whose triangle with their neighbours is too small."""
    kept = arc.copy()
    kept[:, 0] = np.rad2deg(np.unwrap(np.deg2rad(kept[:, 0])))
    while len(kept) > 2:
        before, here, after = kept[:-2], kept[1:-1], kept[2:]
        to_before, to_after = before - here, after - here
        cross = to_before[:, 0] * to_after[:, 1] - to_before[:, 1] * to_after[:, 0]
        triangle = np.abs(cross) / 2 * np.cos(np.deg2rad(here[:, 1]))
        smallest = int(triangle.argmin())
        closed_triangle = len(kept) <= 4 and bool(np.allclose(arc[0], arc[-1]))
        if triangle[smallest] >= SIMPLEST_TRIANGLE or closed_triangle:
            break
        kept = np.delete(kept, smallest + 1, axis=0)
    return kept


def ends_of(arcs: list[Points]) -> Ends:
    """Start and stop of every arc and of its reverse."""
    ends: Ends = {}
    for index, arc in enumerate(arcs):
        first, last = tuple(np.round(arc[0], 6).tolist()), tuple(np.round(arc[-1], 6).tolist())
        ends[index], ends[~index] = (first, last), (last, first)
    return ends


def dissolved(rings: Rings, ends: Ends) -> Rings:
    """Outer outline of areas that belong together: an arc used in both directions is an inner border."""
    used = {arc for ring in rings for arc in ring}
    inner = {arc for arc in used if ~arc in used}
    whole = [ring for ring in rings if not inner.intersection(ring)]
    touched = [ring for ring in rings if inner.intersection(ring)]
    return whole + stitched([arc for ring in touched for arc in ring if arc not in inner], ends)


def stitched(loose: list[int], ends: Ends) -> Rings:
    """Chain loose arcs into rings."""
    rings: Rings = []
    while loose:
        ring = [loose.pop(0)]
        while ends[ring[0]][0] != ends[ring[-1]][1]:
            following = next(arc for arc in loose if ends[arc][0] == ends[ring[-1]][1])
            loose.remove(following)
            ring.append(following)
        rings.append(ring)
    return rings


def is_in(points: Points, box: tuple[float, float, float, float]) -> bool:
    """Whether all points lie inside the box west, south, east, north."""
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    return bool(west > box[0] and south > box[1] and east < box[2] and north < box[3])


def rings_by_owner(topology: dict[str, Any], arcs: list[Points], economies: set[str]) -> dict[str, Rings]:
    """Rings of every economy and, under the empty name, of all other land."""
    owned: dict[str, Rings] = {}
    for area in topology["objects"]["countries"]["geometries"]:
        number, name = area.get("id"), area["properties"]["name"]
        if number == ANTARCTICA:
            continue
        owner = ALPHA3.get(number) or NO_NUMBER.get(name) or PART_OF.get(name) or ""
        for polygon in area["arcs"] if area["type"] == "MultiPolygon" else [area["arcs"]]:
            in_crimea = owner == "RUS" and is_in(ring_points(polygon[0], arcs), CRIMEA)
            home = "UKR" if in_crimea else owner if owner in economies else ""
            owned.setdefault(home, []).extend(polygon)
    ends = ends_of(arcs)
    return {owner: dissolved(rings, ends) if owner else rings for owner, rings in owned.items()}


def ring_points(ring: list[int], arcs: list[Points]) -> Points:
    """One closed ring, (point, 2) degrees, continuous across the antimeridian, last point left out."""
    parts = [arcs[index] if index >= 0 else arcs[~index][::-1] for index in ring]
    points = np.concatenate([part[:-1] for part in parts])
    points[:, 0] = np.rad2deg(np.unwrap(np.deg2rad(points[:, 0])))
    west_edge = CENTRAL_MERIDIAN - 180
    points[:, 0] -= 360 * np.floor((points[:, 0].mean() - west_edge) / 360)
    return points


def area_of(points: Points) -> float:
    """Unsigned area in square degrees at the equator."""
    x, y = points[:, 0] * np.cos(np.deg2rad(points[:, 1].mean())), points[:, 1]
    return float(abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2)


def cut(points: Points, parallel: float, side: int) -> Points:
    """The part of a ring north (side 1) or south (side -1) of a parallel; it must not fall into pieces."""
    kept: list[Points] = []
    for here, there in zip(points, np.roll(points, -1, axis=0), strict=True):
        if side * (here[1] - parallel) >= 0:
            kept.append(here)
        if (here[1] - parallel) * (there[1] - parallel) < 0:
            kept.append(here + (there - here) * (parallel - here[1]) / (there[1] - here[1]))
    return np.array(kept).reshape(-1, 2)


def compact(rings: list[Points]) -> list[list[int]]:
    """Rings worth drawing as flat lists lon, lat, lon, lat ... in ``UNIT`` degrees; at least the largest."""
    ordered = sorted((ring for ring in rings if len(ring) >= 3), key=area_of, reverse=True)
    kept = [points for rank, points in enumerate(ordered) if rank == 0 or area_of(points) >= SMALLEST_RING]
    flat = []
    for points in kept:
        steps = np.rint(points / UNIT).astype(int)
        steps = steps[np.any(steps != np.roll(steps, 1, axis=0), axis=1)]
        if len(np.unique(steps, axis=0)) >= 3 and area_of(steps.astype(float)) > 0:
            flat.append([int(value) for value in steps.ravel()])
    return flat


def main(atlas: Path, table: Path, target: Path) -> None:
    """Read the atlas and the table of economies, write the map."""
    topology = json.loads(atlas.read_text(encoding="utf-8"))
    with table.open(encoding="utf-8", newline="") as lines:
        economies = {row["iso3"] for row in csv.DictReader(lines)}
    unknown = economies - set(ALPHA3.values()) - set(NO_NUMBER.values())
    if unknown:
        raise SystemExit(f"{table}: no ISO number known for {', '.join(sorted(unknown))}; add it to CODES")
    exact = decoded_arcs(topology)
    owned = rings_by_owner(topology, exact, economies)
    arcs = [simplified(arc) for arc in exact]
    drawn = {owner: [ring_points(ring, arcs) for ring in rings] for owner, rings in sorted(owned.items())}
    drawn[""] += [cut(ring, SAHARA_BORDER, -1) for ring in drawn["MAR"]]
    drawn["MAR"] = [cut(ring, SAHARA_BORDER, 1) for ring in drawn["MAR"]]
    shapes = {owner: compact(rings) for owner, rings in drawn.items()}
    other_land = shapes.pop("")
    shapes = {owner: rings for owner, rings in shapes.items() if rings}
    metadata = {
        "source": "Natural Earth 4.1, Admin 0 countries, 1:50m (https://www.naturalearthdata.com)",
        "license": "public domain; taken from the TopoJSON redistribution world-atlas 2.0.2 "
        "(ISC License, Copyright 2013-2019 Michael Bostock)",
        "derived_by": "tools/make_world_map.py",
        "changes": "simplified, rounded, specks and Antarctica dropped; Crimea drawn with Ukraine, "
        "Somaliland with Somalia, northern Cyprus with Cyprus, Western Sahara apart; "
        "no view on any boundary is implied",
        "unit_degrees": UNIT,
        "central_meridian": CENTRAL_MERIDIAN,
        "coordinates": "flat lists lon, lat, lon, lat ... in unit_degrees; rings are closed implicitly and "
        "may run past 180 degrees east",
        "without_polygon": sorted(economies - set(shapes)),
    }
    lines_out = [f'"metadata": {json.dumps(metadata, indent=1)}', '"economies": {\n' + rows(shapes) + "\n}"]
    lines_out.append('"other_land": [\n' + ",\n".join(packed(ring) for ring in other_land) + "\n]")
    target.write_text("{\n" + ",\n".join(lines_out) + "\n}\n", encoding="utf-8")


def packed(value: object) -> str:
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":"))


def rows(shapes: dict[str, list[list[int]]]) -> str:
    """One economy per line, so that a change of one is a change of one line."""
    return ",\n".join(f'"{owner}":{packed(rings)}' for owner, rings in shapes.items())


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    main(*(Path(argument) for argument in sys.argv[1:]))
