"""Candidate sites: every row of a user's list comes back, used or with its reason."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from pipeline.errors import CRSError, MissingInputError, TableError
from pipeline.messages import Message
from pipeline.sites import (
    COLUMNS,
    EVALUATED,
    MOST_TOLD,
    finish_sites,
    house_sites,
    reasons_as_text,
    site_findings,
    supply_sites,
    town_sites,
)
from pipeline.sites.functions_file import load_functions
from pipeline.sites.places import Gazetteer, town_names
from pipeline.sites.reader import read_candidates
from pipeline.tables import load_table
from tests.toys import SIDE, SOUTH, WEST, toy_areas

FUNCTIONS = load_functions()


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer(load_table("settlements"), load_table("municipalities"))


@pytest.fixture(scope="module")
def denmark() -> gpd.GeoDataFrame:
    """Boxes that stand in for land: Jutland's south-east and Copenhagen, with Øresund beside it."""
    boxes = {"0621": (525000, 6140000, 555000, 6160000), "0101": (715000, 6165000, 732000, 6185000)}
    boxes |= {"0376": (670000, 6060000, 700000, 6100000), "0306": (640000, 6180000, 670000, 6210000)}
    return gpd.GeoDataFrame(
        {"municipality_code": sorted(boxes)},
        geometry=[shapely.box(*boxes[code]) for code in sorted(boxes)],
        crs="EPSG:25832",
    )


