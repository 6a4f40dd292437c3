import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pipeline.crs import METRIC
from pipeline.errors import CRSError
from pipeline.layers.crs_check import to_metric

AARHUS = shapely.Point(10.2039, 56.1629)
ROENNE = shapely.Point(14.7065, 55.1009)
ESBJERG = shapely.Point(8.4519, 55.4765)


def points(*places: shapely.Geometry | None, crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"n": range(len(places))}, geometry=list(places), crs=crs, index=[f"p{n}" for n in range(len(places))]
    )


def test_degrees_become_metres_row_by_row() -> None:
    out = to_metric(points(AARHUS, ROENNE), "file")
    assert out.crs == METRIC
    assert out.index.tolist() == ["p0", "p1"]
    assert out.geometry.x.round(-3).tolist() == [575000, 864000]


@given(lon=st.floats(8.1, 15.1), lat=st.floats(54.6, 57.7))
def test_the_way_there_and_back_is_the_identity(lon: float, lat: float) -> None:
    out = to_metric(points(shapely.Point(lon, lat)), "file").to_crs("EPSG:4326")
    assert (out.geometry.x.item(), out.geometry.y.item()) == pytest.approx((lon, lat), abs=1e-8)


def test_rows_without_geometry_and_a_few_abroad_are_let_through() -> None:
    far = shapely.Point(2.35, 48.86)
    out = to_metric(points(AARHUS, None, ROENNE, far), "file")
    assert out.geometry.isna().tolist() == [False, True, False, False]


def test_every_feature_must_be_in_denmark_where_asked() -> None:
    far = shapely.Point(2.35, 48.86)
    with pytest.raises(CRSError, match="features 2"):
        to_metric(points(AARHUS, far, ROENNE), "file", everything=True)


def test_a_few_outside_denmark_may_mean_that_the_whole_crs_is_wrong() -> None:
    frame = points(AARHUS, ROENNE, ESBJERG, crs="EPSG:4326").to_crs("EPSG:25833")
    frame = frame.set_crs("EPSG:25832", allow_override=True)
    with pytest.raises(CRSError, match="they fit EPSG:25833"):
        to_metric(frame, "file", everything=True)


def test_the_users_crs_overrules_the_files() -> None:
    metric = points(AARHUS, ROENNE).to_crs(METRIC).set_crs("EPSG:4326", allow_override=True)
    assert to_metric(metric, "file", crs="EPSG:25832").geometry.x.round(-3).tolist() == [575000, 864000]


@pytest.mark.parametrize("true", ["EPSG:25832", "EPSG:4326", "EPSG:25833", "EPSG:3857", "EPSG:3035"])
def test_the_mend_names_the_crs_that_fits(true: str) -> None:
    frame = points(AARHUS, ROENNE, ESBJERG).to_crs(true).set_crs(None, allow_override=True)
    with pytest.raises(CRSError, match=f"they fit {true}: state it as crs"):
        to_metric(frame, "file")


def test_coordinates_that_fit_nothing_are_refused_plainly() -> None:
    nowhere = points(shapely.Point(-70.0, -33.0), shapely.Point(-71.0, -32.0))
    with pytest.raises(CRSError, match="check the layer’s CRS") as error:
        to_metric(nowhere, "file")
    assert "said to be EPSG:4326" in str(error.value)


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(CRSError, match="not numbers"):
        to_metric(points(AARHUS, shapely.Point(np.inf, 55.0), ROENNE), "file")


def test_a_layer_without_any_geometry_is_let_through_when_it_states_its_crs() -> None:
    out = to_metric(points(None, None), "file")
    assert out.crs == METRIC
    assert out.geometry.isna().all()
    with pytest.raises(CRSError, match="state it as crs"):
        to_metric(points(None, crs=None), "file")
