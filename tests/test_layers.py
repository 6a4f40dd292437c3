import json
import unicodedata
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import CRSError, GeometryError, InputError, MissingInputError, TableError
from pipeline.layers import AreaLayer, load_bundled_areas, read_municipality_areas
from pipeline.layers.municipality_keys import code_of, municipality_names, skeleton
from pipeline.messages import translator
from pipeline.tables import load_table
from tests.area_toys import KM, X0, Y0, country, square, topojson, towns
from tests.found import some

TABLE = load_table("municipalities")


def read(frame: gpd.GeoDataFrame, folder: Path, **choices: str) -> AreaLayer:
    path = folder / "areas.gpkg"
    frame.to_file(path, layer="areas", engine="pyogrio")
    return read_municipality_areas(path, towns(), **choices)


def area_by_code(layer: AreaLayer) -> dict[str, float]:
    return dict(zip(layer.frame["municipality_code"], (layer.frame.area / 1e6).round(3), strict=True))


def kinds(layer: AreaLayer) -> set[str]:
    return {finding.kind for finding in layer.findings}


def write(frame: gpd.GeoDataFrame, folder: Path, kind: str) -> Path:
    path = folder / f"areas.{kind}"
    if kind == "topojson":
        topojson(frame, path)
    elif kind == "parquet":
        frame.to_parquet(path)
    elif kind == "zip":
        frame.to_file(folder / "areas.shp", engine="pyogrio")
        with zipfile.ZipFile(path, "w") as archive:
            for part in ("shp", "shx", "dbf", "prj", "cpg"):
                archive.write(folder / f"areas.{part}", f"sub folder/areas.{part}")
    else:
        frame.to_file(path, engine="pyogrio")
    return path


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "shp", "zip", "parquet", "topojson"])
def test_every_kind_of_file_gives_the_same_areas(tmp_path: Path, kind: str) -> None:
    layer = read_municipality_areas(write(country(), tmp_path, kind), towns())
    assert area_by_code(layer) == pytest.approx({"0101": 84, "0147": 16, "0169": 100, "0751": 100}, abs=0.01)
    assert list(layer.frame.columns) == ["municipality_code", "name", "precision", "geometry"]
    assert layer.frame["name"].tolist() == ["København", "Frederiksberg", "Høje-Taastrup", "Aarhus"]
    assert layer.frame.crs == "EPSG:25832"
    assert set(layer.frame.geom_type) == {"MultiPolygon"}
    assert layer.precision == "measured"
    assert shapely.coverage_is_valid(layer.frame.geometry.to_numpy())


def test_parts_are_joined_and_told(tmp_path: Path) -> None:
    layer = read(country(), tmp_path)
    aarhus = layer.frame.set_index("municipality_code").geometry["0751"]
    assert len(aarhus.geoms) == 1
    told = next(finding.message for finding in layer.findings if finding.kind == "boundary_parts")
    assert str(told) == "5 parts were joined into 4 municipalities"


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    one = read(country(), tmp_path)
    other = read(country().iloc[[4, 2, 0, 3, 1]], tmp_path)
    assert one.frame.drop(columns="geometry").equals(other.frame.drop(columns="geometry"))
    assert one.frame.geometry.geom_equals(other.frame.geometry).all()


def test_an_enclave_stays_inside_and_a_lake_stays_a_lake(tmp_path: Path) -> None:
    frame = country()
    lake = square(12, 2, 1)
    frame.loc[3, "geometry"] = frame.geometry[3].difference(lake)
    areas = read(frame, tmp_path).frame.set_index("municipality_code").geometry
    assert areas["0101"].geoms[0].interiors[0].length == pytest.approx(16 * KM)
    assert areas["0147"].within(shapely.Polygon(areas["0101"].geoms[0].exterior))
    assert areas["0169"].area == pytest.approx(99e6)
    assert not areas["0169"].intersects(lake.buffer(-1))


def test_heights_are_dropped(tmp_path: Path) -> None:
    frame = country()
    frame["geometry"] = shapely.force_3d(frame.geometry.to_numpy(), -999.0)
    layer = read(frame, tmp_path)
    assert not layer.frame.has_z.any()
    assert "boundary_heights" in kinds(layer)


