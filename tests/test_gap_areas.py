import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from pipeline.coverage import coverage
from pipeline.coverage.gap_areas import NO_GAP, find_gaps
from pipeline.coverage.gap_names import compass, gap_name, name_gaps
from pipeline.coverage.gap_table import KINDS, Judgement, Surroundings, gap_table
from pipeline.messages import translator
from pipeline.settings.coverage import CoverageSettings, GapSettings
from tests.coverage_toys import DAY, demand_frame, practice_frame, reach_of, settings_of

X, Y = 500_000.0, 6_200_000.0
KM = 1000.0
TOWNS = pd.DataFrame(
    {"geonameid": [], "name": [], "lon": [], "lat": [], "population": pd.array([], dtype="Int64")}
)


def land(*boxes, codes=None):
    shapes = [box(X + a * KM, Y + b * KM, X + c * KM, Y + d * KM) for a, b, c, d in boxes]
    codes = codes or [f"07{51 + i}" for i in range(len(boxes))]
    return gpd.GeoDataFrame(
        {"municipality_code": codes, "name": [f"Kommune {c}" for c in codes]},
        geometry=shapes,
        crs="EPSG:25832",
    )


def grid(columns, rows, codes="0751", step=2.0):
    """Points in the middles of a grid of cells."""
    xy = [(X + (i + 0.5) * step * KM, Y + (j + 0.5) * step * KM) for j in range(rows) for i in range(columns)]
    n = len(xy)
    return demand_frame([10.0] * n, [codes] * n if isinstance(codes, str) else codes, np.array(xy))


def flags(demand, hit):
    return pd.Series([i in hit for i in range(len(demand))], index=demand.index)


def towns(*places):
    spots = gpd.GeoSeries([Point(X + x * KM, Y + y * KM) for _, x, y, _ in places], crs="EPSG:25832").to_crs(
        "EPSG:4326"
    )
    return pd.DataFrame(
        {
            "geonameid": range(len(places)),
            "name": [name for name, *_ in places],
            "lon": spots.x,
            "lat": spots.y,
            "population": pd.array([size for *_, size in places], dtype="Int64"),
            "municipality_code": "0751",
        }
    )


def test_neighbours_merge_and_separate_groups_do_not():
    demand = grid(6, 1)
    found = find_gaps(demand, flags(demand, {0, 1, 4}), land((0, 0, 12, 2)), GapSettings())
    assert found.member[0] == found.member[1] != found.member[4]
    assert found.member[[2, 3, 5]].tolist() == [NO_GAP] * 3
    assert found.outlines.area.sort_values().tolist() == pytest.approx([3.8e6, 7.6e6], rel=0.06)


def test_an_unflagged_point_between_keeps_two_flagged_ones_apart():
    demand = grid(3, 1, step=1.0)
    assert find_gaps(demand, flags(demand, {0, 2}), land((0, 0, 3, 1)), GapSettings()).member.max() == 1
    nobody = demand.assign(weight=[10.0, 0.0, 10.0])
    assert find_gaps(nobody, flags(demand, {0, 2}), land((0, 0, 3, 1)), GapSettings()).member.max() == 0


def test_water_and_municipal_borders_part_gaps():
    demand = grid(4, 1, ["0751", "0751", "0752", "0752"])
    whole = land((0, 0, 4, 2), (4, 0, 8, 2))
    everything = flags(demand, set(range(4)))
    assert find_gaps(demand, everything, whole, GapSettings()).member.tolist() == [0, 0, 1, 1]
    joined = GapSettings(split_by_municipality=False)
    assert find_gaps(demand, everything, whole, joined).member.tolist() == [0, 0, 0, 0]
    islands = land((0, 0, 3.9, 2), (4.1, 0, 8, 2))
    assert find_gaps(demand, everything, islands, joined).member.tolist() == [0, 0, 1, 1]


def test_outlines_are_clipped_to_the_land_and_hold_their_points():
    demand = grid(3, 3)
    areas = land((0, 0, 6, 5.5))
    found = find_gaps(demand, flags(demand, {0, 1, 2, 8}), areas, GapSettings())
    assert found.outlines.within(areas.geometry[0].buffer(1e-6)).all()
    for number, row in found.outlines.iterrows():
        mine = demand[found.member == number].geometry
        assert mine.intersects(row.geometry).all()


