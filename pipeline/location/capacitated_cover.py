"""Maximal coverage with capacities: people within the limit count only while there is room for their visits.

Current & Storbeck 1988. The planner allots people to sites, and a point's people may be split; people's own
choice of the nearest site is what the other models reckon with.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack, vstack

from pipeline.errors import Fault
from pipeline.location.cover_patterns import covering_model, merge_patterns
from pipeline.location.deadline import TIME_LIMIT_S, Deadline
from pipeline.location.linear_model import LinearModel, Solved, solve
from pipeline.location.siting import Answer, SitingError, SitingProblem, Status
from pipeline.location.siting_rules import Rules, build_rules, without_idle
from pipeline.location.siting_solve import answer_without, chosen_sites, rules_can_be_kept
from pipeline.messages import msg

_DECIMALS: Final = 6
"""Of a person: numbers of people served that differ by less are the same."""


def capacitated_cover(
    problem: SitingProblem, limit_min: float, most: int, *, time_limit_s: float = TIME_LIMIT_S
) -> Answer:
    r"""Choose at most `most` new sites so that as many as possible are served within limit and capacity.

    Parameters
    ----------
    problem
        The problem; ``capacity`` is in visits a year, as ``volume_weight``.
    limit_min
        Travel-time limit, minutes, included.
    most
        Most new sites.
    time_limit_s
        Seconds after which the answer carries a gap instead of a proof.

    Returns
    -------
    Answer
        ``value`` is the number of people served, at sites of today or new ones. A site without which as many
        are served is left out where the rules let it go.

    Raises
    ------
    SitingError
        The problem asks for minimum volumes, which rest on people's own choice of site.

    Notes
    -----
    Maximise ``Σ_pj w_p x_pj`` with ``Σ_j x_pj ≤ 1``, ``Σ_p v_p x_pj ≤ c_j y_j`` and ``x_pj ≤ y_j``, where *x*
    is the share of pattern *p* allotted to site *j* within the limit, *w* its people and *v* its visits.
    """
    if problem.has_volumes:
        raise SitingError(
            Fault(
                "",
                "min_volume",
                msg("minimum volumes together with capacities"),
                msg("one of the two: a capacity is allotted, a minimum volume is drawn"),
                msg("leave out one of them"),
            )
        )
    deadline = Deadline.after(time_limit_s)
    rules = build_rules(problem, most)
    model = _model(problem, limit_min, rules)
    solved = solve(model, deadline)
    proven = min(-solved.bound, float(problem.weight.sum()))
    if not len(solved.values):

        def works(eased: SitingProblem, count: int | None) -> Solved:
            return rules_can_be_kept(eased, count, deadline.half())

        return answer_without("max_cover", problem, most, solved, works, bound=proven)

    def unserved(sites: tuple[int, ...]) -> float:
        return _unserved(model, rules, sites, deadline)

    value = float(-model.cost @ solved.values)
    sites = without_idle(problem, chosen_sites(solved, rules), most, unserved)
    status: Status = "optimal" if solved.status == "optimal" else "gap"
    bound = value if status == "optimal" else proven
    return Answer("max_cover", status, sites, value, bound, notes=problem.notes)


def _unserved(model: LinearModel, rules: Rules, sites: tuple[int, ...], deadline: Deadline) -> float:
    """Allot people to a choice of sites: minus the people served, NaN where time ran out."""
    is_open = np.isin(rules.columns, sites).astype(float)
    fixed = replace(
        model,
        whole=np.zeros_like(model.whole),
        lower=np.concatenate([is_open, model.lower[len(is_open) :]]),
        upper=np.concatenate([is_open, model.upper[len(is_open) :]]),
    )
    allotted = solve(fixed, deadline)
    if allotted.status != "optimal":
        return np.nan
    return float(np.round(model.cost @ allotted.values, _DECIMALS))


def _model(problem: SitingProblem, limit_min: float, rules: Rules) -> LinearModel:
    candidates, today = rules.columns, np.flatnonzero(problem.existing)
    columns = np.concatenate([candidates, today])
    rows = np.flatnonzero(problem.weight > 0)
    patterns = merge_patterns(problem, limit_min, rows, np.ones(len(rows), np.int64), columns=columns)
    pairs = patterns.covers.tocoo()
    pattern, site = pairs.coords
    count, sites, pair = len(pattern), len(candidates), np.arange(len(pattern))
    room = np.minimum(problem.capacity[columns], patterns.visits.sum())
    new = np.flatnonzero(site < sites)
    shares = csr_array(coo_array((-np.ones(count), (pattern, pair)), shape=(len(patterns.weight), count)))
    loads = csr_array(coo_array((-patterns.visits[pattern], (site, pair)), shape=(len(columns), count)))
    opened = csr_array(
        coo_array((room[:sites], (np.arange(sites), np.arange(sites))), shape=(len(columns), sites))
    )
    linked = csr_array(
        hstack(
            [
                coo_array((np.ones(len(new)), (np.arange(len(new)), site[new])), shape=(len(new), sites)),
                coo_array((-np.ones(len(new)), (np.arange(len(new)), new)), shape=(len(new), count)),
            ],
            format="csr",
        )
    )
    nothing = csr_array((len(patterns.weight), sites))
    matrix = csr_array(vstack([hstack([nothing, shares]), hstack([opened, loads]), linked], format="csr"))
    row_lower = np.concatenate(
        [-np.ones(len(patterns.weight)), np.zeros(sites), -room[sites:], np.zeros(len(new))]
    )
    return covering_model(
        rules,
        np.zeros(sites),
        matrix,
        row_lower,
        extra_cost=-patterns.weight[pattern],
        extra_upper=np.ones(count),
    )
