"""The register's page: names as text, blanks as not stated, the same bytes every time, nothing fetched."""

import dataclasses
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from maps.naming import Names
from maps.pages.house_matrix import Register, cluster_matrices, house_matrix
from maps.pages.house_profiles import default_pair, fact_table, pieces, profile_data
from maps.pages.houses_page import houses_page
from maps.web.parts import Link
from maps.web.selfcontained import digest
from pipeline.clusters.houses import functions_by_house, with_broader_functions
from pipeline.study_result import StudyResult
from tests.found import some
from tests.house_toys import bundled_register, toy_register
from tests.page_toys import IMAGE, QUOTES, SCRIPT
from tests.test_page import FETCHING, Reader

ROOT = Path(__file__).resolve().parents[1]
LINKS = (Link("Klynger", "clusters.html"), Link("Huse", "houses.html"))


@pytest.fixture(scope="module")
def study() -> StudyResult:
    return toy_register()


@pytest.fixture(scope="module")
def html(study: StudyResult) -> str:
    return houses_page(study, links=LINKS)


@pytest.fixture(scope="module")
def bundled() -> StudyResult:
    return bundled_register()


def _register(study: StudyResult) -> Register:
    return Register(Names(study, study.settings.study.language))


def _data(html: str) -> dict[str, object]:
    (block,) = (text for _, attrs, text in Reader(html).blocks if attrs.get("id") == "houses-data")
    found = json.loads(block)
    assert isinstance(found, dict)
    return found


def test_hostile_names_never_become_markup(html: str) -> None:
    reader = Reader(html)
    assert "<img src=x" not in html
    assert "alert(2)</script>" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert not reader.all_of("img")
    for text in (IMAGE, SCRIPT, "Hjerte <b>", "avisen <i>; "):
        assert text in reader.words
    assert _data(html)["houses"]["one"]["name"] == IMAGE
    assert _data(html)["houses"]["one"]["facts"]["owner_note"] == QUOTES


def test_no_tag_carries_code_or_style(html: str) -> None:
    for _, attrs in some(Reader(html).tags):
        assert not [name for name in attrs if name == "style" or name.startswith("on")]


def test_nothing_is_fetched_and_the_policy_admits_the_blocks_of_the_page_only(html: str) -> None:
    reader = Reader(html)
    for tag, attrs in reader.tags:
        assert not [name for name in attrs if name in FETCHING], tag
    policy = next(a["content"] for a in reader.all_of("meta") if a.get("http-equiv"))
    styles = [text for kind, _, text in reader.blocks if kind == "style"]
    scripts = [text for kind, attrs, text in reader.blocks if kind == "script" and "type" not in attrs]
    assert len(styles) == len(scripts) == 1
    assert f"script-src {digest(scripts[0])};" in policy
    assert f"style-src {digest(styles[0])};" in policy
    assert "connect-src 'none'" in policy


