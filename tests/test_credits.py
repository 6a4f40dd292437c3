"""Whom to credit: each source once, however it is written."""

import pytest

from maps.credits import each_once

OSM = "© OpenStreetMap contributors"


@pytest.mark.parametrize(
    "again",
    [OSM, "(c) OpenStreetMap contributors", "© OpenStreetMap-bidragsydere", f"{OSM} (ODbL)", "  " + OSM],
)
def test_one_source_is_named_once_however_it_is_written(again: str) -> None:
    assert each_once([(OSM, ""), (again, "")]) == [(OSM, "")]


def test_the_line_that_says_its_year_stands_in_the_first_one_s_place() -> None:
    dated = [(f"{OSM} (2026)", ""), ("SOR", "")]
    assert each_once([(OSM, ""), ("SOR", ""), (f"{OSM} (2026)", "")]) == dated
    assert each_once([(f"{OSM} (2026)", ""), ("SOR", ""), (OSM, "")]) == dated
    assert each_once([(OSM, "2026-11"), (OSM, "")]) == [(OSM, "2026-11")]


def test_sources_in_one_line_are_parted_and_other_years_are_other_sources() -> None:
    lines = [("Danmarks Statistik 2024; DAGI", ""), ("DAGI;Danmarks Statistik 2025", ""), ("", "")]
    assert each_once(lines) == [
        ("Danmarks Statistik 2024", ""),
        ("DAGI", ""),
        ("Danmarks Statistik 2025", ""),
    ]
