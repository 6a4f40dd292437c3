import numpy as np
import pytest

from pipeline.coverage.gap_words import explain_gap
from pipeline.messages import translator

GAP = {
    "people": 2141.5,
    "over_64": 512.0,
    "rules": "choice|time|island",
    "people_choice": 2000.0,
    "people_time": 310.0,
    "people_island": 0.0,
    "nearest_min": 16.4,
    "worst_min": 31.2,
    "nearest_three": "Lægerne i Hurup (16 min)",
    "close_practices": 1,
    "close_gps": 1.34,
    "close_place": "Vestervig",
    "close_people": 1890.0,
    "certainty": "depends",
    "depends_on": "speed|limit",
}


def danish(**changes):
    return [translator("da")(sentence) for sentence in explain_gap(GAP | changes)]


def test_a_gap_explains_itself_in_danish():
    assert danish() == [
        "Her bor 2.142 personer, heraf 512 på 65 år eller derover.",
        "2.000 har færre åbne praksis at vælge imellem, end der bør være.",
        "310 har for lang køretid til nærmeste praksis.",
        "Nærmeste praksis er i gennemsnit 16 minutter væk, højst 31: Lægerne i Hurup (16 min).",
        "Én ny praksis (Vestervig) ville hjælpe 1.890 af dem.",
        "Sikkerhed: afhænger af kørehastigheden og grænsen.",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"close_practices": 2}, "2 nye praksis (Vestervig) ville hjælpe 1.890 af dem."),
        ({"close_practices": 0}, "Der mangler 1,3 praktiserende læger for at nå grænsen."),
        ({"nearest_min": np.nan}, "Ingen praksis kan nås ad vej eller med færge."),
        ({"over_64": np.nan}, "Her bor 2.142 personer."),
        ({"people_island": 40.0}, "40 kan kun nå en praksis med færge."),
    ],
)
def test_other_gaps_are_told_otherwise(changes, words):
    assert words in danish(**changes)


def test_without_runs_nothing_is_said_of_certainty():
    assert not [line for line in danish(certainty=None) if "Sikkerhed" in line]