def test_a_point_off_the_coast_keeps_an_outline():
    demand = demand_frame([5.0], xy=np.array([[X - 500.0, Y]]))
    found = find_gaps(demand, flags(demand, {0}), land((5, 5, 6, 6)), GapSettings(reach_m=1000))
    assert found.outlines.area[0] == pytest.approx(np.pi * 1e6, rel=0.03)


def test_nobody_flagged_and_empty_places_give_no_gap():
    demand = grid(2, 1).assign(weight=[0.0, 5.0])
    demand.loc[1, "geometry"] = Point()
    found = find_gaps(demand, flags(demand, {0, 1}), land((0, 0, 4, 2)), GapSettings())
    assert found.outlines.empty
    assert (found.member == NO_GAP).all()


SPOTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.booleans()), min_size=1, max_size=25)


@given(SPOTS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_gaps_part_the_flagged_points_never_overlap_and_ignore_row_order(spots, rng):
    xy = np.array([(X + a * KM, Y + b * KM) for a, b, _ in spots])
    demand = demand_frame([7.0] * len(spots), xy=xy)
    hit = pd.Series([c for *_, c in spots], index=demand.index)
    areas = land((0, 0, 12, 12))
    found = find_gaps(demand, hit, areas, GapSettings())
    assert ((found.member != NO_GAP) == hit.to_numpy()).all()
    shapes = found.outlines.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapely.union_all(shapes)) == pytest.approx(shapely.area(shapes).sum(), rel=1e-6)
    rows = rng.sample(range(len(demand)), len(demand))
    again = find_gaps(demand.iloc[rows], hit.iloc[rows], areas, GapSettings())
    back = np.empty(len(rows), dtype=int)
    back[rows] = again.member
    same = pd.crosstab(found.member, back)
    assert ((same > 0).sum(axis=0) == 1).all()
    assert ((same > 0).sum(axis=1) == 1).all()


def test_flagged_neighbours_within_the_link_are_always_in_one_gap():
    rng = np.random.default_rng(7)
    demand = demand_frame([1.0] * 60, xy=rng.uniform(0, 20 * KM, (60, 2)) + np.array([X, Y]))
    found = find_gaps(demand, flags(demand, set(range(60))), land((0, 0, 20, 20)), GapSettings(link_m=30_000))
    assert found.outlines.shape[0] == 1, "all flagged, all linked: one gap"


@pytest.mark.parametrize(
    ("dx", "dy", "name"), [(1, 0, "e"), (1, 1, "ne"), (0, 5, "n"), (-1, 0.1, "w"), (0, -2, "s")]
)
def test_compass(dx, dy, name):
    assert compass(np.array([dx]), np.array([dy])).tolist() == [name]


def test_names_are_the_largest_settlement_inside_or_the_direction_from_the_nearest():
    outlines = gpd.GeoSeries(
        [
            box(X, Y, X + 4 * KM, Y + 4 * KM),
            box(X, Y + 6 * KM, X + 2 * KM, Y + 8 * KM),
            box(X, Y + 40 * KM, X + KM, Y + 41 * KM),
        ],
        crs="EPSG:25832",
    )
    places = towns(("Vestervig", 1, 1, 600), ("Hurup", 3, 3, 2600), ("Ukendt", 2, 2, None))
    middles = np.array([[X + 1 * KM, Y + 1 * KM], [X + 3 * KM, Y + 7 * KM], [X + 3 * KM, Y + 41 * KM]])
    named = name_gaps(outlines, middles, places)
    assert named["place"].tolist() == ["Hurup", "Hurup", "Hurup"]
    assert named["direction"].tolist() == ["in", "n", "n"]
    words = [
        translator("da")(gap_name(*row))
        for row in named[["place", "direction", "place_km", "number"]].itertuples(index=False)
    ]
    assert words == ["Hurup", "nord for Hurup", "38 km nord for Hurup"]


