"""The bundled tables hold what they should, and a table that does not is refused with every fault."""

import csv
import io
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.clusters.schemes import in_force
from pipeline.errors import Fault, InputError, MissingInputError, TableError
from pipeline.schemas import BUNDLED, OPTIONAL
from pipeline.tables import BUNDLED_TABLES, GEODATA, check_references, load_table, load_tables
from pipeline.tables.checks import MOST_ROWS
from tests.found import some

PATHS = {name: GEODATA / f"{name}.csv" for name in BUNDLED_TABLES}
SHARED_2018 = {"0101", "0265", "0320", "0326", "0350", "0390", "0849"}

STATUS_HEADER = "hospital_id,status,valid_from,valid_to,evidence,source,precision,note"
STATUS_ROW = "herning,acute,,2022-02-13,sourced,a paper,register,"


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return load_tables(PATHS)


def raw_rows(name: str) -> list[dict[str, str]]:
    with PATHS[name].open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def told(tmp_path: Path, text: str | bytes, name: str = "hospital_status") -> list[tuple[str, ...]]:
    """Where, found, expected and mend of every fault of a table with this text."""
    path = tmp_path / f"{name}.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return refused(path, name)


def refused(path: Path, name: str) -> list[tuple[str, ...]]:
    with pytest.raises(InputError) as caught:
        load_table(name, path)
    assert all(fault.source == str(path) for fault in caught.value.faults)
    return [(str(f.where), str(f.found), str(f.expected), str(f.mend)) for f in caught.value.faults]


# What is bundled


def test_every_bundled_file_has_a_contract_and_every_contract_a_file() -> None:
    assert {path.stem for path in GEODATA.glob("*.csv")} == set(BUNDLED) - OPTIONAL


@pytest.mark.parametrize("name", BUNDLED_TABLES)
def test_a_bundled_table_fulfils_its_contract_column_by_column(name: str) -> None:
    frame = load_table(name)
    assert list(frame.columns) == list(BUNDLED[name].columns)
    assert len(frame) == len(raw_rows(name)) > 0
    pd.testing.assert_frame_equal(BUNDLED[name].schema.validate(frame, lazy=True), frame)


@pytest.mark.parametrize("name", BUNDLED_TABLES)
def test_every_bundled_row_names_its_source_and_precision(name: str) -> None:
    for row in some(raw_rows(name)):
        assert row["source"].strip(), row
        assert row["precision"] in {"measured", "register", "modelled", "approximate"}, row


@pytest.mark.parametrize("name", BUNDLED_TABLES)
def test_sources_are_publications_and_not_files_on_somebodys_disk(name: str) -> None:
    for row in some(raw_rows(name)):
        for column, cell in row.items():
            words = [word for word in cell.split() if len(word) > 1]
            assert not [w for w in words if w.startswith(("/", "./", "../", "~/", "file:"))], (column, cell)
            assert not [w for w in words if w.rstrip(".,;)").endswith((".txt", ".md"))] or "http" in cell


@pytest.mark.parametrize("name", BUNDLED_TABLES)
def test_bundled_files_are_plain_utf8_with_line_feeds_and_no_stray_blanks(name: str) -> None:
    raw = PATHS[name].read_bytes()
    assert b"\r" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\n")
    assert not [c for row in csv.reader(io.StringIO(raw.decode("utf-8"))) for c in row if c != c.strip()]


def test_every_reference_of_the_bundled_tables_is_found_by_hand_too(tables: dict[str, pd.DataFrame]) -> None:
    checked = 0
    for name in BUNDLED_TABLES:
        for reference in BUNDLED[name].references:
            known = {tuple(row[c] for c in reference.target) for row in raw_rows(reference.table)}
            for row in raw_rows(name):
                values = tuple(row[c] for c in reference.columns)
                parts = (
                    [(part,) for part in values[0].split(reference.separator)]
                    if reference.separator
                    else [values]
                )
                for part in parts:
                    if all(part) and part[0] not in reference.also:
                        assert part in known, (name, part)
                        checked += 1
    assert checked > 1_500
    check_references(tables)


