import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from pipeline.coverage import supply_of
from pipeline.demand.default import default_demand
from pipeline.errors import MissingInputError, TableError
from pipeline.schemas.coverage import PRACTICES
from pipeline.supply import model_capacity, practice_findings, region_gps, serves
from pipeline.supply.default import default_practices
from pipeline.supply.osm import read_osm_doctors
from pipeline.supply.readers import read_practices
from pipeline.supply.sor import read_sor
from pipeline.tables import load_table
from tests.coverage_toys import DAY

X, Y = 560_000.0, 6_220_000.0
REGION_OF = pd.Series({"0751": "Region Midtjylland", "0707": "Region Nordjylland"})


@pytest.fixture
def areas():
    return gpd.GeoDataFrame(
        {"municipality_code": ["0751", "0707"]},
        geometry=[box(X, Y, X + 20_000, Y + 20_000), box(X + 20_000, Y, X + 40_000, Y + 20_000)],
        crs="EPSG:25832",
    )


def write(folder, *rows, encoding="utf-8", name="p.csv"):
    path = folder / name
    path.write_text("\n".join(rows), encoding=encoding)
    return path


def provider_file(folder, numbers, spots):
    layer = gpd.GeoDataFrame(
        {"ydernummer": numbers}, geometry=[Point(x, y) for x, y in spots], crs="EPSG:25832"
    )
    layer.to_crs("EPSG:4326").to_file(folder / "y.geojson")
    return folder / "y.geojson"


def test_provider_numbers_keep_their_zeros_and_sites_share_one_capacity(tmp_path, areas):
    spots = [(X + 5, Y + 5), (X + 9000, Y + 5), (X + 15_000, Y + 5), (X + 25_000, Y + 5), (X + 5, Y + 5)]
    path = provider_file(tmp_path, ["000051", "000051", "000086", "000094", "000051"], spots)
    practices = read_practices(path, areas)
    assert practices["practice_id"].tolist() == ["000051-1", "000051-2", "000051-3", "000086", "000094"]
    assert practices["status"].tolist() == ["ok", "duplicate", "ok", "ok", "ok"]
    filled, findings = model_capacity(
        practices, REGION_OF, pd.Series({"Region Midtjylland": 10.0, "Region Nordjylland": 3.0}), DAY
    )
    serving = filled[filled["status"] == "ok"].set_index("practice_id")["capacity"]
    assert serving.to_dict() == {"000051-1": 2.5, "000051-3": 2.5, "000086": 5.0, "000094": 3.0}
    assert filled["capacity_precision"].unique().tolist() == ["modelled"]
    assert findings[0].kind == "capacity_modelled"
    assert supply_of(filled, DAY).capacity[supply_of(filled, DAY).serving].sum() == 13


def test_practices_of_other_days_take_no_gps_from_those_that_are_there(tmp_path, areas):
    days = ["", "2020-01-01;", ";2024-01-01", ";2025-06-01", "2025-06-02;"]
    rows = [f"{at},{X + 100 * at},{Y + 5},{day.replace(';', ',') or ','}" for at, day in enumerate(days)]
    practices = read_practices(write(tmp_path, "id,x,y,valid_from,valid_to", *rows), areas)
    filled, findings = model_capacity(practices, REGION_OF, pd.Series({"Region Midtjylland": 12.0}), DAY)
    supply = supply_of(filled, DAY)
    assert supply.serving.tolist() == [True, True, False, False, False]
    assert supply.capacity[supply.serving].tolist() == [6, 6]
    assert "2 of 2 practices" in str(findings[0].message)
    told = {finding.kind: finding for finding in practice_findings(filled, DAY)}
    assert told["practices_of_other_days"].keys == ("2", "3", "4")
    assert "on 2025-06-01" in str(told["practices_of_other_days"].message)
    assert "for 2 of 2 practices" in str(told["intake_unknown"].message)