def test_gaps_of_the_same_name_are_numbered():
    outlines = gpd.GeoSeries([box(X, Y + 2 * KM, X + KM, Y + 3 * KM)] * 2, crs="EPSG:25832")
    named = name_gaps(outlines, np.array([[X, Y + 2 * KM]] * 2), towns(("By", 0, 0, 900)))
    assert named["number"].tolist() == [1, 2]
    assert translator("da")(gap_name("By", "n", 2.0, 2)) == "nord for By (2)"


def judged(chosen=None):
    """Six points in a row; the two westernmost are far away and have one practice, the easternmost is cut off."""
    demand = grid(6, 1, ["0751"] * 5 + ["0752"])
    demand["people_0_17"], demand["people_18_plus"] = 4.0, 6.0
    practices = practice_frame([1.0, 1.0, 1.0], xy=np.array([[X + 5000, Y], [X + 6000, Y], [X + 7000, Y]]))
    seconds = np.full((6, 3), 300.0)
    seconds[0], seconds[1], seconds[5] = [1500, 1600, np.inf], [1200, 1300, np.inf], np.inf
    road = seconds * 9.5
    chosen = chosen or CoverageSettings()
    reach = reach_of(seconds, road)
    covered = coverage(demand, practices, reach, chosen, DAY)
    return Judgement(demand, practices, covered, chosen, DAY)


AROUND = Surroundings(
    land((0, 0, 10, 2), (10, 0, 12, 2)),
    towns(("Vestby", 1, 1, 800), ("Midtby", 6, 1, 5000)),
    pd.Series({"0751": "Nord; Midt", "0752": "Syd"}),
)


def test_the_table_of_gaps_by_hand():
    judgement = judged()
    found = gap_table(judgement, AROUND)
    table = found.table
    assert table["people"].tolist() == [20, 10]
    assert table["name"].tolist() == ["Vestby", "øst for Midtby"]
    assert table["gap_id"].tolist() == ["access-0751-1", "access-0752-1"]
    assert table["municipality"].tolist() == ["Kommune 0751", "Kommune 0752"]
    assert table["clusters"].tolist() == ["Nord; Midt", "Syd"]
    assert table["rules"].tolist() == ["choice|time", "choice|time|capacity|closed"]
    assert table[["people_0_17", "people_18_plus"]].to_numpy().tolist() == [[8, 12], [4, 6]]
    assert table["nearest_min"][0] == pytest.approx(22.5)
    assert table["excess_person_min"][0] == pytest.approx(10 * 10 + 10 * 5)
    assert table["people_unreached"].tolist() == [0, 10]
    assert np.isnan(table["nearest_min"][1])
    assert table["nearest_three"].tolist() == ["Lægerne 0 (22 min)", ""]
    assert table["rank_people"].tolist() == [1, 2]
    assert table["rank_excess"].tolist() == [1, 2]
    assert found.member.tolist() == [0, 0, -1, -1, -1, 1]
    assert table.geometry.is_valid.all()


def test_what_would_close_a_gap_is_where_the_people_are():
    table = gap_table(judged(), AROUND).table
    assert table["close_people"].tolist() == table["people"].tolist()
    assert table["close_practices"].tolist() == [1, 2], (
        "nothing within 15 km there: two are needed for a choice"
    )
    assert table["close_basis"].unique().tolist() == ["straight_lines"]
    assert table["close_gps"].tolist() == pytest.approx([20 / 1600, 10 / 1600], abs=1e-4)
    assert table["close_x"][0] in {X + 1 * KM, X + 3 * KM}


ELSEWHERE = {"value": 15, "municipalities": ["0101"]}


@pytest.mark.parametrize("choice", [{"enabled": False}, {"limits_km": [ELSEWHERE]}])
def test_a_rule_that_is_off_or_has_no_limit_asks_for_no_practices(choice):
    def far(sites, rows, site):
        return np.full(len(rows), 1.0), np.full(len(rows), 99.0)

    chosen = settings_of(choice=choice)
    table = gap_table(judged(chosen), AROUND, site_times=far).table
    assert table["rules"].str.contains("choice").tolist() == [False, False]
    assert table["close_practices"].tolist() == [1, 1]
    assert table["close_people"].tolist() == table["people"].tolist() == [20, 10]
    fragile = gap_table(judged(chosen), AROUND, kind="fragile", site_times=far).table
    assert fragile.empty
    judgement = judged(chosen)
    judgement.covered["fragile_broken"] = pd.array([False, False, True, True, True, False], dtype="boolean")
    fragile = gap_table(judgement, AROUND, kind="fragile", site_times=far).table
    assert fragile["close_people"].tolist() == fragile["people"].tolist() == [30]


