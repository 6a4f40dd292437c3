"""Practice clusters: stated ones share the land out, the default says that it is one."""

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest

from pipeline.clusters.practice_clusters import default_practice_clusters, stated_practice_clusters
from tests.toys import CODES, SIDE, point, toy_areas, toy_population


def _practices(*rows: tuple[str, str, float, float, str | None]) -> pd.DataFrame:
    points = gpd.GeoSeries([point(x, y) for _, _, x, y, _ in rows], crs="EPSG:25832").to_crs("EPSG:4326")
    return pd.DataFrame(
        {
            "practice_id": [row[0] for row in rows],
            "practice_cluster_id": [row[1] for row in rows],
            "name": ["Klynge " + row[1] for row in rows],
            "lon": points.x,
            "lat": points.y,
            "valid_from": None,
            "valid_to": [row[4] for row in rows],
        }
    )


def test_the_default_is_one_per_municipality_and_marked() -> None:
    towns = pd.DataFrame(
        {
            "municipality_code": list(CODES),
            "name": [f"By {code}" for code in CODES],
            "kind": ["municipality"] * 5 + ["state_island"],
            "population": toy_population().to_numpy(),
        }
    )
    found = default_practice_clusters(
        toy_areas().drop(columns="name"), towns, pd.Series({"0101": 3}), pd.Series({"0101": 4.5})
    )
    assert len(found) == 5
    assert set(found["basis"]) == {"one_per_municipality"}
    assert set(found["precision"]) == {"modelled"}
    assert found.loc[0, "practices"] == 3
    assert pd.isna(found.loc[1, "practices"])


def test_stated_practices_share_their_municipality_without_overlap() -> None:
    practices = _practices(
        ("p1", "a", 0.25, 0.5, None), ("p2", "b", 0.75, 0.5, None), ("p3", "b", 1.5, 0.5, None)
    )
    found = stated_practice_clusters(practices, toy_areas(), dt.date(2020, 1, 1)).set_index(
        "practice_cluster_id"
    )
    assert found.loc["a"].geometry.area == pytest.approx(0.5 * SIDE**2, rel=1e-6)
    assert found.loc["b"].geometry.area == pytest.approx(1.5 * SIDE**2, rel=1e-6)
    assert found.loc["b", "municipality_codes"] == "0101; 0102"
    assert found.loc["b", "practices"] == 2
    assert set(found["basis"]) == {"stated"}


def test_a_practice_that_has_ended_gives_its_land_to_the_others() -> None:
    practices = _practices(("p1", "a", 0.25, 0.5, "2019-01-01"), ("p2", "b", 0.75, 0.5, None))
    found = stated_practice_clusters(practices, toy_areas(), dt.date(2020, 1, 1))
    assert found["practice_cluster_id"].tolist() == ["b"]
    assert found.geometry.area.iloc[0] == pytest.approx(SIDE**2)


def test_two_practices_at_one_address_are_both_counted() -> None:
    practices = _practices(("p1", "a", 0.5, 0.5, None), ("p2", "a", 0.5, 0.5, None))
    found = stated_practice_clusters(practices, toy_areas(), dt.date(2020, 1, 1))
    assert found.loc[0, "practices"] == 2
