import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.coverage.floating_catchment import decay_weights, floating_catchment
from pipeline.coverage.reach import Pairs

CATCHMENT = 1800.0
CASES = st.tuples(st.integers(1, 6), st.integers(1, 5)).flatmap(
    lambda shape: st.tuples(
        arrays(
            np.float64, shape, elements=st.sampled_from([0.0, 300.0, 700.0, 1300.0, 1799.0, 1801.0, np.inf])
        ),
        arrays(np.float64, shape[0], elements=st.integers(0, 400).map(float)),
        arrays(np.float64, shape[1], elements=st.sampled_from([0.0, 0.5, 1.0, 3.0])),
    )
)
METHODS = st.sampled_from(["2sfca", "e2sfca", "balanced"])
DECAYS = st.sampled_from(["none", "step", "linear", "gaussian", "exponential"])


def slow(seconds, people, capacity, method, decay):
    """The formulas written out with loops over a dense matrix."""
    n, m = seconds.shape
    weight = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            t = seconds[i, j] / CATCHMENT
            if t > 1 or capacity[j] <= 0:
                continue
            kind = "none" if method == "2sfca" else decay
            weight[i, j] = {
                "none": 1.0,
                "step": 1.0 if t <= 1 / 3 else 0.68 if t <= 2 / 3 else 0.22,
                "linear": 1 - t,
                "gaussian": (np.exp(-0.5 * t * t) - np.exp(-0.5)) / (1 - np.exp(-0.5)),
                "exponential": 0.01**t,
            }[kind]
    if method == "balanced":
        for i in range(n):
            if weight[i].sum() > 0:
                weight[i] /= weight[i].sum()
    access = np.zeros(n)
    for j in range(m):
        load = sum(people[i] * weight[i, j] for i in range(n))
        if load > 0:
            for i in range(n):
                access[i] += weight[i, j] * capacity[j] / load
    return access


def run(seconds, people, capacity, method="balanced", decay="gaussian"):
    return floating_catchment(
        Pairs.from_dense(seconds), people, capacity, method=method, decay=decay, catchment_s=CATCHMENT
    )


@given(CASES, METHODS, DECAYS)
def test_access_equals_the_formulas_written_out(case, method, decay):
    seconds, people, capacity = case
    access = run(seconds, people, capacity, method, decay)
    assert np.allclose(
        access.per_person, slow(seconds, people, capacity, method, decay), rtol=1e-9, atol=1e-15
    )
    assert np.isfinite(access.per_person).all()


@given(CASES, METHODS, DECAYS)
def test_exactly_the_reachable_capacity_is_shared_out(case, method, decay):
    seconds, people, capacity = case
    access = run(seconds, people, capacity, method, decay)
    assert access.per_person @ people == pytest.approx(access.reached_capacity, rel=1e-9, abs=1e-12)
    assert access.reached_capacity + access.unreached_capacity == pytest.approx(capacity.sum())
    near = (seconds < CATCHMENT) & (people[:, None] > 0) & (capacity > 0)
    assert access.reached_capacity == pytest.approx(capacity[near.any(axis=0)].sum())


@given(CASES, DECAYS)
def test_balanced_counts_everybody_in_reach_once(case, decay):
    seconds, people, capacity = case
    access = run(seconds, people, capacity, "balanced", decay)
    served = ((seconds < CATCHMENT) & (capacity > 0)).any(axis=1)
    assert access.load.sum() == pytest.approx(people[served].sum())


@given(CASES, METHODS, DECAYS, st.data())
def test_order_of_rows_does_not_matter(case, method, decay, data):
    seconds, people, capacity = case
    rows = np.array(data.draw(st.permutations(range(len(people)))))
    columns = np.array(data.draw(st.permutations(range(len(capacity)))))
    first = run(seconds, people, capacity, method, decay).per_person
    second = run(seconds[rows][:, columns], people[rows], capacity[columns], method, decay).per_person
    assert np.allclose(first[rows], second, rtol=1e-12, atol=1e-18)


