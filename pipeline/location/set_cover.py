"""Set cover: how few new sites bring everybody within a limit, with backup where wanted.

Toregas, Swain, ReVelle & Bergman 1971; backup coverage Hogan & ReVelle 1986.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.location.deadline import TIME_LIMIT_S, Deadline
from pipeline.location.full_cover import FullCover, full_cover
from pipeline.location.linear_model import Solved
from pipeline.location.p_center import left_out_notes, reachable_rows, smallest_limit
from pipeline.location.siting import Answer, SitingProblem, Status
from pipeline.location.siting_solve import answer_without, chosen_sites
from pipeline.messages import Message, msg


def set_cover(
    problem: SitingProblem,
    limit_min: float,
    *,
    backup: int = 1,
    most: int | None = None,
    least: Literal["sites", "cost"] = "sites",
    time_limit_s: float = TIME_LIMIT_S,
) -> Answer:
    r"""Choose as few new sites as possible, or the cheapest, that bring everybody within the limit.

    Parameters
    ----------
    problem
        The problem; sites of today count as covering.
    limit_min
        Travel-time limit, minutes, included.
    backup
        How many open sites must be within the limit of each demand point.
    most
        Most new sites.
    least
        What is kept small: the number of new sites or their cost.
    time_limit_s
        Seconds after which the answer carries a gap instead of a proof.

    Returns
    -------
    Answer
        ``value`` is the number or the cost of new sites. When it cannot be done, ``blockers`` are the demand
        points that too few sites reach, and ``smallest_limit_min`` is the smallest limit that works for
        everybody who can be reached at all.

    Notes
    -----
    Minimise ``Σ_j f_j y_j`` with ``Σ_{j∈N_i} y_j ≥ b`` for every demand point *i* (Toregas et al. 1971;
    b > 1: Hogan & ReVelle 1986).
    """
    price = problem.cost if least == "cost" else np.ones_like(problem.cost)
    deadline = Deadline.after(time_limit_s)
    found = full_cover(problem, limit_min, deadline, backup=backup, most=most, cost=price)
    proven = max(_whole(found.solved.bound, price), 0.0)
    if len(found.solved.values):
        sites = chosen_sites(found.solved, found.rules)
        value = float(price[list(sites)].sum())
        status: Status = "optimal" if found.solved.status == "optimal" else "gap"
        bound = value if status == "optimal" else proven
        return Answer("set_cover", status, sites, value, bound, notes=problem.notes)
    if found.solved.status != "infeasible":
        return Answer("set_cover", "unsettled", (), np.nan, proven, notes=problem.notes)
    return _explain(problem, limit_min, found, deadline, backup=backup, most=most)


def _whole(bound: float, price: NDArray[np.float64]) -> float:
    """Round a bound up where every price is a whole number."""
    return float(np.ceil(bound - 1e-6)) if (price == np.round(price)).all() else bound


def _explain(
    problem: SitingProblem,
    limit_min: float,
    found: FullCover,
    deadline: Deadline,
    *,
    backup: int,
    most: int | None,
) -> Answer:
    """Tell of a cover that is proven impossible who is in the way, and which limit works."""

    def works(eased: SitingProblem, count: int | None) -> Solved:
        return full_cover(eased, limit_min, deadline.half(), backup=backup, most=count).solved

    told = answer_without("set_cover", problem, most, found.solved, works)
    rows, lost = reachable_rows(problem, backup)
    narrowed = smallest_limit(problem, rows, most, deadline, backup=backup)
    notes: list[Message] = []
    if len(found.blockers):
        people = float(problem.weight[found.blockers].sum())
        notes.append(
            msg(
                "{people:n} {people:|person has|people have} no site within {limit:n1} min even if all "
                "were open",
                people=people,
                limit=limit_min,
            )
            if backup == 1
            else msg(
                "{people:n} {people:|person has|people have} fewer than {backup} sites within {limit:n1} "
                "min, if all were open",
                people=people,
                backup=backup,
                limit=limit_min,
            )
        )
    notes += left_out_notes(problem, lost, backup)
    if narrowed.sites is not None:
        notes.append(
            msg("The smallest limit that works is {minutes:n1} min", minutes=narrowed.limit_min)
            if narrowed.proven >= narrowed.limit_min
            else msg("A limit of {minutes:n1} min works; a smaller one may", minutes=narrowed.limit_min)
        )
    blame = told.notes if not len(found.blockers) else problem.notes
    return Answer(
        "set_cover",
        "infeasible",
        (),
        np.nan,
        np.nan,
        blockers=found.blockers,
        smallest_limit_min=narrowed.limit_min,
        notes=(*notes, *blame),
    )