def test_municipalities_are_98_and_christiansoe(tables: dict[str, pd.DataFrame]) -> None:
    towns = tables["municipalities"].set_index("municipality_code")
    assert (towns["kind"] == "municipality").sum() == 98
    island = towns.loc["0411"]
    assert (island["kind"], island["population"]) == ("state_island", 90)
    assert pd.isna(island["region_2007"])
    assert pd.isna(island["region_2027"])
    assert towns["population"].sum() == 5_840_045
    assert (towns["seat_evidence"] == "memory").sum() == 70


def test_the_2018_clusters_are_22_with_105_memberships_and_seven_shared_municipalities(
    tables: dict[str, pd.DataFrame],
) -> None:
    members = tables["cluster_members"].query("scheme == 'klynger-2018'")
    assert members["cluster_id"].nunique() == 22
    assert len(members) == 105
    assert (members["evidence"] == "sourced").sum() == 104
    (inferred,) = members[members["evidence"] != "sourced"].itertuples()
    assert (inferred.municipality_code, inferred.evidence) == ("0259", "inferred")
    assert {code for code, count in Counter(members["municipality_code"]).items() if count > 1} == SHARED_2018
    assert members["municipality_code"].nunique() == 98


def test_the_2022_clusters_keep_the_marks_of_their_memberships(tables: dict[str, pd.DataFrame]) -> None:
    members = tables["cluster_members"].query("scheme == 'sundhedsklynger-2022'")
    assert members["cluster_id"].nunique() == 22
    assert members["evidence"].value_counts().to_dict() == {
        "sourced": 47,
        "carried_over_supported": 35,
        "inferred_strong": 17,
    }


def test_the_2027_councils_hold_every_municipality_once_and_show_two_conflicts(
    tables: dict[str, pd.DataFrame],
) -> None:
    members = tables["cluster_members"].query("scheme == 'sundhedsraad-2027'")
    assert members["cluster_id"].nunique() == 17
    assert len(members) == members["municipality_code"].nunique() == 98
    disputed = members[members["conflict"].notna()]
    assert set(disputed["municipality_code"]) == {"0410", "0530"}
    assert set(disputed["evidence"]) == {"sourced_conflict"}
    assert (members["evidence"] == "sourced_conflict").sum() == 2


def test_every_conflict_is_told_in_both_languages(tables: dict[str, pd.DataFrame]) -> None:
    members = tables["cluster_members"]
    assert members["conflict"].notna().sum() == 4
    assert (members["conflict"].notna() == members["conflict_da"].notna()).all()


def test_memberships_lie_within_the_days_of_their_scheme(tables: dict[str, pd.DataFrame]) -> None:
    days = tables["schemes"].set_index("scheme")
    for name in ("cluster_members", "hospital_clusters"):
        for row in some(tables[name].itertuples()):
            start, end = days.loc[row.scheme, ["valid_from", "valid_to"]]
            assert row.valid_from >= start, row
            assert pd.isna(end) or row.valid_to <= end, row


def test_clusters_of_one_region_have_names_of_their_own(tables: dict[str, pd.DataFrame]) -> None:
    clusters = tables["clusters"]
    assert not clusters.duplicated(["scheme", "region", "name"]).any()
    assert not clusters["name"].str.contains("samordningsforum|Samarbejdsfora|Sundhedsråd").any()
    assert set(clusters.groupby("scheme")["cluster_id"].size()) == {17, 22}


@pytest.mark.parametrize(
    ("day", "gone", "there"),
    [
        ("2018-12-31", "goedstrup", "herning"),
        ("2022-02-12", "goedstrup", "herning"),
        ("2022-02-13", "herning", "goedstrup"),
        ("2026-03-21", "aalborg-hospitalsbyen", "aalborg-syd"),
        ("2026-03-22", "aalborg-syd", "aalborg-hospitalsbyen"),
    ],
)
def test_acute_hospitals_are_21_on_every_day_of_change(
    tables: dict[str, pd.DataFrame], day: str, gone: str, there: str
) -> None:
    status = tables["hospital_status"]
    rows = status[in_force(status, pd.Timestamp(day).date())]
    acute = set(rows.loc[rows["status"] == "acute", "hospital_id"])
    assert len(acute) == 21
    assert there in acute
    assert gone not in acute
    assert rows["hospital_id"].is_unique


