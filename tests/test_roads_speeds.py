"""Signs, durations, typical speeds and junction delays."""

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.roads.model import RoadClass
from pipeline.roads.speeds import class_table, driving_kmh, junction_seconds, parse_duration, parse_maxspeed
from pipeline.settings.roads import CLASS_SPEEDS, DelaySettings, RoadSettings

SETTINGS = RoadSettings()


@pytest.mark.parametrize(
    ("text", "kmh", "zone"),
    [
        ("50", 50, ""),
        (" 80 ", 80, ""),
        ("50 km/h", 50, ""),
        ("50km/t", 50, ""),
        ("30 mph", 48.28032, ""),
        ("30mph", 48.28032, ""),
        ("10 knots", 18.52, ""),
        ("DK:urban", 50, "urban"),
        ("dk:urban", 50, "urban"),
        ("DK:rural", 80, "rural"),
        ("DK:motorway", 130, "motorway"),
        ("DK:trunk", 80, "trunk"),
        ("DK:living_street", 15, "living_street"),
        ("DK:40", 40, ""),
        ("DK:zone30", 30, ""),
        ("DK:zone:30", 30, ""),
        ("walk", 7, ""),
        ("DK:walk", 7, ""),
        ("50;80", 50, ""),
        ("80; 50", 50, ""),
        ("none;110", 110, ""),
        ("DK:rural;50", 50, ""),
        ("62,5", 62.5, ""),
    ],
)
def test_limits_in_every_danish_form_are_read(text, kmh, zone):
    limit = parse_maxspeed(text, SETTINGS)
    assert limit.kmh == pytest.approx(kmh)
    assert limit.zone == zone
    assert not limit.ignored


@pytest.mark.parametrize("text", ["none", "signals", "variable", "", "sign"])
def test_words_without_a_figure_fall_back_and_are_no_mistakes(text):
    limit = parse_maxspeed(text, SETTINGS)
    assert isnan(limit.kmh)
    assert not limit.ignored


@pytest.mark.parametrize(
    "text",
    ["0", "900", "-50", "fast", "50-80", "DE:rural", "SE:urban", "1e3", "\u0665\u0660", "nan", "inf", "4"],
)
def test_what_cannot_be_a_limit_is_ignored_and_said(text):
    limit = parse_maxspeed(text, SETTINGS)
    assert isnan(limit.kmh)
    assert limit.ignored


def test_a_mistake_beside_a_limit_leaves_the_limit():
    limit = parse_maxspeed("900;60", SETTINGS)
    assert limit.kmh == 60
    assert limit.ignored


@given(st.text(max_size=40))
def test_any_text_gives_a_believable_limit_or_none(text):
    kmh = parse_maxspeed(text, SETTINGS).kmh
    assert isnan(kmh) or 5 <= kmh <= 130


@given(st.integers(5, 130), st.integers(5, 130))
def test_of_two_limits_the_lower_holds(a, b):
    assert parse_maxspeed(f"{a};{b}", SETTINGS).kmh == min(a, b)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("45", 45),
        ("00:45", 45),
        ("0:45", 45),
        ("1:15", 75),
        ("01:15:30", 75.5),
        ("PT45M", 45),
        ("PT1H15M", 75),
        ("pt2h", 120),
        ("PT90S", 1.5),
        ("P0DT1H", 60),
        ("1 h 15 min", 75),
        ("1h", 60),
        ("2 timer", 120),
        ("45 min.", 45),
        ("7,5", 7.5),
        ("24:00", 1440),
    ],
)
def test_durations_in_every_form_are_read(text, minutes):
    assert parse_duration(text) == pytest.approx(minutes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "00:00",
        "-5",
        "1:75",
        "999:00",
        "100000",
        "soon",
        "P",
        "PT",
        "P2D",
        "1:2",
        "\u0664\u0665",
        "1:15:99",
        "h",
        "nan",
    ],
)
def test_durations_that_cannot_be_are_not_used(text):
    assert isnan(parse_duration(text))


@given(st.integers(0, 23), st.integers(0, 59))
def test_clock_and_iso_durations_agree(hours, minutes):
    expected = hours * 60 + minutes
    read = [parse_duration(f"{hours:02d}:{minutes:02d}"), parse_duration(f"PT{hours}H{minutes}M")]
    assert all(isnan(value) for value in read) if not expected else read == [expected, expected]


@given(st.text(max_size=40))
def test_any_text_gives_a_duration_of_at_most_a_day_or_none(text):
    minutes = parse_duration(text)
    assert isnan(minutes) or 0 < minutes <= 1440


def test_typical_speed_is_limit_times_factor():
    kmh = driving_kmh(
        np.full(3, RoadClass.SECONDARY, dtype=np.uint8),
        np.array([nan, nan, 60.0]),
        np.array([True, False, False]),
        np.full(3, np.inf),
        SETTINGS,
    )
    speed = CLASS_SPEEDS["secondary"]
    assert kmh.tolist() == pytest.approx(
        [50 * speed.urban_factor, 80 * speed.rural_factor, 60 * speed.rural_factor]
    )