def test_slivers_and_overlaps_are_given_to_a_neighbour_and_counted(tmp_path: Path) -> None:
    frame = country()

    def shifted(area: shapely.Polygon, low: float, high: float, metres: float) -> shapely.Polygon:
        """Move the vertices of the border at x = 10 km between two heights."""
        return shapely.transform(
            area,
            lambda xy: (
                xy + ((xy == X0 + 10 * KM)[:, [0]] & (xy > low)[:, [1]] & (xy < high)[:, [1]]) * [metres, 0]
            ),
        )

    # the left one reaches 8 m too far on the lower half, the middle one begins 6 m too late on the upper half
    frame.loc[0, "geometry"] = shifted(frame.geometry[0], Y0 - 1, Y0 + 5 * KM, 8)
    frame.loc[3, "geometry"] = shifted(frame.geometry[3], Y0 + 5 * KM, Y0 + 10 * KM, 6)
    layer = read(frame, tmp_path)
    assert shapely.coverage_is_valid(layer.frame.geometry.to_numpy())
    assert layer.mended.overlaps == 1
    assert layer.mended.gaps == 1
    assert layer.mended.overlap_km2 == pytest.approx(8 * 4.5 * KM / 1e6, rel=0.01)
    assert layer.mended.gap_km2 == pytest.approx(6 * 4 * KM / 1e6, rel=0.01)
    assert sum(area_by_code(layer).values()) == pytest.approx(300, abs=0.001)
    assert "boundary_slivers" in kinds(layer)


def test_a_self_crossing_polygon_is_mended_and_told(tmp_path: Path) -> None:
    frame = country()
    corner = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10), (0, 5), (-0.1, 5.1), (-0.1, 5), (0, 5.1)])
    frame.loc[3, "geometry"] = shapely.transform(corner, lambda xy: xy * KM + [X0 + 30 * KM, Y0])
    layer = read(frame, tmp_path)
    assert layer.mended.invalid == 1
    assert 0 < layer.mended.invalid_km2 < 0.1
    assert layer.frame.is_valid.all()
    assert "boundary_self_crossings" in kinds(layer)


def test_christiansoe_may_be_missing_but_is_told(tmp_path: Path) -> None:
    layer = read(country(), tmp_path)
    finding = next(finding for finding in layer.findings if finding.kind == "boundary_left_out")
    assert finding.keys == ("0411",)
    assert "0411" not in set(layer.frame["municipality_code"])


def test_an_area_far_from_the_registered_one_is_a_warning(tmp_path: Path) -> None:
    table = towns().assign(area_km2=[84.0, 16.0, 100.0, 1.0, 150.0])
    path = tmp_path / "areas.gpkg"
    country().to_file(path, engine="pyogrio")
    findings = read_municipality_areas(path, table).findings
    warned = [finding for finding in findings if finding.kind == "boundary_area"]
    assert [finding.keys for finding in warned] == [("0751",)]
    assert warned[0].severity == "warning"


def test_features_repeated_exactly_are_used_once(tmp_path: Path) -> None:
    frame = country()
    layer = read(pd.concat([frame, frame.iloc[[1]]], ignore_index=True), tmp_path)
    assert area_by_code(layer)["0147"] == 16
    told = next(finding.message for finding in layer.findings if finding.kind == "boundary_twins")
    assert str(told).endswith("features 6")


def test_other_countries_are_left_out_of_a_european_file(tmp_path: Path) -> None:
    frame = country().drop(columns=["KOMKODE", "KOMNAVN"])
    frame["LAU_ID"] = ["101", "147", "751", "169", "751"]
    frame["CNTR_CODE"] = "DK"
    swedish = gpd.GeoDataFrame(
        {"LAU_ID": ["101"], "CNTR_CODE": ["SE"]}, geometry=[square(40, 0)], crs=frame.crs
    )
    layer = read(pd.concat([swedish, frame], ignore_index=True), tmp_path)
    assert area_by_code(layer)["0101"] == 84
    assert "boundary_foreign" in kinds(layer)


# --- keys ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["0101", "101", 101, 101.0, "DK_101", "dk-0101", " 101 ", "DK0101"])
def test_a_code_is_read_however_it_is_written(value: object) -> None:
    assert code_of(value) == "0101"


@pytest.mark.parametrize("value", ["Aarhus", "", "DK011", "12", "10101", None, "101a"])
def test_other_text_is_no_municipality(value: object) -> None:
    assert code_of(value) not in set(TABLE["municipality_code"])