def test_hospital_clusters_of_2018_follow_the_paper(tables: dict[str, pd.DataFrame]) -> None:
    pairs = tables["hospital_clusters"].query("scheme == 'klynger-2018'")
    assert set(pairs.loc[pairs["hospital_id"] == "rigshospitalet", "cluster_id"]) == {"hst-byen", "hst-syd"}
    shared = pairs.loc[pairs["cluster_id"] == "sjl-naestved-ringsted-slagelse", "hospital_id"]
    assert {"naestved", "ringsted", "slagelse"} <= set(shared)
    status = tables["hospital_status"]
    acute = set(
        status.loc[
            in_force(status, pd.Timestamp("2018-12-31").date()) & (status["status"] == "acute"), "hospital_id"
        ]
    )
    with_acute = set(pairs.loc[pairs["hospital_id"].isin(acute), "cluster_id"])
    assert set(pairs["cluster_id"]) - with_acute == {"nor-syd"}
    assert set(pairs["cluster_id"]) == set(tables["clusters"].query("scheme == 'klynger-2018'")["cluster_id"])


def test_the_catalogue_holds_the_functions_of_the_vision_paper(tables: dict[str, pd.DataFrame]) -> None:
    functions = tables["functions"].set_index("function_id")
    assert functions["in_catalogue"].sum() == 31
    assert functions.loc[functions["part_of"].dropna(), "in_catalogue"].all()
    assert (functions["target_group"].notna() == functions["target_evidence"].notna()).all()
    assert (functions["target_group"].notna() == functions["target_group_da"].notna()).all()
    used = set(tables["house_functions"]["function_id"]) | set(tables["function_rates"]["function_id"])
    assert set(functions.index[~functions["in_catalogue"]]) <= used


def test_tenants_by_sector_follow_from_the_register(tables: dict[str, pd.DataFrame]) -> None:
    held = tables["house_functions"].query("status == 'present'").merge(tables["functions"], on="function_id")
    sectors = held.groupby("house_id")["sector"].value_counts().unstack(fill_value=0)
    assert sectors.loc["kolding-laasbyhoej"].to_dict() == {"municipality": 5, "private": 0, "region": 1}
    assert sectors.loc["haderslev", "private"] >= 1


def test_the_two_houses_of_the_presentation_have_their_figures(tables: dict[str, pd.DataFrame]) -> None:
    houses = tables["health_houses"].set_index("house_id")
    columns = ["floor_area_m2", "total_cost_mio_dkk", "regional_share_pct", "municipal_share_pct"]
    assert houses.loc["haderslev", columns].to_list() == [5200, 76, 40, 60]
    assert houses.loc["kolding-laasbyhoej", columns].to_list() == [6000, 50, 32, 68]
    assert houses.loc[["haderslev", "kolding-laasbyhoej"], "build_type"].to_list() == ["new", "renovated"]
    assert houses["total_cost_mio_dkk"].isna().sum() > 40


def test_links_rules_and_roads_are_complete(tables: dict[str, pd.DataFrame]) -> None:
    assert len(tables["links"]) == 86
    assert tables["links"]["kind"].value_counts().to_dict() == {
        "ferry": 50,
        "bridge": 28,
        "causeway": 4,
        "tunnel": 3,
        "tidal_road": 1,
    }
    roads = tables["main_roads"]
    assert len(roads) == 699
    chains = roads.sort_values(["route", "chain", "seq"]).groupby(["route", "chain"])
    assert (chains["seq"].apply(list) == chains.size().map(lambda n: list(range(1, n + 1)))).all()
    assert (chains["is_last"].last() & (chains["is_last"].sum() == 1)).all()
    rules = tables["rules"].set_index("rule_id")
    assert rules.loc["gp_choice_distance", "value"] == 15
    assert rules.loc["gp_choice_distance_capital", "area"] == "0101|0147|0155|0185"
    assert rules.loc["gp_closing_limit", "valid_to"] == pd.Timestamp("2025-07-01")