def test_a_provider_in_two_regions_leaves_the_regional_sums_whole(tmp_path, areas):
    path = provider_file(tmp_path, ["1", "1", "2"], [(X + 5, Y + 5), (X + 25_000, Y + 5), (X + 7, Y + 9)])
    filled, _ = model_capacity(
        read_practices(path, areas),
        REGION_OF,
        pd.Series({"Region Midtjylland": 10.0, "Region Nordjylland": 3.0}),
        DAY,
    )
    assert filled.groupby("municipality_code")["capacity"].sum().to_dict() == pytest.approx(
        {"0751": 10, "0707": 3}
    )


def test_any_table_with_mapped_columns(tmp_path, areas):
    path = write(
        tmp_path,
        "nr;klinik;antal;tager_nye;start;slut;øst;nord",
        f"7;Lægerne Ø;2,5;ja;01-02-2020;;{X + 5};{Y + 5}",
        f"8;Lægehuset;0;nej;2021-05-01;31.12.2026;{X + 6};{Y + 5}",
        f"9;Praksis;;;;;{X + 7};{Y + 5}",
        encoding="cp1252",
    )
    columns = {
        "provider": "nr",
        "capacity": "antal",
        "open_to_new": "tager_nye",
        "valid_from": "start",
        "valid_to": "slut",
        "x": "øst",
        "y": "nord",
    }
    practices = read_practices(path, areas, columns=columns)
    assert practices["name"].tolist() == ["Lægerne Ø", "Lægehuset", "Praksis"]
    assert practices["capacity"].fillna(-1).tolist() == [2.5, 0, -1]
    assert practices["open_to_new"].astype(object).fillna("?").tolist() == [True, False, "?"]
    assert practices["valid_from"].dt.strftime("%Y-%m-%d").fillna("").tolist() == [
        "2020-02-01",
        "2021-05-01",
        "",
    ]
    filled, _ = model_capacity(practices, REGION_OF, pd.Series({"Region Midtjylland": 99.0}), DAY)
    assert filled["capacity"].tolist() == [2.5, 0, 1.25], "the mean of those known in the region"
    assert filled["capacity_precision"].tolist() == ["register", "register", "modelled"]
    assert supply_of(filled, DAY).serving.tolist() == [True, False, True]
    kinds = {f.kind for f in practice_findings(filled, DAY)}
    assert kinds == {"practices_without_gp", "intake_unknown"}


def test_in_the_sea_abroad_and_without_point_are_kept_with_a_reason(tmp_path, areas):
    path = write(tmp_path, "id,x,y,capacity", f"a,{X - 90_000},{Y},1", "b,,,1", f"c,{X - 300},{Y + 50},1")
    practices = read_practices(path, areas)
    assert practices["status"].tolist() == ["outside_study_area", "no_point", "snapped"]
    assert supply_of(practices, DAY).serving.tolist() == [False, False, True]
    assert {"practices_outside_study_area", "practices_no_point"} <= {
        f.kind for f in practice_findings(practices, DAY)
    }


def test_all_faults_of_a_table_are_told_with_row_and_mend(tmp_path, areas):
    path = write(
        tmp_path,
        "id,x,y,capacity,open,valid_from,valid_to",
        f"a,{X},{Y},-1,maybe,2020-01-01,2019-01-01",
        f"b,{X},{Y},two,yes,30/30/2020,",
    )
    with pytest.raises(TableError) as told:
        read_practices(path, areas)
    assert sorted(str(fault.where) for fault in told.value.faults) == [
        "row 2, column capacity",
        "row 2, column open",
        "row 2, column valid_to",
        "row 3, column capacity",
        "row 3, column valid_from",
    ]
    assert "correct the date" in told.value.text("en")
    with pytest.raises(TableError, match="a geometry, or columns lon and lat"):
        read_practices(write(tmp_path, "id,capacity", "a,1"), areas)


def test_row_order_of_the_file_does_not_matter(tmp_path, areas):
    rows = [f"{i % 4},{X + i * 10},{Y + 5},{i}" for i in range(9)]
    first = read_practices(write(tmp_path, "id,x,y,capacity", *rows), areas)
    second = read_practices(write(tmp_path, "id,x,y,capacity", *rows[::-1]), areas)
    pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(second))


