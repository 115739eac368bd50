#!/usr/bin/env python3
"""Makes functions/internal/draw/world.txt, the grid that locator maps are drawn from.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    pip install pycountry==26.2.16
    python3 infra/atlas/atlas.py package/countries-10m.json > functions/internal/draw/world.txt

world-atlas is Natural Earth, which is in the public domain, as TopoJSON. The
grid has a cell each half degree; a cell belongs to the country its centre lies
in. Islands smaller than a cell would vanish, so that a country of a few cells
gets one for each of its islands. Nobody needs to run this to build the site.
"""
import json
import sys

import pycountry

STEP = 0.5
COLUMNS, ROWS = int(360 / STEP), int(150 / STEP)
TOP = 85.0  # the grid reaches from 85° north to 65° south
FEW = 12  # a country of at most so many cells gets one for each island


def arcs(topology):
    """Decodes the delta-coded arcs to lists of longitude and latitude."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        yield line


def polygons(geometry, lines):
    """Yields the polygons of a geometry, each a list of rings."""
    groups = {"Polygon": [geometry.get("arcs")], "MultiPolygon": geometry.get("arcs")}.get(geometry["type"], [])
    for group in groups:
        rings = []
        for ring in group:
            points = []
            for i in ring:
                points.extend(lines[i] if i >= 0 else reversed(lines[~i]))
            rings.append(points)
        yield rings


def cells(rings):
    """Yields the cells whose centres lie inside, by the even-odd rule."""
    low = min(y for x, y in rings[0])
    high = max(y for x, y in rings[0])
    for row in range(max(0, int((TOP - high) / STEP) - 1), min(ROWS, int((TOP - low) / STEP) + 2)):
        lat = TOP - (row + 0.5) * STEP
        crossings = []
        for ring in rings:
            for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1]):
                if (y1 > lat) != (y2 > lat):
                    crossings.append(x1 + (lat - y1) / (y2 - y1) * (x2 - x1))
        crossings.sort()
        for left, right in zip(crossings[::2], crossings[1::2]):
            for column in range(COLUMNS):
                if left <= -180 + (column + 0.5) * STEP < right:
                    yield row, column


def code(geometry):
    """Returns the two letters of ISO 3166, -- where there are none."""
    country = pycountry.countries.get(numeric=str(geometry.get("id", "")).zfill(3))
    return country.alpha_2.lower() if country else "--"


def main(path):
    with open(path, encoding="utf-8") as f:
        topology = json.load(f)
    lines = list(arcs(topology))
    grid = [["" for _ in range(COLUMNS)] for _ in range(ROWS)]
    for geometry in topology["objects"]["countries"]["geometries"]:
        name, found, islands = code(geometry), [], []
        if name == "aq":
            continue
        for rings in polygons(geometry, lines):
            inside = list(cells(rings))
            found.extend(inside)
            if not inside:
                x = sum(p[0] for p in rings[0]) / len(rings[0])
                y = sum(p[1] for p in rings[0]) / len(rings[0])
                islands.append((int((TOP - y) / STEP), min(COLUMNS - 1, int((x + 180) / STEP))))
        if len(found) <= FEW:
            found.extend(islands)
        for row, column in found:
            if 0 <= row < ROWS and (not grid[row][column] or len(found) <= FEW):
                grid[row][column] = name
    print(f"# Natural Earth 1:10m as a grid, made by infra/atlas/atlas.py: step {STEP}, top {TOP}.")
    print("# A line a row from the north; a run is cells of sea, a country, its cells.")
    for row in grid:
        print(" ".join(runs(row)))


def runs(row):
    sea = column = 0
    while column < COLUMNS:
        if not row[column]:
            sea, column = sea + 1, column + 1
            continue
        length = 1
        while column + length < COLUMNS and row[column + length] == row[column]:
            length += 1
        yield f"{sea or ''}{row[column]}{length if length > 1 else ''}"
        sea, column = 0, column + length


main(sys.argv[1])