def test_general_practitioners_of_the_regions_add_up_to_the_country(tables: dict[str, pd.DataFrame]) -> None:
    supply = tables["gp_supply_region"].query("measure == 'gps' and year == 2020").set_index("area_type")
    assert supply.loc["region", "value"].sum() == supply.loc["country", "value"] == 3326
    shared_out = tables["gp_supply_municipality"].query("measure == 'gps_estimate_by_population'")
    assert shared_out["value"].sum() == pytest.approx(3326, abs=5)
    assert set(shared_out["precision"]) == {"modelled"}


@pytest.mark.parametrize("name", BUNDLED_TABLES)
def test_a_table_read_shuffled_and_written_again_is_the_same_table(name: str, tmp_path: Path) -> None:
    frame = load_table(name)
    shuffled = frame.sample(frac=1.0, random_state=7)
    path = tmp_path / "again.csv"
    shuffled.to_csv(path, index=False)
    again = load_table(name, path)
    key = list(BUNDLED[name].key)
    pd.testing.assert_frame_equal(
        again.sort_values(key, ignore_index=True), frame.sort_values(key, ignore_index=True)
    )


# Reading


def test_a_table_is_read_from_a_folder_or_from_a_file_of_any_name(tmp_path: Path) -> None:
    own = tmp_path / "mine.csv"
    shutil.copy(PATHS["rules"], own)
    pd.testing.assert_frame_equal(load_table("rules", own), load_table("rules"))


def test_columns_that_may_be_empty_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "hospital_status.csv"
    path.write_text("hospital_id,status,evidence,source,precision\nherning,acute,sourced,a paper,register\n")
    frame = load_table("hospital_status", path)
    assert list(frame.columns) == list(BUNDLED["hospital_status"].columns)
    assert frame.loc[0, ["valid_from", "valid_to", "note"]].isna().all()


def test_blanks_byte_order_mark_and_empty_last_rows_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "hospital_status.csv"
    text = (
        f"\ufeff {STATUS_HEADER.replace(',', ' , ')}\r\n{STATUS_ROW.replace(',', ' , ')}\r\n,,,,,,,\r\n\r\n"
    )
    path.write_bytes(text.encode())
    assert load_table("hospital_status", path).loc[0, "hospital_id"] == "herning"


def test_an_optional_table_is_read_like_the_others(tmp_path: Path) -> None:
    path = tmp_path / "praksis.csv"
    path.write_text(
        "practice_id,practice_cluster_id,name,lon,lat,source,precision\n"
        "012345,a1,Klynge A,12.5,55.6,own list,register\n"
    )
    assert load_table("practice_clusters", path).loc[0, "practice_id"] == "012345"


def test_a_name_with_markup_stays_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "hospital_status.csv"
    path.write_text(f'{STATUS_HEADER}\n{STATUS_ROW}"<script>alert(""1"")</script>"\n')
    assert load_table("hospital_status", path).loc[0, "note"] == '<script>alert("1")</script>'


# Files that are no tables

TABLE = "an Excel workbook (.xlsx) or a CSV file"
SAVE = "save it again as .xlsx in a spreadsheet program"


def test_a_missing_file_is_named_with_its_mend(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError) as caught:
        load_table("rules", tmp_path / "regler.csv")
    assert caught.value.text("en") == (
        f"{tmp_path / 'regler.csv'}\n    found: no such file\n    expected: {TABLE}\n"
        "    mend: correct the path, or put the file there"
    )
    assert "ret stien, eller læg filen der" in caught.value.text("da")


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "rules.csv").mkdir()
    with pytest.raises(MissingInputError, match="found: a folder"):
        load_table("rules", tmp_path)