def test_narrow_roads_and_caps_hold_whatever_the_sign():
    kmh = driving_kmh(
        np.array([RoadClass.SERVICE, RoadClass.PRIMARY], dtype=np.uint8),
        np.array([80.0, 80.0]),
        np.zeros(2, dtype=bool),
        np.array([np.inf, 30.0]),
        SETTINGS,
    )
    assert kmh.tolist() == [CLASS_SPEEDS["service"].top_kmh, 30]


@given(
    st.sampled_from([c for c in RoadClass if c != RoadClass.FERRY]),
    st.floats(5, 130),
    st.floats(5, 130),
    st.booleans(),
)
def test_a_higher_limit_never_makes_a_road_slower(road_class, a, b, urban):
    kmh = driving_kmh(
        np.full(2, road_class, dtype=np.uint8),
        np.sort([a, b]),
        np.full(2, urban),
        np.full(2, np.inf),
        SETTINGS,
    )
    assert kmh[0] <= kmh[1]
    assert (kmh > 0).all()


def test_every_class_of_road_has_a_speed():
    table = class_table(SETTINGS)
    roads = [road_class for road_class in RoadClass if road_class != RoadClass.FERRY]
    assert np.isfinite(table[roads]).all()
    assert (table[roads] > 0).all()
    assert np.isnan(table[RoadClass.FERRY]).all()


def test_better_classes_are_never_slower_without_signs():
    order = [
        RoadClass.MOTORWAY,
        RoadClass.TRUNK,
        RoadClass.PRIMARY,
        RoadClass.SECONDARY,
        RoadClass.TERTIARY,
        RoadClass.UNCLASSIFIED,
        RoadClass.RESIDENTIAL,
        RoadClass.SERVICE,
    ]
    for urban in (True, False):
        kmh = driving_kmh(
            np.array(order, dtype=np.uint8), np.full(8, nan), np.full(8, urban), np.full(8, np.inf), SETTINGS
        )
        assert (np.diff(kmh) <= 0).all()


def junction(*roads, delays=None):
    """Roads as (start, end, class[, roundabout]) → seconds at end and at start of each."""
    start, end, kind, circle = zip(*((*road, False)[:4] for road in roads), strict=True)
    settings = SETTINGS if delays is None else RoadSettings(delays=delays)
    at_end, at_start = junction_seconds(
        np.array(start, dtype=np.int32),
        np.array(end, dtype=np.int32),
        np.array(kind, dtype=np.uint8),
        np.array(circle, dtype=bool),
        settings,
    )
    return at_end.tolist(), at_start.tolist()


def test_the_minor_road_yields_and_the_main_road_does_not():
    main, side = RoadClass.SECONDARY, RoadClass.RESIDENTIAL
    at_end, at_start = junction((0, 1, main), (1, 2, main), (3, 1, side))
    assert at_end == [0, 0, SETTINGS.delays.yield_s]
    assert at_start == [0, 0, 0]


def test_where_equal_roads_meet_all_lose_a_little():
    kind = RoadClass.RESIDENTIAL
    at_end, _ = junction((0, 1, kind), (2, 1, kind), (3, 1, kind))
    assert at_end == [SETTINGS.delays.equal_s] * 3


def test_bends_and_driveways_cost_nothing():
    street, service = RoadClass.RESIDENTIAL, RoadClass.SERVICE
    assert junction((0, 1, street), (1, 2, street)) == ([0, 0], [0, 0])
    assert junction((0, 1, service), (2, 1, service), (3, 1, service)) == ([0, 0, 0], [0, 0, 0])


def test_ramps_merge_onto_motorways_and_yield_to_ordinary_roads():
    motorway, ramp, road = RoadClass.MOTORWAY, RoadClass.MOTORWAY_LINK, RoadClass.SECONDARY
    at_end, _ = junction((0, 1, motorway), (1, 2, motorway), (3, 1, ramp))
    assert at_end[2] == 0
    at_end, _ = junction((0, 1, road), (1, 2, road), (3, 1, ramp))
    assert at_end == [0, 0, SETTINGS.delays.yield_s]


def test_entering_a_roundabout_costs_its_own_delay_and_going_round_none():
    road = RoadClass.TERTIARY
    roads = [(0, 1, road), (1, 2, road, True), (2, 1, road, True), (2, 3, road)]
    at_end, at_start = junction(*roads)
    entering = SETTINGS.delays.roundabout_s
    assert at_end == [entering, 0, 0, 0]
    assert at_start == [0, 0, 0, entering]


def test_delays_are_settings():
    road = RoadClass.RESIDENTIAL
    free = DelaySettings(equal_s=0, yield_s=0)
    assert junction((0, 1, road), (2, 1, road), (3, 1, road), delays=free)[0] == [0, 0, 0]


def test_a_class_or_figure_that_is_left_out_keeps_its_default():
    settings = RoadSettings.model_validate({"speeds": {"service": {"top_kmh": 15}}})
    assert settings.speeds["service"].top_kmh == 15
    assert settings.speeds["service"].rural_kmh == CLASS_SPEEDS["service"].rural_kmh
    assert settings.speeds["motorway"] == CLASS_SPEEDS["motorway"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"speeds": {"autobahn": {"urban_kmh": 50, "rural_kmh": 50}}},
        {"walk_kmh": 0},
        {"delays": {"signal_s": -1}},
        {"spead": 1},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError):
        RoadSettings.model_validate(wrong)
