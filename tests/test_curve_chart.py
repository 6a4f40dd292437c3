"""The small line chart: an axis that holds every value, and a picture of it whatever the values are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.web.curve_chart import HEIGHT, Chart, chart_svg, nice_range
from pipeline.messages import translator

NUMBERS = st.floats(0, 1e9, allow_nan=False).map(lambda value: round(value, 3))
LEVEL = st.builds(lambda value, count: [value] * count, NUMBERS, st.integers(1, 6))
DECIMALS = st.sampled_from([0, 1])


def heights(svg):
    return [float(y) for y in re.findall(r'cy="([^"]+)"', svg)]


@given(LEVEL | st.lists(NUMBERS, min_size=1, max_size=8), DECIMALS)
def test_an_axis_holds_its_values_and_its_lines_can_be_told_apart(values, decimals):
    first, last, step = nice_range(values, decimals)
    hair = 1e-9 * max(abs(last), step)
    assert first - hair <= min(values)
    assert max(values) <= last + hair
    assert last - first >= step - hair > 0
    lines = [round(first + number * step, decimals) for number in range(round((last - first) / step) + 1)]
    assert 2 <= len(lines) == len(set(lines)) <= 7


@given(LEVEL | st.lists(st.none() | NUMBERS, max_size=8), DECIMALS)
def test_every_value_that_is_known_has_its_point_inside_the_chart(values, decimals):
    svg = chart_svg(Chart("c", "Title", "What", "Places", "People", values, decimals), translator("en"))
    known = [value for value in values if value is not None]
    assert len(heights(svg)) == len(known)
    assert all(0 < height < HEIGHT for height in heights(svg))


@pytest.mark.parametrize("values", [[0, 0, 0], [0], [4], [100, 100], [0.0, 0.0, None]])
def test_a_level_curve_is_drawn_level(values):
    svg = chart_svg(Chart("c", "Title", "What", "Places", "People", values), translator("en"))
    assert len(set(heights(svg))) == 1