@pytest.mark.parametrize("text", ["", " \n", "\ufeff", "\n\n\n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == [("", "an empty file", TABLE, "give a file with a header row and data")]


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    assert told(tmp_path, f"{STATUS_HEADER}\n,,,,,,,\n") == [
        ("", "no rows", "at least one row of data", "add rows, or leave the table out of the settings")
    ]


WRITTEN = pd.DataFrame(
    {
        "municipality_code": ["0101", "0751"],
        "name": ["København", "Aarhus"],
        "kind": "municipality",
        "region_2007": ["Region Hovedstaden", "Region Midtjylland"],
        "population": [638117, 352751],
        "population_date": "2021-01-01",
        "area_km2": [90.1, 468.25],
        "centroid_lon": [12.5523, 10.1],
        "centroid_lat": [55.67531, 56.15],
        "source": "a register",
        "precision": "register",
    }
)


def danish(sign: str = ";") -> str:
    """What Danish Excel makes of it: separators, decimal commas, days first, codes without zeros."""
    frame = WRITTEN.assign(municipality_code=["101", "751"], population_date="01-01-2021")
    return frame.to_csv(sep=sign, decimal=",", index=False)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_a_table_saved_by_danish_excel_is_read_as_the_plain_one(
    tmp_path: Path, sign: str, encoding: str
) -> None:
    plain, saved = tmp_path / "plain.csv", tmp_path / "saved.csv"
    WRITTEN.to_csv(plain, index=False)
    saved.write_bytes(danish(sign).encode(encoding))
    read = load_table("municipalities", saved)
    pd.testing.assert_frame_equal(read, load_table("municipalities", plain))
    assert read["municipality_code"].tolist() == ["0101", "0751"]
    assert read["centroid_lon"].tolist() == [12.5523, 10.1]


def test_a_sheet_of_a_workbook_is_read_as_the_plain_table(tmp_path: Path) -> None:
    plain, book = tmp_path / "plain.csv", tmp_path / "tables.xlsx"
    WRITTEN.to_csv(plain, index=False)
    sheet = WRITTEN.assign(
        municipality_code=[101, 751],
        population_date=pd.to_datetime(WRITTEN["population_date"]),
        population=WRITTEN["population"].astype(float),
    )
    with pd.ExcelWriter(book) as writer:
        pd.DataFrame({"note": ["read me"]}).to_excel(writer, sheet_name="About", index=False)
        sheet.to_excel(writer, sheet_name="Municipalities", index=False)
    pd.testing.assert_frame_equal(load_table("municipalities", book), load_table("municipalities", plain))
    assert refused(book, "rules") == [
        (
            "",
            "several sheets with data: About, Municipalities",
            "one sheet, or one called rules",
            "rename the sheet that is meant, or delete the others",
        )
    ]


def test_words_for_yes_and_no_are_read_as_spreadsheets_write_them(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    words = ["SAND", "falsk", "Ja", "nej", "true", "0"]
    rows = [dict(raw_rows("links")[0], link_id=f"l{n}", car_ferry=word) for n, word in enumerate(words)]
    pd.DataFrame(rows).to_csv(path, index=False)
    assert load_table("links", path)["car_ferry"].tolist() == [True, False, True, False, True, False]


def test_surplus_separators_at_the_end_of_rows_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "saved.csv"
    path.write_text(danish().replace("register\n", "register;;\n"), encoding="utf-8")
    assert load_table("municipalities", path)["precision"].tolist() == ["register", "register"]


def test_two_encodings_in_one_file_are_told_with_the_line(tmp_path: Path) -> None:
    sound, other = "herning,acute,,,sourced,på papir,register,\n", "koege,acute,,,sourced,Køge,register,"
    raw = f"{STATUS_HEADER}\n{sound}".encode() + other.encode("cp1252")
    assert told(tmp_path, raw) == [
        (
            "line 3",
            "text in no known or in two encodings: “koege,acute,,,sourced,Køge,register,”",
            TABLE,
            SAVE,
        )
    ]


@pytest.mark.parametrize(
    ("raw", "found", "mend"),
    [
        (b"PK\x03\x04rest", "a workbook that cannot be read", SAVE),
        (b"\xd0\xcf\x11\xe0rest", "an Excel workbook of the old kind (.xls)", SAVE),
        (b"SQLite\x00\x01", "binary data, not text", "give a CSV file"),
    ],
)
def test_other_kinds_of_file_are_recognised(tmp_path: Path, raw: bytes, found: str, mend: str) -> None:
    assert told(tmp_path, raw) == [("", found, TABLE, mend)]


def test_an_empty_row_above_the_header_is_told(tmp_path: Path) -> None:
    assert told(tmp_path, f"\n{STATUS_HEADER}\n{STATUS_ROW}\n") == [
        ("row 1", "an empty row", "the names of columns", "delete the empty rows above the header")
    ]


def test_a_cut_off_quote_is_told_with_its_row(tmp_path: Path) -> None:
    text = f'{STATUS_HEADER}\n{STATUS_ROW}\nkolding,acute,,,sourced,"a paper,register,\n'
    assert told(tmp_path, text) == [
        (
            "row 3",
            "quotes that are not closed, or that stand inside a cell; nothing was read from here on",
            "quotes around a whole cell, doubled where they stand inside it",
            "correct the quotes in this row",
        )
    ]


def test_empty_rows_and_rows_of_another_length_are_told_once_each(tmp_path: Path) -> None:
    text = f"{STATUS_HEADER}\n{STATUS_ROW}\n\n{STATUS_ROW},1,2\nkolding,acute\n"
    expected = "8 cells, as in the header"
    mend = "add the missing cells, or put quotes around a cell that holds the separator"
    assert told(tmp_path, text) == [
        ("row 3", "an empty row", "a row of data", "delete the row"),
        ("row 4", "10 cells", expected, mend),
        ("row 5", "2 cells", expected, mend),
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 400), cut=st.integers(0, 30), put=st.binary(max_size=6) | st.text(max_size=6))
def test_a_damaged_file_is_read_or_refused_with_faults_and_never_breaks_the_reader(
    tmp_path: Path, at: int, cut: int, put: bytes | str
) -> None:
    raw = PATHS["rules"].read_bytes()
    path = tmp_path / "rules.csv"
    path.write_bytes(raw[:at] + (put if isinstance(put, bytes) else put.encode()) + raw[at + cut :])
    faults: tuple[Fault, ...] = ()
    columns: list[str] = []
    try:
        columns = list(load_table("rules", path).columns)
    except InputError as error:
        faults = error.faults
    assert faults or columns == list(BUNDLED["rules"].columns)
    assert all(fault.source == str(path) and len(fault.text("da").splitlines()) >= 4 for fault in faults)


# Tables that break their contract


def test_missing_unknown_and_doubled_columns_are_told_together(tmp_path: Path) -> None:
    text = "hospital_id,statsu,valid_from,colour,source,source,precision\nherning,acute,,red,a,b,register\n"
    free = "columns of this table; not yet used: status, valid_to, evidence, note"
    assert told(tmp_path, text) == [
        (
            "row 1",
            "no column status",
            "the column status: role of the hospital in the period",
            "add the column; every row needs a value",
        ),
        (
            "row 1",
            "no column evidence",
            "the column evidence: how well the row is supported",
            "add the column; every row needs a value",
        ),
        ("row 1", "the column source 2 times", "each column once", "delete or rename all but one of them"),
        ("row 1", "an unknown column statsu", free, "rename the column to status, or delete it"),
        (
            "row 1",
            "an unknown column colour",
            free,
            "delete the column, or rename it to one of the expected columns",
        ),
    ]


MUNICIPALITY_HEADER = "municipality_code,name,kind,population,population_date,area_km2,centroid_lon,centroid_lat,source,precision"


@pytest.mark.parametrize(
    ("column", "cell", "expected", "mend"),
    [
        ("municipality_code", "DK0147", "four digits such as 0101", "correct the cell"),
        ("kind", "Municipality", "one of: municipality, state_island", "write municipality"),
        ("population", "103.677", "a whole number, such as 1200", "write 103677"),
        ("population", "103677.0", "a whole number, such as 1200", "write 103677"),
        ("population", "many", "a whole number, such as 1200", "correct the cell"),
        ("population", "-5", "a number of at least 0", "correct the number; the unit is people"),
        ("population", "9" * 30, "a whole number, such as 1200", "correct the cell"),
        ("population_date", "31-12-2018", "a day such as 2018-12-31", "write 2018-12-31"),
        ("population_date", "2018-02-30", "a day such as 2018-12-31", "correct the cell"),
        ("area_km2", "8,7", "a number with a decimal point, such as 12.5", "write 8.7"),
        ("area_km2", "1.234,5", "a number with a decimal point, such as 12.5", "write 1234.5"),
        ("area_km2", "nan", "a number with a decimal point, such as 12.5", "correct the cell"),
        ("area_km2", "1e999", "a number with a decimal point, such as 12.5", "correct the cell"),
        ("area_km2", "8.٣", "a number with a decimal point, such as 12.5", "correct the cell"),
        ("population", "١٢٣", "a whole number, such as 1200", "correct the cell"),
        ("population_date", "٢٠١٨-12-31", "a day such as 2018-12-31", "correct the cell"),
        ("municipality_code", "٠١٤٧", "four digits such as 0101", "correct the cell"),
        ("area_km2", "-1", "a number of at least 0", "correct the number; the unit is km²"),
        (
            "centroid_lon",
            "55.68",
            "a number from 7 to 16",
            "correct the coordinate; longitude and latitude may be exchanged",
        ),
        (
            "centroid_lat",
            "6173000",
            "a number from 54 to 58",
            "correct the number; the unit is degrees, WGS84",
        ),
        ("precision", "", "one of: measured, register, modelled, approximate", "fill in the cell"),
        ("source", " ", "text", "fill in the cell"),
        ("population", "", "a whole number, such as 1200", "fill in the cell"),
    ],
)
def test_a_wrong_cell_is_told_with_row_column_and_mend(
    tmp_path: Path, column: str, cell: str, expected: str, mend: str
) -> None:
    good = [
        "0147",
        "Frederiksberg",
        "municipality",
        "103677",
        "2021-01-01",
        "8.7",
        "12.52",
        "55.68",
        "a paper",
        "register",
    ]
    cells = dict(zip(MUNICIPALITY_HEADER.split(","), good, strict=True)) | {column: cell}
    stream = io.StringIO()
    csv.writer(stream).writerow(cells.values())
    text = f"{MUNICIPALITY_HEADER}\n{','.join(good).replace('0147', '0101')}\n{stream.getvalue()}"
    found = f"“{cell}”" if cell.strip() else "an empty cell"
    assert told(tmp_path, text, "municipalities") == [(f"row 3, column {column}", found, expected, mend)]


def test_faults_of_a_whole_table_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        f"{MUNICIPALITY_HEADER}\n"
        "1O1,København,municipality,x,2021-01-01,87,12.5,55.6,a paper,register\n"
        "0147,,municipality,1,01/02-2021,8.7,12.5,55.6,a paper,exact\n"
    )
    assert [where for where, *_ in told(tmp_path, text, "municipalities")] == [
        "row 2, column municipality_code",
        "row 2, column population",
        "row 3, column name",
        "row 3, column population_date",
        "row 3, column precision",
    ]


def test_a_fault_is_told_in_danish(tmp_path: Path) -> None:
    path = tmp_path / "status.csv"
    path.write_text(f"{STATUS_HEADER}\n{STATUS_ROW.replace('2022-02-13', '13-02-2022')}\n")
    with pytest.raises(TableError) as caught:
        load_table("hospital_status", path)
    assert caught.value.text("da") == (
        f"{path}: række 2, kolonne valid_to\n    fandt: »13-02-2022«\n"
        "    ventede: en dato, for eksempel 2018-12-31\n    løsning: skriv 2022-02-13"
    )


def test_a_doubled_key_is_told_with_both_rows(tmp_path: Path) -> None:
    text = f"{STATUS_HEADER}\n{STATUS_ROW}\nkolding,acute,,,sourced,a paper,register,\n"
    text += "kolding,closed,,,sourced,a paper,register,\n"
    (key, overlap) = told(tmp_path, text)
    assert key == (
        "row 4",
        "the same hospital_id, valid_from as row 3: kolding",
        "each combination of hospital_id, valid_from once",
        "delete one of the two rows, or correct it",
    )
    assert overlap[2] == "periods that do not overlap for one and the same hospital_id"


def test_periods_that_end_before_they_begin_or_overlap_are_told(tmp_path: Path) -> None:
    text = (
        f"{STATUS_HEADER}\n{STATUS_ROW}\n"
        "herning,closed,2022-02-12,,sourced,a paper,register,\n"
        "kolding,acute,2022-02-12,2022-02-12,sourced,a paper,register,\n"
    )
    assert told(tmp_path, text) == [
        (
            "row 3",
            "“valid_from = 2022-02-12, valid_to = , hospital_id = herning”",
            "periods that do not overlap for one and the same hospital_id",
            "let each period end on the day the next one begins",
        ),
        (
            "row 4",
            "“valid_to = 2022-02-12, valid_from = 2022-02-12”",
            "a day after valid_from",
            "correct one of the two days; valid_to is the first day no longer in force",
        ),
    ]


def test_many_rows_with_the_same_fault_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"h-{n},akut,,,sourced,a paper,register,\n" for n in range(MOST_ROWS + 1234))
    faults = told(tmp_path, f"{STATUS_HEADER}\n{rows}")
    assert len(faults) == MOST_ROWS + 1
    assert faults[-1] == (
        "column status",
        "1,234 more rows with the same fault",
        "one of: acute, non_acute, planned, closed",
        "write acute",
    )