@pytest.fixture
def read(tmp_path, gazetteer, denmark):
    """Read a list of candidates written as text."""

    def reader(text, *, encoding="utf-8", name="candidates.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return read_candidates(path, denmark, gazetteer, FUNCTIONS)

    return reader


def test_points_towns_and_addresses_are_found(read):
    sites = read(
        "name,lon,lat,town,address\n"
        "A,9.47,55.49,,\n"
        "B,,,Kolding,\n"
        'C,,,,"Nørregade 1, 6000 Kolding"\n'
        "D,,,KØBENHAVN NV,\n"
        "E,,,Kobenhavn,\n"
    )
    assert sites["status"].tolist() == ["ok", "ok", "duplicate", "ok", "duplicate"]
    assert sites["municipality_code"].tolist() == ["0621", "0621", "0621", "0101", "0101"]
    assert sites["point_precision"].tolist() == ["address", "town", "town", "town", "town"]
    assert list(sites.columns) == list(COLUMNS)
    assert sites.crs == "EPSG:25832"


@pytest.mark.parametrize(
    ("told", "town"),
    [
        ("Aarhus C", "Aarhus"),
        ("Århus", "Aarhus"),
        ("AALBORG SØ", "Aalborg"),
        ("Ålborg", "Aalborg"),
        ("Nykøbing F", "Nykøbing Falster"),
        ("Nykøbing Sj.", "Nykøbing Sjælland"),
        ("7900 Nykøbing M", "Nykøbing Mors"),
        ("Kgs. Lyngby", "Kongens Lyngby"),
        ("Nr. Aaby", "Nørre Åby"),
        ("Saeby", "Sæby"),
        ("Kbh. K", "København"),
        ("Storegade 3, 6100 Haderslev", "Haderslev"),
        ("Haderslev, Storegade 3", None),
    ],
)
def test_danish_spellings_are_understood(gazetteer, told, town):
    found = gazetteer.find(told)
    if town is None:
        assert found.status == "unknown_place"
        return
    assert found.status == "ok"
    assert gazetteer.settlements.loc[found.row, "name"] == town


def test_towns_of_one_name_are_told_apart_by_municipality(gazetteer):
    assert gazetteer.find("Assens").status in {"ok", "ambiguous_place"}
    by_name = gazetteer.find("Assens", "Mariagerfjord Kommune")
    by_code = gazetteer.find("Assens", "0420")
    assert gazetteer.settlements.loc[by_name.row, "municipality_code"] == "0846"
    assert gazetteer.settlements.loc[by_code.row, "municipality_code"] == "0420"
    wrong = gazetteer.find("Assens", "0101")
    assert wrong.status == "unknown_place"
    assert "lies in 0101" in str(wrong.note)


def test_the_clearly_larger_town_is_taken_and_told():
    towns = pd.DataFrame(
        {
            "name": ["Viby", "Viby", "Borup", "Borup"],
            "population": [30000, 2000, 900, 800],
            "municipality_code": ["0751", "0265", "0259", "0751"],
            "lon": 10.0,
            "lat": 56.0,
        }
    )
    gazetteer = Gazetteer(towns, load_table("municipalities"))
    large = gazetteer.find("Viby")
    assert large.row == 0
    assert "largest was taken" in str(large.note)
    unsure = gazetteer.find("Borup")
    assert unsure.status == "ambiguous_place"
    assert "0259, 0751" in str(unsure.note)


def test_every_bad_row_keeps_its_place_and_says_why(read):
    sites = read(
        "navn;lon;lat;by;funktion;kapacitet;pris\n"
        "Havet;11.2;56.1;;;;\n"
        "Malmø;13.0;55.6;;;;\n"
        "Paris;2.35;48.86;;;;\n"
        "Ingen;;;;;;\n"
        "Ukendt;;;Atlantis;;;\n"
        "Funktion;9.47;55.49;;teleportation;;\n"
        "Tal;9.48;55.49;;;mange;\n"
        "Minus;9.49;55.49;;;;-3\n"
        "God;9,50;55,49;;Røntgen;4.000,5;1,5\n"
        "God igen;9,50;55,49;;xray;;\n"
        "Anden funktion;9,50;55,49;;blood_tests;;\n"
        "Vrøvl;nord;syd;;;;\n"
    )
    by_name = sites.set_index("name")
    assert by_name["status"].to_dict() == {
        "Havet": "in_the_sea",
        "Malmø": "outside_study_area",
        "Paris": "outside_study_area",
        "Ingen": "unknown_place",
        "Ukendt": "unknown_place",
        "Funktion": "unknown_function",
        "Tal": "bad_value",
        "Minus": "bad_value",
        "God": "ok",
        "God igen": "duplicate",
        "Anden funktion": "ok",
        "Vrøvl": "bad_value",
    }
    assert all(
        isinstance(reason, Message) for reason in by_name.loc[~by_name["status"].isin(EVALUATED), "reason"]
    )
    assert by_name.loc["God", "capacity"] == 4000.5
    assert by_name.loc["God", "cost_mio_dkk"] == 1.5
    assert by_name.loc["God", "function_id"] == "xray"
    assert "teleportation" in str(by_name.loc["Funktion", "reason"])
    assert "same place as God" in str(by_name.loc["God igen", "reason"])


def test_a_row_without_name_and_place_has_no_place(read):
    sites = read("name,town,lon,lat\n,,,\nX,Kolding,,\n")
    assert sites["status"].tolist() == ["no_place", "ok"]


def test_costs_in_kroner_become_million(read):
    sites = read("name,town,pris_kr\nA,Kolding,2500000\n")
    assert sites["cost_mio_dkk"].tolist() == [2.5]


def test_hosts_are_read_in_both_languages(read):
    sites = read(
        "name,lon,lat,type\nA,9.40,55.49,Sundhedshus\nB,9.42,55.49,hospital\nC,9.44,55.49,\nD,9.46,55.49,kirke\n"
    )
    assert sites["host"].tolist() == ["health_house", "hospital", "town", "town"]
    assert sites["status"].tolist() == ["ok", "ok", "ok", "bad_value"]


def test_metres_and_windows_text_are_read(read):
    sites = read("Navn;X;Y\nRømø Sundhedshus;540000;6150000\n", encoding="cp1252")
    assert sites["status"].tolist() == ["ok"]
    assert sites["name"].tolist() == ["Rømø Sundhedshus"]
    assert sites["site_id"].tolist() == ["romo-sundhedshus"]


def test_a_geopackage_is_read(tmp_path, gazetteer, denmark):
    frame = gpd.GeoDataFrame(
        {"navn": ["A", "B"], "kapacitet": [10, None]},
        geometry=gpd.points_from_xy([9.47, 9.60], [55.49, 55.48]),
        crs="EPSG:4326",
    )
    frame.to_file(tmp_path / "sites.gpkg")
    sites = read_candidates(tmp_path / "sites.gpkg", denmark, gazetteer, FUNCTIONS)
    assert sites["status"].tolist() == ["ok", "ok"]
    assert sites["capacity"].tolist()[0] == 10
    assert np.isnan(sites["capacity"].tolist()[1])


def test_shapes_without_a_place_are_told_and_areas_stand_for_a_point_in_them(tmp_path, gazetteer, denmark):
    box = shapely.box(9.45, 55.45, 9.50, 55.50)
    shapes = [box, None, shapely.Point(), shapely.Point(float("nan"), 55.0)]
    names = ["Area", "Nothing", "Empty", "Nowhere"]
    frame = gpd.GeoDataFrame({"navn": names}, geometry=shapes, crs="EPSG:4326")
    frame.to_parquet(tmp_path / "sites.parquet")
    sites = read_candidates(tmp_path / "sites.parquet", denmark, gazetteer, FUNCTIONS)
    assert sites["status"].tolist() == ["ok", "unknown_place", "unknown_place", "unknown_place"]


def test_many_rows_at_one_place_are_one_candidate(read):
    rows = "".join(f"Sted {i},9.47,55.49\n" for i in range(3000))
    sites = read("name,lon,lat\n" + rows)
    assert sites["status"].value_counts().to_dict() == {"duplicate": 2999, "ok": 1}
    assert "same place as Sted 0" in str(sites["reason"].iloc[-1])


def test_a_list_without_usable_columns_is_refused_with_what_would_do(read):
    with pytest.raises(TableError, match="a column town or address") as told:
        read("id,colour\n1,red\n")
    assert "id, colour" in str(told.value)
    with pytest.raises(TableError, match="no rows"):
        read("name,lon,lat\n")
    with pytest.raises(CRSError, match="degrees"):
        read("name,x,y\nA,9.47,55.49\n")


def test_a_missing_file_is_told(tmp_path, gazetteer, denmark):
    with pytest.raises(MissingInputError, match="no such file"):
        read_candidates(tmp_path / "none.csv", denmark, gazetteer, FUNCTIONS)


def test_findings_name_the_candidates_left_out(read):
    sites = read("name,lon,lat\nHavet <b>,11.2,56.1\nGod,9.47,55.49\n")
    findings = site_findings(sites)
    assert [finding.kind for finding in findings] == ["site_in_the_sea"]
    assert "Havet <b>" in str(findings[0].message)
    assert "in the sea" in str(findings[0].message)
    texts = reasons_as_text(sites, "da")["reason"].tolist()
    assert "havet" in texts[0]
    assert texts[1] == ""


def test_ids_stay_the_same_and_are_unique(read):
    text = "name,lon,lat\nSted,9.40,55.49\nSted,9.42,55.49\n!!!,9.44,55.49\n"
    assert read(text)["site_id"].tolist() == ["sted", "sted-2", "site"]


def facilities() -> gpd.GeoDataFrame:
    rows = [
        ("h1", "hospital", "Acute", "acute", 0.5, 0.5),
        ("h2", "hospital", "Other", "non_acute", 1.5, 0.5),
        ("h3", "hospital", "Shut", "closed", 2.5, 0.5),
        ("house-s1", "health_house", "House", "open", 0.5, 1.5),
        ("house-s2", "health_house", "Coming", "planned", 1.5, 1.5),
        ("house-s3", "health_house", "Gone", "replaced", 2.5, 1.5),
        ("house-s4", "health_house", "Nowhere", "open", None, None),
    ]
    frame = pd.DataFrame(rows, columns=["facility_id", "kind", "name", "role", "x", "y"])
    points = [
        shapely.Point() if pd.isna(x) else shapely.Point(WEST + SIDE * x, SOUTH + SIDE * y)
        for x, y in zip(frame["x"], frame["y"], strict=True)
    ]
    extra = {"address": "", "town": "By", "point_precision": "address", "source": "made up"}
    frame = frame.assign(register_id=frame["facility_id"].str.removeprefix("house-"))
    return gpd.GeoDataFrame(frame.drop(columns=["x", "y"]).assign(**extra), geometry=points, crs="EPSG:25832")


def test_houses_and_towns_are_built_in_candidates():
    houses = house_sites(facilities())
    assert houses["name"].tolist() == ["House", "Coming"]
    towns = town_sites(load_table("settlements"), 20_000)
    assert 30 < len(towns) < 100
    assert "Haderslev" in set(towns["name"])
    sites = finish_sites([houses, houses], toy_areas())
    assert sites["status"].tolist() == ["ok", "ok", "duplicate", "duplicate"]
    assert sites["site_id"].is_unique


def test_today_s_places_follow_the_rules_of_each_function():
    stated = pd.DataFrame(
        {
            "house_id": ["s1", "s1", "s2", "s3"],
            "function_id": ["xray", "midwife", "xray", "xray"],
            "status": ["present", "planned", "present", "present"],
        }
    )
    seats = pd.DataFrame(
        {
            "municipality_code": ["0101", "0102"],
            "seat": ["A", "B"],
            "seat_lon": [9.1, np.nan],
            "seat_lat": [55.9, np.nan],
        }
    )
    places, pairs = supply_sites(FUNCTIONS, facilities(), stated, seats)
    of = {
        f: set(zip(rows["supply_id"], rows["basis"], strict=True)) for f, rows in pairs.groupby("function_id")
    }
    assert of["xray"] == {("house-s1", "stated"), ("h1", "assumed"), ("h2", "assumed")}
    assert of["midwife"] == {("h1", "assumed")}
    assert of["rehabilitation"] == {("seat-0101", "assumed")}
    assert places["supply_id"].tolist() == ["h1", "h2", "house-s1", "seat-0101"]


def test_names_in_an_address_are_tried_in_order():
    assert town_names("  Nørregade 1, 8000  Aarhus C ") == [
        "Aarhus C",
        "Aarhus",
        "Nørregade 1, 8000 Aarhus C",
        "Nørregade 1, 8000 Aarhus",
        "8000 Aarhus C",
        "8000 Aarhus",
    ]


@pytest.mark.parametrize("rows", ["A;12,5;55,6;;\nB;12,6;55,7;;\n", "A;12,5;55,6\nB;12,6;55,7;\n;;\n\n"])
def test_surplus_separators_move_no_column(read, rows):
    sites = read(f"navn;lon;lat\n{rows}")
    assert sites["name"].tolist() == ["A", "B"]
    assert sites["status"].tolist() == ["ok", "ok"]


def test_a_row_longer_than_the_header_is_told_with_its_number(read):
    with pytest.raises(TableError) as told:
        read("navn,lon,lat\nA,12.5,55.6\n\nB,12,6,55,7\n")
    (fault,) = told.value.faults
    assert str(fault.where) == "row 4"
    assert str(fault.found) == "5 cells"


def test_a_list_in_a_workbook_is_read_like_a_text(denmark, gazetteer, tmp_path):
    path = tmp_path / "steder.xlsx"
    with pd.ExcelWriter(path) as writer:
        pd.DataFrame({"Navn": ["Æblegården"], "Lon": [9.47], "Lat": [55.49]}).to_excel(writer, index=False)
    sites = read_candidates(path, denmark, gazetteer, FUNCTIONS)
    assert sites["name"].tolist() == ["Æblegården"]
    assert sites["status"].tolist() == ["ok"]


def test_coordinates_that_make_no_point_are_told_and_no_town_of_that_name_is_taken(read):
    rows = ["Kolding;55,49;9,47", "Kolding;532000;6150000", "Kolding;9,5;", "Kolding;;", "Kolding;nord;55,5"]
    sites = read("navn;lon;lat\n" + "\n".join(rows) + "\n")
    assert sites["status"].tolist() == ["bad_value"] * 3 + ["ok", "bad_value"]
    assert [str(reason) for reason in sites["reason"].drop(3)] == [
        "longitude 55.49 and latitude 9.47 are exchanged",
        "the coordinates 532000, 6150000 are no longitude and latitude in degrees",
        "the coordinates 9,5, – are no longitude and latitude in degrees",
        "the coordinates nord, 55,5 are no longitude and latitude in degrees",
    ]


def test_a_site_left_out_is_told_with_file_and_row(read):
    sites = read("navn;lon;lat\nA;9,47;55,49\nB;9,47;55,49\n")
    (finding,) = site_findings(sites)
    assert str(finding.message) == ("candidates.csv, row 3: the candidate B is left out: the same place as A")


def test_an_empty_file_is_refused(read):
    with pytest.raises((TableError, MissingInputError), match=r"no rows|cannot be read"):
        read("")


def test_of_many_sites_left_out_the_first_are_told_and_the_others_counted(read):
    sites = read("navn;lon;lat\n" + "A;9,47;55,49\n" * 30)
    told = site_findings(sites)
    assert len(told) == MOST_TOLD + 1
    assert str(told[-1].message).startswith("9 more candidates")