@pytest.mark.parametrize(
    "values",
    [
        {"LAU_ID": ["101", "147", "751", "169", "751"]},
        {"GISCO_ID": ["DK_101", "DK_147", "DK_751", "DK_169", "DK_751"]},
        {"kommunekode": [101, 147, 751, 169, 751]},
        {"navn": ["Københavns Kommune", "FREDERIKSBERG", "Aarhus Kommune", "Høje Tåstrup", "aarhus"]},
        {"LAU_NAME": ["Copenhagen", "Frederiksberg", "Århus", "Høje-Taastrup Kommune", " Århus "]},
    ],
)
def test_the_key_column_is_found(tmp_path: Path, values: dict[str, list[object]]) -> None:
    frame = country().drop(columns=["KOMKODE", "KOMNAVN"])
    frame["number"] = [1, 2, 3, 4, 5]
    frame["region"] = "1084"
    (column,) = values
    frame[column] = values[column]
    layer = read(frame, tmp_path)
    assert layer.key_column == column
    assert area_by_code(layer) == {"0101": 84, "0147": 16, "0169": 100, "0751": 100}
    assert "boundary_key" in kinds(layer)


@pytest.mark.parametrize("kind", ["category", "object", "list"])
def test_keys_of_odd_types_are_read_and_lists_are_passed_over(tmp_path: Path, kind: str) -> None:
    frame = country()
    if kind == "list":
        frame["KOMNAVN"] = [[name] for name in frame["KOMNAVN"]]
    else:
        frame["KOMKODE"] = frame["KOMKODE"].astype(kind)
    path = tmp_path / "areas.parquet"
    frame.to_parquet(path)
    assert read_municipality_areas(path, towns()).key_column == "KOMKODE"


def test_the_users_key_column_is_taken(tmp_path: Path) -> None:
    assert read(country(), tmp_path, key_column="KOMNAVN").key_column == "KOMNAVN"


def test_no_two_municipalities_share_a_spelling() -> None:
    table = load_table("municipalities")
    names = municipality_names(table)
    for code, name in some(zip(table["municipality_code"], table["name"], strict=True)):
        bare = skeleton(name)
        assert {names[bare], names[f"{bare}s"], names[bare.removesuffix("s")]} == {code}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Århus", "0751"),
        ("Høje Taastrup", "0169"),
        ("Bornholms Regionskommune", "0400"),
        ("Nordfyn", "0480"),
        ("Vesthimmerland", "0820"),
        ("Brønderslev-Dronninglund", "0810"),
        ("Aero", "0492"),
        ("KOBENHAVN", "0101"),
        ("Københavns Kommune", "0101"),
        ("Ringkøbing Skjern", "0760"),
    ],
)
def test_danish_spellings_are_known(written: str, code: str) -> None:
    assert municipality_names(load_table("municipalities"))[skeleton(written)] == code


@given(
    row=st.integers(0, len(TABLE) - 1),
    suffix=st.sampled_from(["", " Kommune", " kommune", "s Kommune"]),
    form=st.sampled_from(["NFC", "NFD"]),
    case=st.sampled_from([str.upper, str.lower, str.title, str.strip]),
    swap=st.sampled_from(
        [("å", "aa"), ("aa", "å"), ("-", " "), ("ø", "oe"), ("æ", "ae"), ("ø", "ö"), ("", "")]
    ),
)
def test_any_spelling_of_a_name_leads_to_its_code(
    row: int, suffix: str, form: str, case: object, swap: tuple[str, str]
) -> None:
    name = TABLE["name"].iloc[row].lower().replace(*swap) + suffix
    written = unicodedata.normalize(form, case(name))
    assert municipality_names(TABLE)[skeleton(f"  {written} ")] == TABLE["municipality_code"].iloc[row]


# --- refusals -----------------------------------------------------------------------------------------------------


def refusal(error: pytest.ExceptionInfo[InputError]) -> str:
    """The message in both languages; every part must be told in each."""
    fault_texts = [error.value.text("en"), error.value.text("da")]
    assert all(str(fault.mend) for fault in error.value.faults)
    assert fault_texts[0] != fault_texts[1]
    return fault_texts[0]


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError) as error:
        read_municipality_areas(tmp_path / "none.gpkg", towns())
    assert "none.gpkg" in refusal(error)
    assert "no such file" in refusal(error)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.geojson"
    path.touch()
    with pytest.raises(MissingInputError, match="0 bytes"):
        read_municipality_areas(path, towns())


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="a folder"):
        read_municipality_areas(tmp_path, towns())