# Tables that do not fit each other


def test_keys_that_stand_in_no_other_table_are_all_told(tables: dict[str, pd.DataFrame]) -> None:
    rules = tables["rules"].assign(area=["all", "0101|9999|8888", "all", "all"])
    status = tables["hospital_status"].replace({"hospital_id": {"kolding": "koldng"}})
    functions = tables["functions"].assign(
        part_of=lambda rows: rows["part_of"].mask(rows.index == 0, "no_such")
    )
    with pytest.raises(TableError) as caught:
        check_references(
            tables | {"rules": rules, "hospital_status": status, "functions": functions},
            {"hospital_status": Path("mine.csv")},
        )
    at = status.index[status["hospital_id"] == "koldng"][0] + 2
    towns, hospitals = PATHS["municipalities"], PATHS["hospitals"]
    mend = "correct it here, or add the row there"
    assert {
        (Path(f.source).name, str(f.where), str(f.found), str(f.expected), str(f.mend))
        for f in caught.value.faults
    } == {
        ("rules.csv", "row 3", "“area = 9999”", f"a row of {towns} with this municipality_code", mend),
        ("rules.csv", "row 3", "“area = 8888”", f"a row of {towns} with this municipality_code", mend),
        (
            "mine.csv",
            f"row {at}",
            "“hospital_id = koldng”",
            f"a row of {hospitals} with this hospital_id",
            mend,
        ),
        (
            "functions.csv",
            "row 2",
            "“part_of = no_such”",
            f"a row of {PATHS['functions']} with this function_id",
            mend,
        ),
    }


