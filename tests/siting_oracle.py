"""Brute force over all subsets of sites: slow, plain, and the judge of every location model."""

from itertools import combinations

import numpy as np
from scipy.optimize import linprog

from pipeline.location.siting import SitingProblem


def choices(problem: SitingProblem, most: int | None):
    """Every choice of new sites that keeps all rules."""
    candidates = [
        j for j in range(len(problem.existing)) if not problem.existing[j] and not problem.forbidden[j]
    ]
    for size in range((len(candidates) if most is None else most) + 1):
        for chosen in combinations(candidates, size):
            if keeps(problem, chosen):
                yield chosen


def keeps(problem: SitingProblem, chosen) -> bool:
    if any(problem.must[j] and j not in chosen for j in range(len(problem.must))):
        return False
    if sum(problem.cost[j] for j in chosen) > problem.budget:
        return False
    for region, (low, high) in problem.quotas.items():
        if not low <= sum(problem.region[j] == region for j in chosen) <= high:
            return False
    drawn = drawn_visits(problem, chosen)
    return all(drawn[j] >= problem.min_volume[j] - 1e-9 for j in drawn)


def opened(problem: SitingProblem, chosen) -> list[int]:
    return [j for j in range(len(problem.existing)) if problem.existing[j]] + sorted(chosen)


def drawn_visits(problem: SitingProblem, chosen) -> dict[int, float]:
    drawn = dict.fromkeys(opened(problem, chosen), 0.0)
    for i, visits in enumerate(problem.volume_weight):
        best, site = np.inf, None
        for j in opened(problem, chosen):
            if problem.travel_min[i, j] < best:
                best, site = problem.travel_min[i, j], j
        if site is not None:
            drawn[site] += visits
    return drawn


def minutes(problem: SitingProblem, chosen, backup: int = 1) -> np.ndarray:
    sites = opened(problem, chosen)
    if len(sites) < backup:
        return np.full(len(problem.weight), np.inf)
    return np.sort(problem.travel_min[:, sites], axis=1)[:, backup - 1].astype(float)


def covered(problem: SitingProblem, chosen, limit: float) -> float:
    return float(problem.weight[minutes(problem, chosen) <= limit].sum())


def served(problem: SitingProblem, chosen, limit: float) -> float:
    """People served within limit and capacity when a planner allots them, by a transport problem."""
    sites = opened(problem, chosen)
    pairs = [(i, j) for i in range(len(problem.weight)) for j in sites if problem.travel_min[i, j] <= limit]
    if not pairs:
        return 0.0
    rows, ends = [], []
    for i in {i for i, _ in pairs}:
        rows.append([float(p[0] == i) for p in pairs])
        ends.append(1.0)
    for j in sites:
        if np.isfinite(problem.capacity[j]):
            rows.append([problem.volume_weight[p[0]] * (p[1] == j) for p in pairs])
            ends.append(problem.capacity[j])
    found = linprog([-problem.weight[i] for i, _ in pairs], A_ub=rows, b_ub=ends, bounds=(0, 1))
    return float(-found.fun)


def random_case(rng: np.random.Generator, points: int = 14, sites: int = 7, *, holes: float = 0.1):
    """Minutes with ties and unreachable pairs, and people with zeros."""
    places, homes = rng.uniform(0, 40, (sites, 2)), rng.uniform(0, 40, (points, 2))
    times = np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1)).round(0)
    times[rng.random(times.shape) < holes] = np.nan
    return times, rng.integers(0, 50, points).astype(float)