SOR2 = (
    "SorId;SorType;EntityName;EntityTypeName;PrioritizedEntitySpeciality1Name;ProviderId;FirstFromDate;ToDate;"
    "ActivityAddressCoordETRS89z32EMeasure;ActivityAddressCoordETRS89z32NMeasure;"
    "PostalAddressCoordETRS89z32EMeasure;PostalAddressCoordETRS89z32NMeasure"
)


def test_sor2_export_gives_the_general_practices(tmp_path, areas):
    path = write(
        tmp_path,
        SOR2,
        f'="111";SI;Lægerne Åby;almen lægepraksis;almen medicin;012345;2015-01-01;;{X + 5:.0f},25;{Y + 5:.0f},5;;',
        f'="112";OE;Lægerne Åby;almen lægepraksis;;012345;2015-01-01;;{X + 5:.0f},25;{Y + 5:.0f},5;;',
        f'="113";SI;Øjenlægen;speciallægepraksis;oftalmologi;099;2015-01-01;;{X + 5};{Y + 5};;',
        f'="114";SI;Lægehuset;Lægepraksis;almen medicin;;2015-01-01;2024-01-01;;;{X + 900};{Y + 5}',
        '="115";SI;Grader;almen lægepraksis;;77;2015-01-01;;56.2;10.03;;',
        f'="116";SI;Hudlæge;lægepraksis;dermatologi;88;2015-01-01;;{X + 5};{Y + 5};;',
        encoding="utf-8-sig",
    )
    practices, notes = read_sor(path, areas)
    by_id = practices.set_index("practice_id")
    assert sorted(by_id.index) == ["012345-1", "012345-2", "77", "sor-114"]
    assert by_id.loc["012345-2", "status"] == "duplicate"
    assert by_id.loc["sor-114"].geometry.x == X + 900, "the postal address stands in"
    assert by_id.loc["77", "municipality_code"] == "0751", "degrees under the name of metres"
    assert by_id["capacity"].isna().all()
    assert (
        supply_of(
            model_capacity(practices, REGION_OF, pd.Series({"Region Midtjylland": 5.0}), DAY)[0], DAY
        ).serving.sum()
        == 2
    )
    assert "4 of 6 entities" in str(notes[0].message)


def test_older_sor_export_with_commas_and_windows_letters(tmp_path, areas):
    path = write(
        tmp_path,
        "SOR-kode,Enhedsnavn,Enhedstype,Hovedspeciale,Ydernummer,A_X,A_Y",
        f"1,Lægerne på Øen,Almen lægepraksis,Almen medicin,00012,{X + 5},{Y + 5}",
        encoding="cp1252",
    )
    practices, _ = read_sor(path, areas)
    assert practices[["practice_id", "name"]].to_numpy().tolist() == [["00012", "Lægerne på Øen"]]


def test_a_sor_export_without_practices_or_columns_is_refused(tmp_path, areas):
    only = write(tmp_path, "SOR-kode,Enhedsnavn,Enhedstype,A_X,A_Y", "1,A,tandlægepraksis,1,1")
    with pytest.raises(TableError, match="commonest entity types are tandlægepraksis"):
        read_sor(only, areas)
    with pytest.raises(TableError) as told:
        read_sor(write(tmp_path, "a,b", "1,2"), areas)
    assert len(told.value.faults) == 3
    with pytest.raises(TableError, match="name the columns of the coordinates"):
        read_sor(write(tmp_path, "SOR-kode,Enhedsnavn,Enhedstype", "1,A,almen praksis"), areas)


OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
  <node id="1" lat="56.2" lon="10.03"><tag k="amenity" v="doctors"/><tag k="name" v="Lægerne"/></node>
  <node id="2" lat="56.21" lon="10.03"><tag k="healthcare" v="doctor"/>
    <tag k="healthcare:speciality" v="dermatology; general"/></node>
  <node id="3" lat="56.21" lon="10.04"><tag k="amenity" v="doctors"/>
    <tag k="healthcare:speciality" v="ophthalmology"/></node>
  <node id="4" lat="56.2001" lon="10.0301"/>
  <node id="5" lat="56.2002" lon="10.0301"/>
  <way id="9"><nd ref="4"/><nd ref="5"/><nd ref="4"/><tag k="building" v="yes"/>
    <tag k="amenity" v="doctors"/><tag k="name" v="Lægerne"/></way>
