"""Maximal coverage with capacities: people within the limit count only while there is room for their visits.

Current & Storbeck 1988. The planner allots people to sites, and a point's people may be split; people's own
choice of the nearest site is what the other models reckon with.
"""

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack, vstack

from pipeline.errors import Fault
from pipeline.location.cover_patterns import covering_model, merge_patterns
from pipeline.location.linear_model import TIME_LIMIT_S, LinearModel, solve
from pipeline.location.siting import Answer, SitingError, SitingProblem, Status
from pipeline.location.siting_rules import Rules, build_rules
from pipeline.location.siting_solve import answer_without, chosen_sites
from pipeline.messages import msg


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
        ``value`` is the number of people served, at sites of today or new ones.

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
    rules, model = _model(problem, limit_min, most)
    solved = solve(model, time_limit_s=time_limit_s)
    if not len(solved.values):

        def works(eased: SitingProblem, count: int | None) -> bool:
            return bool(len(solve(_model(eased, limit_min, count)[1], time_limit_s=time_limit_s).values))

        return answer_without("max_cover", problem, most, solved, works)
    value = float(-model.cost @ solved.values)
    status: Status = "optimal" if solved.status == "optimal" else "gap"
    bound = value if status == "optimal" else -solved.bound
    return Answer("max_cover", status, chosen_sites(solved, rules), value, bound, notes=problem.notes)


def _model(problem: SitingProblem, limit_min: float, most: int | None) -> tuple[Rules, LinearModel]:
    rules = build_rules(problem, most)
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
    return rules, covering_model(
        rules,
        np.zeros(sites),
        matrix,
        row_lower,
        extra_cost=-patterns.weight[pattern],
        extra_upper=np.ones(count),
    )