def test_a_cut_off_geojson_is_refused_with_the_line(tmp_path: Path) -> None:
    whole = write(country(), tmp_path, "geojson").read_text("utf-8")
    path = tmp_path / "cut.geojson"
    path.write_text(whole[: len(whole) // 2], "utf-8")
    with pytest.raises(MissingInputError, match="breaks off or is broken at line") as error:
        read_municipality_areas(path, towns())
    assert "download or export it again" in refusal(error)


@pytest.mark.parametrize(
    "name", ["words.gpkg", "words.shp", "words.geojson", "words.parquet", "words.zip", "words.txt"]
)
def test_something_else_than_a_vector_file_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("These are words.", "utf-8")
    with pytest.raises(MissingInputError) as error:
        read_municipality_areas(path, towns())
    assert name in refusal(error)


def test_a_table_without_geometry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"KOMKODE": ["0101"]}).to_parquet(path)
    with pytest.raises(MissingInputError, match="cannot be read"):
        read_municipality_areas(path, towns())
    words = tmp_path / "table.csv"
    words.write_text("KOMKODE,KOMNAVN\n0101,København\n", "utf-8")
    with pytest.raises(MissingInputError, match="no layer with geometry"):
        read_municipality_areas(words, towns())


def test_a_file_without_features_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}', "utf-8")
    with pytest.raises(MissingInputError, match="no features"):
        read_municipality_areas(path, towns())


def test_several_layers_are_refused_until_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    country().to_file(path, layer="kommune", engine="pyogrio")
    country().to_file(path, layer="region", engine="pyogrio")
    with pytest.raises(MissingInputError, match="several layers: kommune, region"):
        read_municipality_areas(path, towns())
    with pytest.raises(MissingInputError, match="a layer “sogn”"):
        read_municipality_areas(path, towns(), layer="sogn")
    assert len(read_municipality_areas(path, towns(), layer="kommune").frame) == 4


def test_the_only_layer_of_polygons_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    frame = country()
    frame.to_file(path, layer="kommune", engine="pyogrio")
    frame.set_geometry(frame.centroid).to_file(path, layer="points", engine="pyogrio")
    assert len(read_municipality_areas(path, towns()).frame) == 4


def test_a_layer_without_crs_is_refused_with_the_one_that_fits(tmp_path: Path) -> None:
    path = write(country(), tmp_path, "shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(CRSError, match="no CRS") as error:
        read_municipality_areas(path, towns())
    assert "they fit EPSG:25832" in refusal(error)
    assert len(read_municipality_areas(path, towns(), crs="EPSG:25832").frame) == 4


def test_an_unknown_crs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CRSError, match="EPSG:25832 or EPSG:4326"):
        read(country(), tmp_path, crs="UTM somewhere")


def test_metres_called_degrees_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "metres.geojson"
    features = json.loads(country().set_crs(None, allow_override=True).to_json())
    path.write_text(json.dumps(features), "utf-8")
    with pytest.raises(CRSError, match="metres called degrees") as error:
        read_municipality_areas(path, towns())
    assert "they fit EPSG:25832" in refusal(error)
    assert len(read_municipality_areas(path, towns(), crs="EPSG:25832").frame) == 4


def test_degrees_called_metres_are_refused(tmp_path: Path) -> None:
    frame = country().to_crs("EPSG:4326").set_crs("EPSG:25832", allow_override=True)
    with pytest.raises(CRSError, match="degrees called metres") as error:
        read(frame, tmp_path)
    assert "they fit EPSG:4326" in refusal(error)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:25832"])
def test_swapped_axes_are_refused(tmp_path: Path, crs: str) -> None:
    frame = country().to_crs(crs)
    frame["geometry"] = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    with pytest.raises(CRSError, match="are swapped"):
        read(frame, tmp_path)


def test_another_utm_zone_is_told(tmp_path: Path) -> None:
    frame = country().to_crs("EPSG:25833").set_crs("EPSG:3857", allow_override=True)
    with pytest.raises(CRSError, match="they fit EPSG:25833"):
        read(frame, tmp_path)


