"""The catalogue of satellite functions: what stands in it, and what a broken one is told."""

import copy
import csv
import tomllib

import pytest

from pipeline.errors import MissingInputError, SettingsError
from pipeline.settings import PROJECT
from pipeline.sites.functions import FunctionCatalogue
from pipeline.sites.functions_file import FUNCTIONS_FILE, load_functions
from tests.found import some


@pytest.fixture(scope="module")
def catalogue() -> FunctionCatalogue:
    return load_functions()


def _toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(part)}" for key, part in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(value)


@pytest.fixture
def broken(tmp_path):
    """A writer of catalogues that differ from the shipped one."""
    shipped = tomllib.loads(FUNCTIONS_FILE.read_text(encoding="utf-8"))

    def write(change):
        raw = copy.deepcopy(shipped)
        change(raw)
        path = tmp_path / "functions.toml"
        path.write_text("\n".join(f"{key} = {_toml(part)}" for key, part in raw.items()), encoding="utf-8")
        return path

    return write


def test_the_ten_functions_planners_ask_for_are_there(catalogue):
    assert set(catalogue.ids) == {
        "blood_tests",
        "xray",
        "midwife",
        "outpatient_controls",
        "local_psychiatry",
        "emergency_clinic",
        "dialysis",
        "rehabilitation",
        "mammography",
        "telemedicine_room",
    }


def test_every_figure_is_marked_and_sourced_or_assumed(catalogue):
    for function in some(catalogue):
        for key, figure in some(function.figures.items()):
            assert figure.assumed or figure.source, (function.id, key)
            low, high = figure.range
            assert low <= figure.value <= high


def test_blood_tests_and_age_weights_say_that_they_are_assumptions(catalogue):
    assert catalogue.get("blood_tests").visits_per_1000.assumed
    weighted = [f for f in catalogue if f.target.age_weights]
    assert weighted
    sourced = {f.id for f in weighted if f.target.weights_evidence not in {"assumption", "memory"}}
    assert sourced == {"local_psychiatry"}


def test_today_s_functions_are_known_to_the_bundled_register(catalogue):
    with (PROJECT / "geodata" / "functions.csv").open(encoding="utf-8", newline="") as file:
        known = {row["function_id"] for row in csv.DictReader(file)}
    assert {name for function in catalogue for name in function.today.functions} <= known


def test_rates_agree_with_the_bundled_usage_table(catalogue):
    with (PROJECT / "geodata" / "function_rates.csv").open(encoding="utf-8", newline="") as file:
        rows = {
            (row["service"], row["indicator"], row["age_band"]): row["value"] for row in csv.DictReader(file)
        }
    for function_id, key in {
        "blood_tests": (
            "blood_tests",
            "ambulatory blood sampling at hospital or regional sampling sites",
            "all",
        ),
        "dialysis": ("dialysis", "in-centre sessions", "all"),
        "mammography": ("mammography", "screenings", "50-69"),
        "local_psychiatry": ("local_psychiatry", "ambulatory visits", "all"),
    }.items():
        found = [float(value) for known, value in rows.items() if known == key]
        assert catalogue.get(function_id).visits_per_1000.value in found, function_id


def test_heavy_equipment_is_named_for_xray(catalogue):
    assert catalogue.get("xray").equipment.weight == "heavy"
    assert catalogue.get("xray").equipment.evidence == "sourced"


def test_a_function_nobody_defined_is_told_with_the_known_names(catalogue):
    with pytest.raises(SettingsError, match=r"teleportation, which nobody has defined") as told:
        catalogue.get("teleportation", source="mine.csv")
    assert "blood_tests" in str(told.value)
    assert "mine.csv" in str(told.value)


def test_only_keeps_the_file_s_order(catalogue):
    assert catalogue.only(("xray", "blood_tests")).ids == ("blood_tests", "xray")
    with pytest.raises(SettingsError):
        catalogue.only(("blood_tests", "nothing"))


def test_an_unchanged_copy_reads_the_same(broken, catalogue):
    assert load_functions(broken(dict.copy)) == catalogue


def test_all_faults_of_the_types_come_at_once(broken):
    def change(raw):
        raw["function"][0]["hosts"] = ["church"]
        raw["function"][1]["visits_per_1000"]["value"] = -4
        raw["function"][2]["qualty"] = raw["function"][2].pop("quality")
        raw["guideline"]["shorter_min"]["evidence"] = "rumour"

    with pytest.raises(SettingsError) as told:
        load_functions(broken(change))
    wheres = {str(fault.where) for fault in told.value.faults}
    assert wheres >= {
        "function.0.hosts.0",
        "function.1.visits_per_1000.value",
        "function.2.quality",
        "function.2.qualty",
        "guideline.shorter_min.evidence",
    }
    assert "did you mean quality?" in str(told.value)


def test_all_faults_of_the_contents_come_at_once(broken):
    def change(raw):
        raw["function"][1]["id"] = "blood_tests"
        raw["function"][0]["visits_per_1000"]["high"] = 10
        raw["function"][6]["visits_per_1000"]["source"] = " "
        raw["function"][2]["target"]["from_age"] = 50
        raw["function"][3]["target"]["age_weights"][0]["to"] = 16
        raw["function"][4]["target"]["age_weights"] = [{"from": 0, "to": 109, "weight": 0}]
        raw["function"][5]["limit_min"]["low"] = 0
        raw["ages"]["bands"][3]["share"] = 0.3
        raw["ages"]["bands"][5]["from"] = 52

    with pytest.raises(SettingsError) as told:
        load_functions(broken(change))
    wheres = [str(fault.where) for fault in told.value.faults]
    for where in (
        "function.blood_tests",
        "function.blood_tests.visits_per_1000",
        "function.dialysis.visits_per_1000",
        "function.midwife.target",
        "function.outpatient_controls.target.age_weights",
        "function.local_psychiatry.target.age_weights",
        "function.emergency_clinic.limit_min",
        "ages.bands",
    ):
        assert where in wheres
    assert wheres.count("ages.bands") == 2
    assert len(wheres) == 9


def test_a_missing_or_unreadable_file_is_told(tmp_path):
    with pytest.raises(MissingInputError, match=r"config/functions\.toml"):
        load_functions(tmp_path / "none.toml")
    cut = tmp_path / "cut.toml"
    cut.write_text('[guideline\nname = "', encoding="utf-8")
    with pytest.raises(SettingsError, match="not valid TOML"):
        load_functions(cut)


def test_how_a_figure_was_reached_is_told_in_the_readers_language(catalogue: FunctionCatalogue) -> None:
    notes = [
        figure.note
        for function in catalogue
        for figure in function.figures.values()
        if figure.note is not None
    ]
    assert len(notes) > 30
    assert not [note.en for note in notes if note.da == note.en]


def test_one_text_stands_for_both_languages_and_an_empty_one_for_none(broken) -> None:
    def change(raw):
        raw["function"][0]["limit_min"] |= {"note": "egen vurdering", "source": " "}

    limit = next(iter(load_functions(broken(change)))).limit_min
    assert limit.note is not None
    assert limit.note.text("da") == limit.note.text("en") == "egen vurdering"
    assert limit.source is None
