"""What-if scenarios: read, put into effect, and told apart from today value by value."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from pipeline.errors import MissingInputError, SettingsError, TableError
from pipeline.roads.model import RoadClass
from pipeline.scenarios import RoadClassName, Scenario
from pipeline.scenarios.apply import apply_scenario
from pipeline.scenarios.diff import COLUMNS, differences, table_difference
from pipeline.scenarios.file import load_scenario, road_state, together
from pipeline.settings import PROJECT
from pipeline.sites import supply_sites
from pipeline.sites.functions_file import load_functions
from pipeline.tables import load_table
from tests.toys import SIDE, SOUTH, WEST, toy_areas

FUNCTIONS = load_functions()
EXAMPLE = PROJECT / "config" / "scenario-example.toml"


def lonlat(column, row):
    """Degrees of a point inside a toy municipality."""
    point = gpd.GeoSeries([shapely.Point(WEST + SIDE * column, SOUTH + SIDE * row)], crs="EPSG:25832").to_crs(
        "EPSG:4326"
    )
    return (float(point.x.iloc[0]), float(point.y.iloc[0]))


@pytest.fixture
def frames():
    facilities = gpd.GeoDataFrame(
        {
            "facility_id": ["hospital-h1", "house-s1", "house-s2"],
            "register_id": ["h1", "s1", "s2"],
            "kind": ["hospital", "health_house", "health_house"],
            "name": ["Hospital", "House", "Other"],
            "role": ["acute", "open", "open"],
            "municipality_code": ["0101", "0102", "0103"],
            "snapped_m": [0.0, 0.0, 0.0],
            "status": "ok",
            "source": "register",
        },
        geometry=gpd.points_from_xy([WEST + 5000, WEST + 15000, WEST + 25000], [SOUTH + 5000] * 3),
        crs="EPSG:25832",
    )
    house_functions = pd.DataFrame(
        {
            "house_id": ["s1", "s1", "s2"],
            "function_id": ["xray", "midwife", "xray"],
            "status": "present",
            "evidence": "sourced",
            "source": "register",
        }
    )
    practices = pd.DataFrame({"practice_id": ["p1", "p2", "p3"], "provider": ["007", "007", "008"]})
    demand = gpd.GeoDataFrame(
        {
            "demand_id": ["a", "b", "c"],
            "municipality_code": ["0101", "0101", "0102"],
            "weight": [10.0, 30.0, 60.0],
            "people_0_64": [5.0, 20.0, 40.0],
            "people_65_plus": [5.0, 10.0, 20.0],
        },
        geometry=[shapely.Point(WEST, SOUTH)] * 3,
        crs="EPSG:25832",
    )
    return {
        "facilities": facilities,
        "house_functions": house_functions,
        "practices": practices,
        "demand": demand,
        "municipalities": toy_areas(),
    }


def scenario(**changes):
    return Scenario.model_validate({"id": "test", "title": "Test", **changes})


def apply(frames, **changes):
    return apply_scenario(scenario(**changes), frames, FUNCTIONS)


def test_the_example_is_read_and_fits_the_bundled_tables(tmp_path):
    example = load_scenario(EXAMPLE)
    houses, links = load_table("health_houses"), load_table("links")
    assert {change.facility for change in (*example.close, *example.move)} <= set(houses["house_id"])
    assert {change.link for change in example.close_link} <= set(links["name"])
    assert example.changes_roads
    assert example.changes_something


def test_the_road_state_says_what_the_scenario_says():
    state = road_state(load_scenario(EXAMPLE))
    assert state.speed_factor == 0.95
    assert dict(state.class_factors) == {RoadClass.MOTORWAY: 0.95}
    assert state.closed == ("Kalundborg-Samsø (Ballen)",)
    link = state.opened[0]
    assert link.seconds == 35 * 60
    assert link.length_m == 60_000
    assert 560_000 < link.start_xy[0] < 600_000
    assert not link.ferry
    plain = road_state(scenario(population={"factor": 1.1}))
    assert plain.class_factors is None
    assert plain.speed_factor == 1.0


def test_road_classes_have_the_network_s_names():
    assert set(RoadClassName.__args__) == {road_class.name.lower() for road_class in RoadClass}


def test_a_new_house_gets_its_functions_and_municipality(frames):
    after = apply(
        frames,
        open=[{"name": "Nyt Hus", "at": lonlat(1.5, 1.5), "functions": ["blood_tests", "rehabilitation"]}],
    )
    new = after["facilities"].iloc[-1]
    assert (new["facility_id"], new["role"], new["municipality_code"]) == (
        "house-new-nyt-hus",
        "open",
        "0105",
    )
    assert new.geometry.x == pytest.approx(WEST + 1.5 * SIDE, abs=0.5)
    held = after["house_functions"]
    assert held.loc[held["house_id"] == "new-nyt-hus", "function_id"].tolist() == [
        "blood_tests",
        "training_rehabilitation",
    ]
    _, pairs = supply_sites(
        FUNCTIONS,
        after["facilities"],
        held,
        pd.DataFrame({"municipality_code": [], "seat": [], "seat_lon": [], "seat_lat": []}),
    )
    offered = pairs.loc[pairs["supply_id"] == "house-new-nyt-hus", "function_id"].tolist()
    assert offered == ["blood_tests", "rehabilitation"]
    assert len(frames["facilities"]) == 3
    assert len(frames["house_functions"]) == 3


def test_two_new_places_of_one_name_have_two_ids(frames):
    twice = [
        {"name": "Hus", "at": lonlat(0.5, 0.5)},
        {"name": "Hus", "at": lonlat(2.5, 0.5), "kind": "acute_hospital"},
    ]
    after = apply(frames, open=twice)["facilities"]
    assert after["facility_id"].tolist()[-2:] == ["house-new-hus", "hospital-new-hus-2"]
    assert after["role"].tolist()[-1] == "acute"
    assert after["kind"].tolist()[-1] == "hospital"


def test_closing_a_house_or_a_function_of_it(frames):
    after = apply(frames, close=[{"facility": "s1"}])
    assert after["facilities"].set_index("register_id").loc["s1", "role"] == "closed"
    assert (after["house_functions"].query("house_id == 's1'")["status"] == "past").all()
    some = apply(frames, close=[{"facility": "s1", "functions": ["xray"]}])
    assert some["facilities"]["role"].tolist() == ["acute", "open", "open"]
    assert some["house_functions"]["status"].tolist() == ["past", "present", "present"]
    assert frames["house_functions"]["status"].tolist() == ["present"] * 3


def test_an_id_that_two_places_share_must_be_told_apart(frames):
    frames["facilities"].loc[0, ["facility_id", "register_id"]] = ["hospital-s1", "s1"]
    with pytest.raises(SettingsError, match="hospital-s1, house-s1"):
        apply(frames, close=[{"facility": "s1"}])
    after = apply(frames, close=[{"facility": "hospital-s1"}])
    assert after["facilities"]["role"].tolist() == ["closed", "open", "open"]
    assert (after["house_functions"]["status"] == "present").all()


def test_moving_a_place_takes_it_to_its_new_municipality(frames):
    after = apply(frames, move=[{"facility": "h1", "to": lonlat(2.5, 1.5)}])["facilities"]
    assert after.set_index("register_id").loc["h1", "municipality_code"] == "0106"
    assert after.geometry.iloc[1].equals(frames["facilities"].geometry.iloc[1])


def test_closing_a_practice_closes_all_its_sites(frames):
    assert apply(frames, close_practice=[{"practice": "007"}])["practices"]["practice_id"].tolist() == ["p3"]
    assert apply(frames, close_practice=[{"practice": "p1"}])["practices"]["practice_id"].tolist() == [
        "p2",
        "p3",
    ]


def test_people_are_scaled_and_bands_keep_their_mix(frames, tmp_path):
    file = tmp_path / "folk.csv"
    file.write_text("municipality_code;population\n101;80\n", encoding="utf-8")
    change = {"year": 2040, "factor": 1.5, "file": file, "municipalities": {}}
    demand = apply(frames, population=change)["demand"]
    assert demand["weight"].tolist() == pytest.approx([20, 60, 90])
    assert (demand["people_0_64"] + demand["people_65_plus"]).tolist() == pytest.approx(
        demand["weight"].tolist()
    )
    single = apply(frames, population={**change, "municipalities": {"0101": 0.5}})["demand"]
    assert single["weight"].tolist() == pytest.approx([5, 15, 90])


def test_the_table_of_municipalities_grows_with_the_points(frames, tmp_path):
    towns = pd.DataFrame({"municipality_code": ["0101", "0102", "0411"], "population": [40, 60, 7]})
    file = tmp_path / "folk.csv"
    file.write_text("Kommunekode;Folketal\n101;81\n", encoding="utf-8")
    change = {"file": file, "factor": 1.51}
    after = apply({**frames, "towns": towns}, population=change)
    assert after["towns"]["population"].tolist() == [81, 91, 11]
    assert after["demand"]["weight"].tolist() == pytest.approx([20.25, 60.75, 91])
    assert apply({**frames, "towns": towns}, close_practice=[{"practice": "008"}])["towns"] is towns


def test_a_municipality_twice_in_the_population_file_is_told_with_its_row(frames, tmp_path):
    file = tmp_path / "folk.csv"
    file.write_text("kommunekode,folketal\n0101,5\n0102,6\n101,7\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="row 4, column kommunekode") as told:
        apply(frames, population={"file": file})
    assert len(told.value.faults) == 1
    file.write_text("kommunekode,antal\n0101,5\n", encoding="utf-8")
    with pytest.raises(TableError, match="a column population / people / folketal"):
        apply(frames, population={"file": file})


def test_nothing_else_is_touched(frames):
    after = apply(frames, close_practice=[{"practice": "008"}])
    for name in ("facilities", "house_functions", "demand", "municipalities"):
        assert after[name] is frames[name]


def test_every_fault_of_a_scenario_comes_at_once(frames, tmp_path):
    file = tmp_path / "folk.csv"
    file.write_text("municipality_code,population\n0999,5\n0101,many\n", encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        apply_scenario(
            scenario(
                open=[{"name": "X", "at": lonlat(0.5, 0.5), "functions": ["teleportation"]}],
                close=[
                    {"facility": "s3"},
                    {"facility": "h1", "functions": ["xray"]},
                    {"facility": "s2", "functions": ["midwife"]},
                ],
                move=[{"facility": "nowhere", "to": lonlat(0.5, 0.5)}],
                close_practice=[{"practice": "999"}],
                population={"file": file, "municipalities": {"0998": 2.0}},
            ),
            frames,
            FUNCTIONS,
            source="mine.toml",
        )
    text = str(told.value)
    assert len(told.value.faults) == 9
    for part in (
        "close.0.facility",
        "close.1.functions",
        "does not have the function midwife",
        "move.0.facility",
        "open.0.functions",
        "999",
        "0999",
        "0998",
        "mine.toml",
    ):
        assert part in text


def test_a_frame_that_is_missing_is_told(frames):
    with pytest.raises(SettingsError, match="no frame practices"):
        apply_scenario(scenario(close_practice=[{"practice": "x"}]), {"demand": frames["demand"]}, FUNCTIONS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('id = "a"\ntitle = "b"\n', "changes nothing"),
        ('id = "A b"\ntitle = "b"\n[speeds]\nall = 0.9\n', "id"),
        ('id = "a"\ntitle = "b"\n[speeds]\nall = 0\n', "speeds.all"),
        ('id = "a"\ntitle = "b"\n[speeds.classes]\nrunway = 2\n', "speeds.classes.runway"),
        ('id = "a"\ntitle = "b"\n[[opne]]\nname = "x"\n', "did you mean open"),
        ('id = "a"\ntitle = "b"\n[[open]]\nname = "x"\nat = [200, 95]\n', "open.0.at.0"),
        ('id = "a"\ntitle = "b"\n[population.municipalities]\nkoebenhavn = 2\n', "koebenhavn"),
        ('id = "a\n', "not valid TOML"),
    ],
)
def test_a_broken_file_is_told_with_key_and_mend(tmp_path, text, said):
    path = tmp_path / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        load_scenario(path)
    assert said in str(told.value)


def test_a_missing_population_file_is_told(tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text('id = "a"\ntitle = "b"\n[population]\nfile = "none.csv"\n', encoding="utf-8")
    with pytest.raises(MissingInputError, match=r"none\.csv"):
        load_scenario(path)
    (tmp_path / "none.csv").write_text("municipality_code,population\n0101,5\n", encoding="utf-8")
    assert load_scenario(path).population.file == tmp_path / "none.csv"


def test_scenarios_to_compare_need_ids_of_their_own():
    together([scenario(), Scenario(id="other", title="Other")])
    with pytest.raises(SettingsError, match="the same id twice"):
        together([scenario(), scenario()])


def test_a_difference_lists_what_came_went_and_changed():
    before = pd.DataFrame(
        {"id": ["a", "b", "c"], "minutes": [10.0, 20.0, np.nan], "name": ["A", "B", "C"], "note": "x"}
    )
    after = pd.DataFrame(
        {"id": ["b", "c", "d"], "minutes": [25.0, np.nan, 5.0], "name": ["B", "Z", "D"], "note": "y"}
    )
    found = table_difference(before, after, ["id"])
    assert list(found.columns) == ["id", *COLUMNS]
    assert found[["id", "row", "column"]].to_numpy().tolist() == [
        ["b", "changed", "minutes"],
        ["c", "changed", "name"],
        ["d", "added", ""],
        ["d", "added", "minutes"],
        ["d", "added", "name"],
        ["a", "removed", ""],
        ["a", "removed", "minutes"],
        ["a", "removed", "name"],
    ]
    assert found.loc[3, "after"] == 5.0
    assert found.loc[3, "before"] is None
    assert found.loc[7, ["before", "after"]].tolist() == ["A", None]
    assert found.loc[0, ["before", "after", "change"]].tolist() == [20.0, 25.0, 5.0]
    assert found.loc[1, ["before", "after"]].tolist() == ["C", "Z"]
    assert np.isnan(found.loc[1, "change"])


def test_a_change_is_not_told_as_a_change_of_itself():
    before = pd.DataFrame({"id": ["a"], "people_any": [5.0], "people_any_change": [np.nan]})
    same = before.assign(people_any_change=0.0)
    assert table_difference(before, same, ["id"]).empty


def test_equal_tables_have_no_difference():
    table = pd.DataFrame({"id": ["a", "b"], "x": [1, 2], "ok": [True, False], "t": ["p", None]})
    assert table_difference(table, table.copy(), ["id"]).empty
    nearly = table.assign(x=table["x"] * (1 + 1e-12))
    assert table_difference(table, nearly, ["id"]).empty
    flipped = table_difference(table, table.assign(ok=[True, True]), ["id"])
    assert flipped["column"].tolist() == ["ok"]


def test_a_key_that_is_not_unique_is_refused():
    table = pd.DataFrame({"id": ["a", "a"], "x": [1, 2]})
    with pytest.raises(ValueError, match="not unique"):
        table_difference(table, table, ["id"])


def test_differences_of_several_tables():
    one = {"t": pd.DataFrame({"id": [1], "x": [1.0]}), "only": pd.DataFrame({"id": [1]})}
    two = {"t": pd.DataFrame({"id": [1], "x": [2.0]})}
    found = differences(one, two, {"t": ["id"], "only": ["id"]})
    assert list(found) == ["t"]
    assert found["t"]["change"].tolist() == [1.0]
    assert differences(two, two, {"t": ["id"]})["t"].empty


def test_places_that_lie_nowhere_and_places_changed_twice_are_told(frames):
    with pytest.raises(SettingsError) as told:
        apply(
            frames,
            open=[{"name": "Sea", "at": [11.5, 57.9]}, {"name": "Exchanged", "at": [55.7, 12.5]}],
            close=[{"facility": "s1"}, {"facility": "s1", "functions": ["xray"]}, {"facility": "s1"}],
            move=[{"facility": "s1", "to": lonlat(1, 0.5)}, {"facility": "s2", "to": [2.3, 48.9]}],
        )
    assert [str(fault.where) for fault in told.value.faults] == [
        "close.2.facility",
        "move.0.facility",
        "move.1.to",
        "open.0.at",
        "open.1.at",
    ]
    assert "no land of the study area at 55.7, 12.5" in str(told.value)


def test_a_municipality_s_code_needs_no_zero():
    change = scenario(population={"municipalities": {"101": 2.0}})
    assert change.population.municipalities == {"0101": 2.0}