@pytest.mark.parametrize("time", [{"enabled": False}, {"limits_min": [ELSEWHERE]}])
def test_without_a_limit_of_time_no_drive_is_too_long(time):
    def slow(sites, rows, site):
        return np.full(len(rows), 29.0), np.full(len(rows), 1.0)

    table = gap_table(judged(settings_of(time=time)), AROUND, site_times=slow).table
    assert table["rules"].tolist() == ["choice", "choice|capacity|closed"]
    assert table["close_people"].tolist() == table["people"].tolist() == [10, 10]
    assert table["excess_person_min"].tolist() == [0, 0]


def test_closed_practices_are_made_up_for_within_their_own_reach():
    def half_an_hour(sites, rows, site):
        return np.full(len(rows), 30.0), np.full(len(rows), 1.0)

    for within, helped in ((30, [10]), (29, [0])):
        chosen = settings_of(
            time={"enabled": False}, choice={"enabled": False}, closed={"within_min": within}
        )
        table = gap_table(judged(chosen), AROUND, site_times=half_an_hour).table
        assert table["rules"].tolist() == ["capacity|closed"]
        assert table["nearest_three"].tolist() == [""]
        assert table["close_people"].tolist() == helped


@pytest.mark.parametrize(
    "capacity", [{"enabled": False}, {"limits_patients": [{**ELSEWHERE, "value": 1600}]}]
)
def test_without_a_limit_of_patients_the_gps_needed_cannot_be_told(capacity):
    table = gap_table(judged(settings_of(capacity=capacity)), AROUND).table
    assert table["close_gps"].isna().all()
    assert table["close_practices"].tolist() == [1, 2]


def test_measured_times_to_the_site_take_the_place_of_the_estimate():
    def nowhere(sites, rows, site):
        assert sites.shape == (2, 2)
        assert rows.tolist() == [0, 1, 5]
        assert site.tolist() == [0, 0, 1]
        return np.array([1.0, np.nan, 1.0]), np.array([1.0, np.nan, 1.0])

    table = gap_table(judged(), AROUND, site_times=nowhere).table
    assert table["close_people"].tolist() == [10, 10]
    assert table["close_basis"].unique().tolist() == ["travel_times"]


def test_capacity_gaps_tell_the_missing_gps():
    judgement = judged()
    judgement.covered["capacity_broken"] = pd.array([False, False, True, True, False, False], dtype="boolean")
    judgement.covered["gps_per_10000"] = 5.0
    table = gap_table(judgement, AROUND, kind="capacity").table
    assert table["close_practices"].tolist() == [0]
    assert table["close_gps"][0] == pytest.approx(20 * (1 / 1600 - 5 / 10_000), abs=1e-4)


def test_small_gaps_are_left_out_of_the_table_only():
    found = gap_table(judged(settings_of(gaps={"fewest_people": 15})), AROUND)
    assert len(found.table) == 1
    assert found.member.tolist() == [0, 0, -1, -1, -1, -1]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_without_gaps_the_table_has_its_columns_and_no_rows(kind):
    judgement = judged()
    for rule in ("choice", "time", "closed", "capacity", "fragile"):
        judgement.covered[f"{rule}_broken"] = pd.array([False] * 6, dtype="boolean")
    empty = gap_table(judgement, AROUND, kind=kind).table
    full = gap_table(judged(), AROUND).table
    assert empty.empty
    assert set(empty.columns) == set(full.columns)


def test_settlements_that_are_not_known_do_not_stop_the_table():
    around = Surroundings(AROUND.areas, TOWNS, AROUND.cluster_of)
    table = gap_table(judged(), around).table
    assert table["name"].tolist() == ["Kommune 0751", "Kommune 0752"]
    assert table["close_place"].tolist() == ["Kommune 0751", "Kommune 0752"]
