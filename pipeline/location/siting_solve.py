"""Solve a model under all rules, minimum volumes too, and tell who stands in the way of an answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipeline.location.deadline import Deadline
from pipeline.location.linear_model import Guess, LinearModel, Solved, solve
from pipeline.location.siting import Answer, Model, SitingProblem, nearest_open
from pipeline.location.siting_rules import Rules, build_rules, needed, rules_model, too_small
from pipeline.messages import Message, msg

MOST_ROUNDS: Final = 200
"""Rounds of volume cuts before a model is given up as too entangled."""

Works = Callable[[SitingProblem, int | None], Solved]
"""Tells whether a problem has a solution with at most so many new sites, or that time ran out before."""


def solve_with_rules(
    problem: SitingProblem,
    model: LinearModel,
    rules: Rules,
    deadline: Deadline,
    *,
    guess: Guess | None = None,
) -> Solved:
    """Minimise a model whose first columns are the candidate sites, under minimum volumes too.

    A minimum volume depends on who else is open. Each solution is therefore checked, and one that leaves a
    site too small is cut off together with every larger choice that holds the same rivals (a combinatorial
    Benders cut: Codato & Fischetti 2006). The last solution keeps all minima, and its objective is still a
    bound for all choices. When time runs out before, the highest bound so far is what was proven.
    """
    solved = solve(model, deadline, guess=guess)
    if not problem.has_volumes:
        return solved
    place = {int(site): at for at, site in enumerate(rules.columns)}
    bound = solved.bound
    for _ in range(MOST_ROUNDS):
        if solved.status in {"gap", "none"}:
            solved = replace(solved, bound=bound)
        if not len(solved.values):
            return solved
        chosen = chosen_sites(solved, rules)
        small = too_small(problem, chosen)
        if not len(small):
            return solved
        if not deadline.left_s:
            break
        cuts = [_volume_cut(problem, chosen, int(site), place) for site in small]
        rows = csr_array(np.array([row for row, _ in cuts]))
        most = np.array([end for _, end in cuts])
        model = model.with_rows(rows, np.full(len(cuts), -np.inf), most)
        solved = solve(model, deadline)
        bound = max(bound, solved.bound)
    return Solved("none", np.zeros(0), bound)


def rules_can_be_kept(problem: SitingProblem, most: int | None, deadline: Deadline) -> Solved:
    """Find any choice of at most `most` new sites that keeps the rules, minimum volumes among them."""
    rules = build_rules(problem, most)
    model = rules_model(rules, np.zeros(len(rules.columns)))
    return solve_with_rules(problem, model, rules, deadline)


def chosen_sites(solved: Solved, rules: Rules) -> tuple[int, ...]:
    """Read the new sites of a solution, rising."""
    picked = solved.values[: len(rules.columns)] > 0.5
    return tuple(int(site) for site in rules.columns[picked])


def _volume_cut(
    problem: SitingProblem, chosen: Sequence[int], site: int, place: dict[int, int]
) -> tuple[NDArray[np.float64], float]:
    """Forbid that `site` is open together with the few rivals that make it too small."""
    rivals = [other for other in chosen if other != site]
    alone = [site] if not problem.existing[site] else []
    catchment = np.flatnonzero(nearest_open(problem, alone)[0] == site)
    own = problem.travel_min[catchment, site][:, None]
    theirs = problem.travel_min[catchment][:, rivals]
    first = np.array([problem.existing[site] or site < other for other in rivals])
    lost = (theirs < own) | ((theirs == own) & ~first[None, :])
    visits = problem.volume_weight[catchment]
    order = np.argsort(-(visits @ lost), kind="stable")
    gone = np.zeros(len(catchment), dtype=bool)
    guilty: list[int] = []
    for at in order:
        if visits[~gone].sum() < needed(problem)[site]:
            break
        gone |= lost[:, at]
        guilty.append(rivals[at])
    row = np.zeros(len(place))
    row[[place[other] for other in guilty]] = 1.0
    end = float(len(guilty))
    if problem.existing[site]:
        return row, end - 1
    row[place[site]] = 1.0
    return row, end


def answer_without(
    model: Model,
    problem: SitingProblem,
    most: int | None,
    solved: Solved,
    works: Works,
    *,
    bound: float = np.nan,
) -> Answer:
    """Tell why there is no solution: proven impossible, and by whom, or not settled in time.

    Parameters
    ----------
    model, problem, most
        What was asked.
    solved
        The solver's answer, without a solution.
    works
        As in `who_blocks`.
    bound
        What is proven of every choice, in the model's own terms; NaN for nothing.
    """
    if solved.status != "infeasible":
        return Answer(
            model, "unsettled", (), np.nan, bound if np.isfinite(bound) else np.nan, notes=problem.notes
        )
    notes = (*problem.notes, *who_blocks(problem, most, works), *volume_notes(problem))
    return Answer(model, "infeasible", (), np.nan, np.nan, notes=notes)


def volume_notes(problem: SitingProblem) -> tuple[Message, ...]:
    """Say so when no site at all can draw its minimum volume, and the most that any can."""
    candidates = problem.candidates
    if not problem.has_volumes or not len(candidates):
        return ()
    most = problem.largest_volumes[candidates]
    if (most >= needed(problem)[candidates]).any():
        return ()
    best = int(np.argmax(most))
    return (
        msg(
            "No site can draw its minimum volume: {name} draws the most, {visits:n} "
            "{visits:|visit|visits} a year",
            name=problem.names[candidates[best]],
            visits=most[best],
        ),
    )


def budget_notes(problem: SitingProblem) -> tuple[Message, ...]:
    """Say so when the budget is too small for any site, and what the cheapest costs."""
    candidates = problem.candidates
    if not len(candidates):
        return ()
    cost = problem.cost[candidates]
    least = int(np.argmin(cost))
    if cost[least] <= problem.budget:
        return ()
    return (
        msg(
            "The budget of {budget:n2} is too small for any site: the cheapest, {name}, costs {cost:n2}",
            budget=problem.budget,
            name=problem.names[candidates[least]],
            cost=cost[least],
        ),
    )


def who_blocks(problem: SitingProblem, most: int | None, works: Works) -> tuple[Message, ...]:
    """Name the rules that stand in the way: those without which the others can be kept.

    Parameters
    ----------
    problem
        A problem that has no solution.
    most
        Most new sites.
    works
        Solves a problem with so many sites, for whichever solution.
    """
    rules: list[tuple[Message, bool, SitingProblem, int | None]] = [
        (msg("the number of new sites (at most {count})", count=most), most is not None, problem, None),
        (
            msg("the budget of {budget:n2}", budget=problem.budget),
            bool(np.isfinite(problem.budget)),
            replace(problem, budget=np.inf),
            most,
        ),
        (
            msg("the number of sites asked for in each region"),
            bool(problem.quotas),
            replace(problem, quotas={}),
            most,
        ),
        (
            msg("the sites that must be opened"),
            bool(problem.must.any()),
            replace(problem, must=np.zeros_like(problem.must)),
            most,
        ),
        (
            msg("the sites that must not be opened"),
            bool(problem.forbidden.any()),
            replace(problem, forbidden=np.zeros_like(problem.forbidden)),
            most,
        ),
        (
            msg("the minimum volumes"),
            problem.has_volumes,
            replace(problem, min_volume=np.zeros_like(problem.min_volume)),
            most,
        ),
    ]
    told = []
    for rule, used, eased, count in rules:
        if not used:
            continue
        solved = works(eased, count)
        if len(solved.values):
            told.append(msg("In the way: {rule}", rule=rule))
        elif solved.status != "infeasible":
            told.append(msg("Not settled within the time limit: whether {rule} is in the way", rule=rule))
    return tuple(told) or (msg("Several limits contradict one another: lifting one alone does not help"),)