</osm>
"""


def test_osm_doctors_as_nodes_and_buildings_without_specialists_or_doubles(tmp_path, areas):
    practices, findings = read_osm_doctors(write(tmp_path, OSM, name="a.osm"), areas)
    assert practices[["practice_id", "status"]].to_numpy().tolist() == [
        ["node/1", "ok"],
        ["node/2", "ok"],
        ["way/9", "duplicate"],
    ]
    assert "1 specialist is" in str(findings[0].message)
    with pytest.raises(MissingInputError, match="OpenStreetMap extract"):
        read_osm_doctors(write(tmp_path, "no extract", name="b.osm.pbf"), areas)


def test_an_extract_without_doctors_is_a_warning_not_an_error(tmp_path, areas):
    empty = '<osm version="0.6"><node id="1" lat="56.2" lon="10.0"/></osm>'
    practices, findings = read_osm_doctors(write(tmp_path, empty, name="a.osm"), areas)
    assert practices.empty
    assert findings[0].severity == "warning"


def test_bundled_practices_sum_to_every_region_and_stand_where_people_live():
    municipalities = load_table("municipalities")
    towns = pd.read_csv("geodata/settlements.csv", dtype={"municipality_code": str, "population": "Int64"})
    areas = gpd.read_file("geodata/boundaries/municipalities.geojson").to_crs("EPSG:25832")
    demand = default_demand(municipalities, towns, areas)
    region, municipality = load_table("gp_supply_region"), load_table("gp_supply_municipality")
    practices = default_practices(demand, municipalities, region, municipality)
    sums = practices.groupby(
        practices["municipality_code"].map(municipalities.set_index("municipality_code")["region_2007"])
    )["capacity"].sum()
    pd.testing.assert_series_equal(sums, region_gps(region).reindex(sums.index), check_names=False)
    assert practices["practice_id"].is_unique
    assert practices["capacity_precision"].unique().tolist() == ["modelled"]
    assert set(practices.geometry) <= set(demand.geometry)
    again = default_practices(demand.iloc[::-1], municipalities, region, municipality)
    pd.testing.assert_frame_equal(pd.DataFrame(practices), pd.DataFrame(again))


@pytest.mark.testdata
def test_real_provider_numbers(testdata):
    areas = gpd.read_file(testdata / "boundaries" / "municipalities-2025.gpkg").rename(
        columns={"kommunekode": "municipality_code"}
    )
    practices = read_practices(testdata / "health" / "gp-practices-2025.geojson", areas)
    assert len(practices) == 2039
    assert practices["provider"].nunique() == 2022
    region_of = load_table("municipalities").set_index("municipality_code")["region_2007"]
    gps = region_gps(load_table("gp_supply_region"))
    filled, _ = model_capacity(practices, region_of, gps, DAY)
    sums = filled.groupby(filled["municipality_code"].map(region_of))["capacity"].sum()
    assert np.allclose(sums, gps.reindex(sums.index))


def test_practices_of_every_reader_keep_the_contract_of_the_table(tmp_path, areas):
    path = write(tmp_path, "id,x,y,capacity,open", f"a,{X + 5},{Y + 5},1,ja", f"b,{X + 9},{Y + 5},,")
    practices, _ = model_capacity(
        read_practices(path, areas), REGION_OF, pd.Series({"Region Midtjylland": 2.0}), DAY
    )
    dated = practices.assign(
        **{name: practices[name].astype("datetime64[ms]") for name in ("valid_from", "valid_to")},
        serves=serves(practices, DAY),
    )
    assert PRACTICES.select(dated)["open_to_new"].dtype == "boolean"
