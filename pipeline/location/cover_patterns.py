"""Demand points that the same sites cover count as one: the step that makes covering models small."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack

from pipeline.location.linear_model import LinearModel
from pipeline.location.siting import SitingProblem
from pipeline.location.siting_rules import Rules

_BLOCK: Final = 8192


@dataclass(frozen=True, slots=True)
class Patterns:
    """Groups of demand points with the same covering candidates and the same need.

    Parameters
    ----------
    covers
        0/1 matrix in CSR form, shape (patterns, sites looked at): who covers whom.
    weight, visits
        People and visits a year of each pattern.
    need
        How many more sites must cover the pattern (1, or more with backup).
    of_row
        Pattern of each demand point, -1 where it needs none.
    """

    covers: csr_array
    weight: NDArray[np.float64]
    visits: NDArray[np.float64]
    need: NDArray[np.int64]
    of_row: NDArray[np.int64]


def merge_patterns(
    problem: SitingProblem,
    limit_min: float,
    rows: NDArray[np.int64],
    need: NDArray[np.int64],
    *,
    columns: NDArray[np.int64] | None = None,
) -> Patterns:
    """Merge demand points that the same sites cover within a limit.

    Parameters
    ----------
    problem
        The problem.
    limit_min
        Travel-time limit, minutes.
    rows
        Demand points to look at.
    need
        How many sites must cover each of them; at most 255.
    columns
        Sites to look at; the candidates when left out.
    """
    columns = problem.candidates if columns is None else columns
    of_row = np.full(len(problem.weight), -1, dtype=np.int64)
    width = (len(columns) + 7) // 8
    packed = np.empty((len(rows), width + 1), dtype=np.uint8)
    packed[:, width] = need
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        near = problem.travel_min[rows[block]][:, columns] <= limit_min
        packed[block, :width] = np.packbits(near, axis=1)
    keys = packed.view(np.dtype((np.void, width + 1))).ravel()
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    of_row[rows] = group
    distinct = packed[first]
    bits = np.unpackbits(distinct[:, :width], axis=1, count=len(columns)) if len(columns) else distinct[:, :0]
    return Patterns(
        covers=csr_array(bits.astype(np.float64)),
        weight=np.bincount(group, weights=problem.weight[rows], minlength=len(first)).astype(np.float64),
        visits=np.bincount(group, weights=problem.volume_weight[rows], minlength=len(first)).astype(
            np.float64
        ),
        need=distinct[:, width].astype(np.int64),
        of_row=of_row,
    )


def binding_patterns(patterns: Patterns) -> Patterns:
    """Drop patterns that are covered whenever another one is (fewer sites to choose from, no smaller need).

    Only for models in which every pattern must be covered.
    """
    size = np.diff(patterns.covers.indptr)
    order = np.lexsort((np.arange(len(size)), -patterns.need, size))
    words = _words(patterns.covers)
    kept = np.sort(order[_is_minimal(words[order], patterns.need[order])])
    return replace(
        patterns,
        covers=csr_array(patterns.covers[kept]),
        weight=patterns.weight[kept],
        visits=patterns.visits[kept],
        need=patterns.need[kept],
    )


def _words(covers: csr_array) -> NDArray[np.uint64]:
    """Pack each row of a 0/1 matrix into whole 64-bit words."""
    dense = covers.toarray() > 0
    wide = np.zeros((dense.shape[0], -(-max(dense.shape[1], 1) // 64) * 64), dtype=bool)
    wide[:, : dense.shape[1]] = dense
    return np.packbits(wide, axis=1).view(np.uint64)


@njit(cache=True)
def _is_minimal(words: NDArray[np.uint64], need: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows, sorted by size, inside which no earlier kept row with at least the same need lies."""
    count, width = words.shape
    kept = np.zeros(count, dtype=np.bool_)
    stack = np.empty(count, dtype=np.int64)
    top = 0
    for row in range(count):
        inside = False
        for at in range(top):
            other = stack[at]
            if need[other] < need[row]:
                continue
            inside = True
            for word in range(width):
                if words[other, word] & ~words[row, word]:
                    inside = False
                    break
            if inside:
                break
        if not inside:
            kept[row] = True
            stack[top] = row
            top += 1
    return kept


def covering_model(
    rules: Rules,
    cost: NDArray[np.float64],
    rows: csr_array,
    row_lower: NDArray[np.float64],
    *,
    extra_cost: NDArray[np.float64] | None = None,
    extra_upper: NDArray[np.float64] | None = None,
) -> LinearModel:
    """Put the rules on the sites and covering rows ``A y + B z ≥ row_lower`` into one model.

    Parameters
    ----------
    rules
        Rules over the candidate sites.
    cost
        Cost of each candidate site.
    rows
        Matrix [A B].
    row_lower
        Lower end of each covering row.
    extra_cost, extra_upper
        Cost and upper bound of the variables z, which are not whole and at least 0.
    """
    sites = len(rules.columns)
    extra = np.zeros(0) if extra_cost is None else extra_cost
    top = np.full(len(extra), np.inf) if extra_upper is None else extra_upper
    padding = csr_array((rules.rows.shape[0], len(extra)))
    head = hstack([rules.rows, padding], format="csr")
    return LinearModel(
        cost=np.concatenate([cost, extra]),
        lower=np.concatenate([rules.lower, np.zeros(len(extra))]),
        upper=np.concatenate([rules.upper, top]),
        whole=np.concatenate([np.ones(sites, dtype=bool), np.zeros(len(extra), dtype=bool)]),
        rows=csr_array(vstack([head, rows], format="csr")),
        row_lower=np.concatenate([rules.row_lower, row_lower]),
        row_upper=np.concatenate([rules.row_upper, np.full(rows.shape[0], np.inf)]),
    )