def test_a_cluster_of_another_scheme_is_no_match(tables: dict[str, pd.DataFrame]) -> None:
    members = tables["cluster_members"].assign(scheme="sundhedsraad-2027")
    with pytest.raises(TableError, match="scheme = sundhedsraad-2027, cluster_id = hst-nord") as caught:
        check_references(tables | {"cluster_members": members})
    assert str(caught.value.faults[-1].found).endswith("more rows with the same fault")


def test_references_to_tables_that_are_not_given_are_left_unchecked(tables: dict[str, pd.DataFrame]) -> None:
    assert check_references({"cluster_members": tables["cluster_members"]}) is None


def test_faults_of_several_tables_come_together(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{STATUS_HEADER}\n{STATUS_ROW.replace('acute', 'open')}\n")
    rules = PATHS["rules"].read_text(encoding="utf-8").replace("0101|", "9999|")
    (tmp_path / "b.csv").write_text(rules, encoding="utf-8")
    own = {
        "hospital_status": tmp_path / "a.csv",
        "rules": tmp_path / "b.csv",
        "hospitals": tmp_path / "none.csv",
    }
    with pytest.raises(InputError) as caught:
        load_tables(PATHS | own)
    told_files = [Path(fault.source).name for fault in caught.value.faults]
    assert sorted(told_files) == ["a.csv", "b.csv", "none.csv"]