def test_the_same_register_gives_the_same_bytes_in_another_process(html: str) -> None:
    code = (
        "import hashlib; from tests.test_houses_page import *;"
        "print(hashlib.sha256(houses_page(toy_register(), links=LINKS).encode()).hexdigest())"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == hashlib.sha256(html.encode()).hexdigest()


def test_the_order_of_the_tables_rows_does_not_matter(study: StudyResult, html: str) -> None:
    turned = dataclasses.replace(
        study,
        houses=study.houses.iloc[::-1],
        house_functions=study.house_functions.iloc[::-1],
        facility_clusters=study.facility_clusters.iloc[::-1],
        facilities=study.facilities.iloc[::-1],
    )
    before, after = (Reader(houses_page(s, links=LINKS)).words for s in (study, turned))
    assert before == after
    assert _data(houses_page(turned, links=LINKS)) == _data(html)


@pytest.mark.parametrize(
    ("lang", "title", "blank"),
    [("da", "Register over sundhedshuse", "ikke oplyst"), ("en", "Register of health houses", "not stated")],
)
def test_the_page_speaks_the_studys_language(lang: str, title: str, blank: str) -> None:
    html = houses_page(toy_register(lang), links=LINKS)
    reader = Reader(html)
    assert reader.all_of("html")[0]["lang"] == lang
    assert f"<title>{title} – " in html
    assert blank in reader.words
    other = "not stated" if lang == "da" else "ikke oplyst"
    assert other not in reader.words
    assert other not in json.dumps(_data(html), ensure_ascii=False)
    assert len(reader.all_of("h1")) == len(reader.all_of("main")) == 1
    ids = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_blanks_are_told_as_not_stated_and_never_as_no(study: StudyResult, html: str) -> None:
    rows = {row.key: row for row in house_matrix(_register(study)).rows}
    assert {cell.state for cell in rows["two"].cells} == {""}
    assert {cell.text for cell in rows["two"].cells} == {"ikke oplyst"}
    words = Reader(html).words
    assert "tomt: ikke oplyst – ikke det samme som “nej”" in words
    assert "Et tomt felt betyder, at ingen kilde oplyser det – ikke at huset mangler det." in words
    _, facts = fact_table(_register(study))
    (two,) = (row for row in facts if row.key == "two")
    assert [cell.text for cell in two.cells if cell.text] == ["oplyst i en kilde"]


def test_marks_tell_their_evidence_and_the_sources_word(study: StudyResult) -> None:
    matrix = house_matrix(_register(study))
    place = {column.key: i for i, column in enumerate(matrix.columns)}
    rows = {row.key: row for row in matrix.rows}
    one, three = rows["one"].cells, rows["three"].cells
    assert one[place["blood"]].text == "findes i huset"
    assert one[place["blood"]].hint == "findes i huset; i kilden: blodprøver"
    assert (one[place["heart"]].weak, one[place["heart"]].text) == (True, "findes i huset (udledt)")
    assert one[place["clinics"]].text == "findes i huset: Hjerte <b>"
    assert one[place["jobs"]].state == "planned"
    assert three[place["blood"]].state == "past"
    assert (rows["one"].count, rows["one"].planned, rows["three"].count) == (3, 1, 0)


def test_columns_stand_by_sector_and_catalogue_and_leave_out_what_no_house_names(study: StudyResult) -> None:
    matrix = house_matrix(_register(study))
    assert [column.key for column in matrix.columns] == [
        "blood",
        "clinics",
        "midwife",
        "heart",
        "jobs",
        "dentist",
    ]
    told = [(group.title, group.span, group.extra) for group in matrix.groups]
    assert told == [
        ("Regional", 3, False),
        ("Regional, uden for kataloget", 1, True),
        ("Kommunal, uden for kataloget", 1, True),
        ("Privat", 1, False),
    ]


def test_the_matrix_holds_exactly_the_register(bundled: StudyResult) -> None:
    matrix = house_matrix(_register(bundled))
    stated = functions_by_house(bundled.houses, bundled.house_functions, bundled.functions)
    counted = with_broader_functions(bundled.house_functions, bundled.functions)
    counted = counted.set_index(["house_id", "function_id"])["status"]
    assert [row.key for row in matrix.rows] == [*dict.fromkeys(row.key for row in matrix.rows)]
    assert {row.key for row in matrix.rows} == set(bundled.houses["house_id"])
    named = set(bundled.house_functions["function_id"])
    catalogue = set(bundled.functions.loc[bundled.functions["in_catalogue"], "function_id"])
    assert {column.key for column in matrix.columns} == named | catalogue
    for row in matrix.rows:
        for column, cell in zip(matrix.columns, row.cells, strict=True):
            assert cell.state == counted.get((row.key, column.key), "")
            if stated.loc[row.key, column.key]:
                assert cell.state
    for i, column in enumerate(matrix.columns):
        held = counted[counted == "present"]
        assert matrix.totals[i] == (held.index.get_level_values("function_id") == column.key).sum()


def test_the_cluster_matrices_hold_exactly_what_the_study_found(bundled: StudyResult) -> None:
    matrices = cluster_matrices(_register(bundled))
    assert list(matrices) == ["a", "b"]
    known = bundled.cluster_functions.set_index(["scheme", "cluster_id", "function_id"])
    told = 0
    for scheme, matrix in matrices.items():
        assert not [column for column in matrix.columns if column.extra]
        for row in matrix.rows:
            for column, cell in zip(matrix.columns, row.cells, strict=True):
                found = known.loc[(scheme, row.key, column.key)]
                assert cell.state == {"not_stated": ""}.get(found["status"], found["status"])
                if cell.state:
                    assert int(cell.shown) == found["houses" if cell.state == "present" else "planned"]
                told += 1
            assert row.count == sum(cell.state == "present" for cell in row.cells)
    assert told == len(known)


def test_a_house_in_two_clusters_counts_in_both(study: StudyResult) -> None:
    matrix = cluster_matrices(_register(study))["a"]
    place = [column.key for column in matrix.columns].index("midwife")
    assert {row.key: row.cells[place].state for row in matrix.rows} == {"east": "planned", "west": "planned"}
    assert _data(houses_page(study))["houses"]["three"]["clusters"] == {"a": ["east", "west"], "b": ["oest"]}


def test_every_mark_of_the_matrices_is_in_the_page(bundled: StudyResult) -> None:
    html = houses_page(bundled)
    register = _register(bundled)
    matrices = [house_matrix(register), *cluster_matrices(register).values()]
    for state in ("present", "planned", "past"):
        expected = sum(cell.state == state for m in matrices for row in m.rows for cell in row.cells)
        assert len(re.findall(rf'<td class="{state}[ "]', html)) == expected > 0


def test_each_heading_tells_for_how_many_houses_it_is_stated(study: StudyResult) -> None:
    columns, rows = fact_table(_register(study))
    for place, column in enumerate(columns):
        assert column.known == f"{sum(bool(row.cells[place].text) for row in rows)} af 3"
    assert {column.title: column.known for column in columns}["Ejer"] == "2 af 3"


def test_sources_are_cut_into_text_and_addresses() -> None:
    told = pieces("avis; https://a.example/x?y=1 ; (http://b.example/z). javascript:alert(1) slut")
    assert told == (
        ("avis; ", False),
        ("https://a.example/x?y=1", True),
        (" ; (", False),
        ("http://b.example/z", True),
        ("). javascript:alert(1) slut", False),
    )
    assert "".join(text for text, _ in told).startswith("avis; https")


def test_addresses_in_sources_are_links_that_tell_nobody_where_from(html: str) -> None:
    links = [a for a in Reader(html).all_of("a") if str(a["href"]).startswith("https://example.org/hus")]
    assert [(a["href"], a["rel"]) for a in links] == [
        ("https://example.org/hus?a=1&b=2", "noopener noreferrer")
    ]


def test_the_pair_of_the_presentation_is_compared_first(bundled: StudyResult, study: StudyResult) -> None:
    assert default_pair(_register(bundled)) == ("haderslev", "kolding-laasbyhoej")
    assert default_pair(_register(study)) == ("one", "three")


def test_a_house_leads_to_the_map_only_where_there_is_one(study: StudyResult, html: str) -> None:
    assert _data(html)["map"] == "clusters.html"
    assert _data(houses_page(study))["map"] == ""
    assert _data(html)["houses"]["one"]["feature"] == "facility:house-one"


@pytest.mark.parametrize("count", [0, 1])
def test_a_register_with_hardly_anything_still_makes_a_page(study: StudyResult, count: int) -> None:
    houses = study.houses.iloc[:count]
    held = study.house_functions[study.house_functions["house_id"].isin(houses["house_id"])]
    pairs = study.facility_clusters
    pairs = pairs[pairs["facility_id"].isin("house-" + houses["house_id"])]
    small = dataclasses.replace(study, houses=houses, house_functions=held, facility_clusters=pairs)
    html = houses_page(small)
    assert "Registret rummer færre end to huse" in html
    assert len(profile_data(_register(small))["houses"]) == count


def test_every_reference_of_the_data_leads_somewhere(bundled: StudyResult) -> None:
    data = _data(houses_page(bundled))
    functions, groups = data["functions"], data["groups"]
    for cells in [*data["cells"].values(), *data["broader"].values()]:
        assert set(cells) <= set(functions)
    assert set(data["cells"]) <= set(data["houses"])
    assert {code for function in functions.values() for code in function["groups"]} <= set(groups)
    assert {function["sector"] for function in functions.values()} <= set(data["sectors"])
    for house in data["houses"].values():
        for scheme, ids in house["clusters"].items():
            assert set(ids) <= set(data["clusters"][scheme])
            assert {data["clusters"][scheme][i]["region"] for i in ids} == set(house["regions"][scheme])
    shown = {row["key"] for part in data["facts"] for row in part["rows"]}
    told = {key for house in data["houses"].values() for key in house["facts"]}
    assert told - {"evidence"} <= shown
