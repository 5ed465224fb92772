"""The curve as staff see it."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from supportapp.evals.curve import Curve
from supportapp.review import curve_plot

CURVES = {
    "usual": Curve.of([n / 100 for n in range(100)], [n > 40 for n in range(100)]),
    "perfect": Curve.of([n / 100 for n in range(100)], [True] * 100),
    "hopeless": Curve.of([n / 100 for n in range(100)], [False] * 100),
    "tiny": Curve.of([0.2, 0.8], [False, True]),
}


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("promise", [0.95, None])
def test_every_curve_is_drawn_within_its_frame(name, promise):
    curve = CURVES[name]
    drawing = curve_plot.plot(curve, curve, curve.at(0.5), promise)
    root = ElementTree.fromstring(drawing)
    _, _, width, height = map(float, str(root.get("viewBox")).split())
    for line in root.iter("polyline"):
        places = [tuple(map(float, place.split(","))) for place in str(line.get("points")).split()]
        assert places
        assert all(0 <= x <= width and 0 <= y <= height for x, y in places)


def test_the_drawing_has_a_name_and_says_what_it_shows():
    curve = CURVES["usual"]
    root = ElementTree.fromstring(curve_plot.plot(curve, curve, curve.at(0.4), 0.9))
    assert root.get("role") == "img"
    assert root.findtext("title") == "Precision by coverage"
    assert "of these answers are right" in str(root.findtext("desc"))


def test_every_class_that_is_drawn_has_its_colours():
    curve = CURVES["usual"]
    drawn = re.findall(r'class="([\w-]+)"', curve_plot.plot(curve, curve, curve.at(0.4), 0.9))
    sheet = Path("static/css/calibration.css").read_text(encoding="utf-8")
    assert all(f".{name}" in sheet for name in drawn)


def test_nothing_in_it_needs_inline_style():
    curve = CURVES["usual"]
    assert "style" not in curve_plot.plot(curve, curve, curve.at(0.4), 0.9)


def test_grid_lines_lie_on_round_shares():
    curve = CURVES["usual"]
    labels = re.findall(r'text-anchor="end">(\d+)%', curve_plot.plot(curve, curve, curve.at(1), 1))
    assert labels[0] == "100"
    assert all(int(label) % 10 == 0 for label in labels)