@given(CASES, DECAYS)
def test_splitting_a_point_in_two_changes_nothing(case, decay):
    seconds, people, capacity = case
    whole = run(seconds, people, capacity, "balanced", decay).per_person
    halves = run(
        np.vstack([seconds, seconds[:1]]),
        np.concatenate([[people[0] / 2], people[1:], [people[0] / 2]]),
        capacity,
        "balanced",
        decay,
    ).per_person
    assert np.allclose(halves[:-1], whole, rtol=1e-9, atol=1e-15)
    assert halves[-1] == pytest.approx(whole[0], rel=1e-9, abs=1e-15)


def test_two_step_shares_by_hand():
    # Clinic a (2 GPs) is reached by 1,000 + 3,000 people, clinic b (1 GP) by the 3,000 only.
    seconds = np.array([[300.0, np.inf], [300.0, 300.0]])
    access = run(seconds, np.array([1000.0, 3000.0]), np.array([2.0, 1.0]), "2sfca")
    assert access.per_person == pytest.approx([2 / 4000, 2 / 4000 + 1 / 3000])


def test_balanced_shares_by_hand():
    # The 3,000 are spread evenly: a has 1,000 + 1,500 people for 2 GPs, b has 1,500 for 1.
    seconds = np.array([[300.0, np.inf], [300.0, 300.0]])
    access = run(seconds, np.array([1000.0, 3000.0]), np.array([2.0, 1.0]))
    assert access.load == pytest.approx([2500, 1500])
    assert access.per_person == pytest.approx([2 / 2500, (2 / 2500 + 1 / 1500) / 2])


def test_nobody_in_reach_gives_nothing_not_nan():
    access = run(np.array([[np.inf], [100.0]]), np.array([50.0, 0.0]), np.array([1.0]))
    assert access.per_person.tolist() == [0.0, 0.0]
    assert access.unreached_capacity == 1.0


def test_step_weights_follow_the_zones():
    at = np.array([0.0, 600.0, 601.0, 1200.0, 1201.0, 1800.0, 1801.0])
    assert decay_weights(at, "step", CATCHMENT).tolist() == [1, 1, 0.68, 0.68, 0.22, 0.22, 0]


@given(DECAYS, arrays(np.float64, 20, elements=st.floats(0, 4000)))
def test_weights_never_rise_with_time(decay, seconds):
    weights = decay_weights(np.sort(seconds), decay, CATCHMENT)
    assert (np.diff(weights) <= 1e-12).all()
    assert (weights >= 0).all()
    assert (weights <= 1).all()
    assert decay_weights(np.zeros(1), decay, CATCHMENT) == pytest.approx(1)


@pytest.mark.filterwarnings("ignore")  # the peer library still uses deprecated pandas calls
@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_pysal_access_where_that_is_defined(seed):
    from access import Access, weights  # noqa: PLC0415  (its import warns)

    rng = np.random.default_rng(seed)
    n, m = 12, 5
    minutes = np.round(rng.uniform(0, 45, (n, m)), 1)
    minutes[0] = 99  # a point out of reach: nothing here, missing there
    people, capacity = rng.integers(1, 3000, n).astype(float), rng.integers(1, 5, m).astype(float)
    peer = Access(
        demand_df=pd.DataFrame({"point": range(n), "people": people}),
        demand_index="point",
        demand_value="people",
        supply_df=pd.DataFrame({"practice": range(m), "gps": capacity}),
        supply_index="practice",
        supply_value="gps",
        cost_df=pd.DataFrame(
            {
                "point": np.repeat(range(n), m),
                "practice": np.tile(range(m), n),
                "minutes": minutes.ravel(),
            }
        ),
        cost_origin="point",
        cost_dest="practice",
        cost_name="minutes",
    )
    two = peer.two_stage_fca(name="two", cost="minutes", max_cost=30)["two_gps"]
    zones = weights.step_fn({10: 1, 20: 0.68, 30: 0.22})
    enhanced = peer.enhanced_two_stage_fca(name="en", cost="minutes", max_cost=30, weight_fn=zones)["en_gps"]
    for theirs, method in ((two, "2sfca"), (enhanced, "e2sfca")):
        ours = run(minutes * 60, people, capacity, method, "step").per_person
        assert theirs.isna().tolist() == (ours == 0).tolist()
        assert np.allclose(theirs.fillna(0), ours, rtol=1e-9)
    assert two.isna()[0]