def test_a_feature_outside_denmark_is_refused_by_its_number(tmp_path: Path) -> None:
    frame = country()
    frame.loc[4, "geometry"] = shapely.box(0, 0, 1000, 1000)
    with pytest.raises(CRSError, match="features 5") as error:
        read(frame, tmp_path)
    assert "coordinates outside Denmark" in refusal(error)


def test_a_layer_without_key_is_refused_with_its_columns(tmp_path: Path) -> None:
    frame = country()[["geometry"]].assign(region="Midtjylland", number=[1, 2, 3, 4, 5])
    with pytest.raises(TableError, match="columns: region, number") as error:
        read(frame, tmp_path)
    assert "KOMKODE" in refusal(error)


def test_a_key_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="KOMKODE, KOMNAVN"):
        read(country(), tmp_path, key_column="kode")


def test_a_missing_municipality_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="1 municipalities are missing: 0147 Frederiksberg") as error:
        read(country().drop(index=1), tmp_path)
    assert "all 4" in refusal(error)


def test_an_unknown_code_and_an_empty_one_are_told_together(tmp_path: Path) -> None:
    frame = country().drop(columns="KOMNAVN")
    more = gpd.GeoDataFrame(
        {"KOMKODE": ["0999", None]}, geometry=[square(0, 20), square(10, 20)], crs=frame.crs
    )
    with pytest.raises(TableError) as error:
        read(pd.concat([frame, more], ignore_index=True), tmp_path)
    text = refusal(error)
    assert "feature 6, column KOMKODE" in text
    assert "0999" in text
    assert "features 7, column KOMKODE" in text
    assert len(error.value.faults) == 2


def test_a_code_that_contradicts_the_name_is_refused(tmp_path: Path) -> None:
    frame = country()
    extra = gpd.GeoDataFrame(
        {"KOMKODE": ["0101"], "KOMNAVN": ["Frederiksberg"]}, geometry=[square(0, 20)], crs=frame.crs
    )
    with pytest.raises(TableError, match="KOMKODE 0101, KOMNAVN Frederiksberg"):
        read(pd.concat([frame, extra], ignore_index=True), tmp_path)


def test_the_same_municipality_twice_on_the_same_ground_is_refused(tmp_path: Path) -> None:
    frame = country()
    older = frame.iloc[[1]].set_geometry([square(3, 3, 3.5)])
    with pytest.raises(TableError, match="municipality 0147 twice on the same ground"):
        read(pd.concat([frame, older], ignore_index=True), tmp_path)


def test_features_without_geometry_are_refused(tmp_path: Path) -> None:
    frame = country()
    frame.loc[4, "geometry"] = None
    with pytest.raises(GeometryError, match="features 5") as error:
        read(frame, tmp_path)
    assert "no geometry" in refusal(error)


def test_points_instead_of_areas_are_refused(tmp_path: Path) -> None:
    frame = country()
    with pytest.raises(GeometryError, match="Point") as error:
        read(frame.set_geometry(frame.centroid), tmp_path)
    assert "use a layer of areas" in refusal(error)


def test_a_self_crossing_beyond_repair_is_refused(tmp_path: Path) -> None:
    frame = country()
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    frame.loc[3, "geometry"] = shapely.transform(bow, lambda xy: xy * KM + [X0 + 10 * KM, Y0 + 20 * KM])
    with pytest.raises(GeometryError, match="features 4") as error:
        read(frame, tmp_path)
    assert "Self-intersection" in refusal(error)


def test_municipalities_that_overlap_widely_are_refused(tmp_path: Path) -> None:
    frame = country()
    frame.loc[3, "geometry"] = square(8, 0)
    with pytest.raises(GeometryError, match=r"they overlap by 20\.0 km²"):
        read(frame, tmp_path)


def test_faults_of_several_kinds_are_told_at_once(tmp_path: Path) -> None:
    frame = country().drop(index=1).reset_index(drop=True)
    frame.loc[3, "geometry"] = None
    path = tmp_path / "areas.shp"
    frame.to_file(path, engine="pyogrio")
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputError) as error:
        read_municipality_areas(path, towns())
    text = refusal(error)
    assert all(part in text for part in ("no CRS", "0147 Frederiksberg", "no geometry"))


# --- the bundled and the real files -------------------------------------------------------------------------------


def test_the_bundled_areas_go_through_the_same_door() -> None:
    table = load_table("municipalities")
    layer = load_bundled_areas(table)
    assert layer.frame["municipality_code"].tolist() == sorted(table["municipality_code"])
    assert layer.precision == "approximate"
    assert layer.mended.overlaps == layer.mended.gaps == 0
    warning = next(finding for finding in layer.findings if finding.kind == "boundary_approximate")
    assert "omtrentlige" in translator("da")(warning.message)


@pytest.fixture(scope="module")
def real(testdata: Path) -> dict[str, AreaLayer]:
    table = load_table("municipalities")
    names = ("municipalities-2025.gpkg", "dagi-2015-parts.geojson")
    return {name: read_municipality_areas(testdata / "boundaries" / name, table) for name in names}


@pytest.mark.testdata
def test_real_files_go_in_as_they_are(real: dict[str, AreaLayer]) -> None:
    table = load_table("municipalities")
    for layer in some(real.values()):
        assert layer.frame["municipality_code"].tolist() == sorted(table["municipality_code"])
        assert layer.frame["name"].tolist() == table.sort_values("municipality_code")["name"].tolist()
        assert shapely.coverage_is_valid(layer.frame.geometry.to_numpy())
        assert not layer.frame.has_z.any()
        assert not [finding for finding in layer.findings if finding.severity == "warning"]


@pytest.mark.testdata
def test_what_was_mended_in_real_files_is_told(real: dict[str, AreaLayer]) -> None:
    new, old = real["municipalities-2025.gpkg"], real["dagi-2015-parts.geojson"]
    assert new.mended.overlaps > 5000
    assert 0.1 < new.mended.overlap_km2 < 0.3
    assert new.mended.gaps > 5000
    assert 0.1 < new.mended.gap_km2 < 0.3
    assert old.mended.overlaps == 0
    assert {"boundary_heights", "boundary_parts"} <= kinds(old)


@pytest.mark.testdata
def test_frederiksberg_lies_inside_koebenhavn(real: dict[str, AreaLayer]) -> None:
    for layer in (*real.values(), load_bundled_areas(load_table("municipalities"))):
        areas = layer.frame.set_index("municipality_code").geometry
        around = [shapely.Polygon(part.exterior) for part in areas["0101"].geoms]
        assert any(areas["0147"].within(part) for part in around)
        assert not areas["0101"].overlaps(areas["0147"])
        assert areas["0147"].intersection(areas["0101"]).area == 0


@pytest.mark.testdata
def test_mending_moves_next_to_nothing(real: dict[str, AreaLayer], testdata: Path) -> None:
    raw = gpd.read_file(testdata / "boundaries" / "municipalities-2025.gpkg").set_index("kommunekode")
    mended = real["municipalities-2025.gpkg"].frame.set_index("municipality_code")
    assert mended.area.sum() == pytest.approx(raw.area.sum(), rel=1e-6)
    assert ((mended.area - raw.area).abs() / 1e6).max() < 0.1


@pytest.mark.testdata
def test_the_two_real_files_agree(real: dict[str, AreaLayer]) -> None:
    new, old = (layer.frame.set_index("municipality_code") for layer in real.values())
    assert new.area.sum() == pytest.approx(old.area.sum(), rel=0.01)
    shared = shapely.area(shapely.intersection(new.geometry.to_numpy(), old.geometry.to_numpy()))
    either = shapely.area(shapely.union(new.geometry.to_numpy(), old.geometry.to_numpy()))
    assert np.median(shared / either) > 0.97
    assert (new.centroid.distance(old.centroid) < 2000).all()


def test_text_that_is_not_utf8_in_a_geojson_is_told(tmp_path):
    path = write(country(), tmp_path, "geojson")
    path.write_bytes(path.read_text("utf-8").encode("cp1252"))
    with pytest.raises(MissingInputError, match="text that is not UTF-8"):
        read_municipality_areas(path, towns())


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_shapefile_that_lacks_a_part_names_it(tmp_path, part):
    path = write(country(), tmp_path, "shp")
    path.with_suffix(part).unlink()
    with pytest.raises(MissingInputError, match=f"without its {part}"):
        read_municipality_areas(path, towns())


def test_a_part_of_the_country_is_told_as_such(tmp_path):
    path = write(country().iloc[:1], tmp_path, "gpkg")
    with pytest.raises(TableError, match="1 of 5 municipalities") as told:
        read_municipality_areas(path, towns())
    assert len(told.value.faults) == 1
    assert "KOMKODE" in str(told.value.faults[0].where)
