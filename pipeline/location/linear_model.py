"""Mixed-integer models as arrays, solved by HiGHS: one thread, fixed seed, so the same answer every time."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from pipeline.location.deadline import Deadline
from pipeline.location.siting import weighted_sum

_PRIMAL_SIMPLEX: Final = 4
"""Covering models begin from a feasible point, which the primal simplex keeps."""

Guess = Callable[[NDArray[np.float64]], NDArray[np.float64] | None]

_SCALE: Final = 1000.0
"""Objectives are scaled so that their coefficients add up to this; HiGHS' tolerances are absolute."""


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Minimise ``cost · x`` under ``row_lower ≤ A x ≤ row_upper`` and ``lower ≤ x ≤ upper``.

    Parameters
    ----------
    cost, lower, upper
        Float64 arrays of shape (columns,).
    whole
        Bool array of shape (columns,): variables that take whole numbers.
    rows
        The matrix A, shape (rows, columns).
    row_lower, row_upper
        Float64 arrays of shape (rows,); infinite where open.
    """

    cost: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    whole: NDArray[np.bool_]
    rows: csr_array
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]

    def with_rows(
        self, rows: csr_array, row_lower: NDArray[np.float64], row_upper: NDArray[np.float64]
    ) -> "LinearModel":
        """Add rows; they may be shorter than the model is wide."""
        missing = self.rows.shape[1] - rows.shape[1]
        wide = csr_array(
            (rows.data, rows.indices, rows.indptr), shape=(rows.shape[0], rows.shape[1] + missing)
        )
        return replace(
            self,
            rows=csr_array(vstack([self.rows, wide], format="csr")),
            row_lower=np.concatenate([self.row_lower, row_lower]),
            row_upper=np.concatenate([self.row_upper, row_upper]),
        )


@dataclass(frozen=True, slots=True)
class Solved:
    """What the solver found.

    Parameters
    ----------
    status
        ``optimal``, ``gap`` (stopped with a solution), ``none`` (stopped without one) or ``infeasible``.
    values
        The variables; empty without a solution.
    bound
        Proven lower bound of the objective.
    reduced
        Reduced costs, where every variable is continuous.
    """

    status: Literal["optimal", "gap", "none", "infeasible"]
    values: NDArray[np.float64]
    bound: float
    reduced: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


def solve(model: LinearModel, deadline: Deadline, *, guess: Guess | None = None) -> Solved:
    """Minimise a model.

    Parameters
    ----------
    model
        The model.
    deadline
        When the solver stops with what it has.
    guess
        Makes a solution from the values of the linear relaxation, or gives None when it finds none. With it
        the reduced costs show which whole variables keep their value in every better solution (reduced-cost
        fixing), and only the rest is searched.
    """
    if (model.lower > model.upper).any():
        return Solved("infeasible", np.zeros(0), np.inf)
    if guess is None or not model.whole.any():
        return _run(model, deadline.left_s)
    return _solve_around(model, guess, deadline)


def _solve_around(model: LinearModel, guess: Guess, deadline: Deadline) -> Solved:
    """Solve the relaxation, make a solution from it, fix what cannot change any more, and search the rest."""
    relaxed = _run(replace(model, whole=np.zeros_like(model.whole)), deadline.half().left_s, primal=True)
    if relaxed.status == "infeasible":
        return relaxed
    start = guess(relaxed.values) if relaxed.status == "optimal" else None
    if start is None:
        return _run(model, deadline.left_s)
    known = weighted_sum(model.cost, start)
    hair = 1e-9 * max(abs(known), abs(relaxed.bound))
    if relaxed.bound >= known - hair:
        return Solved("optimal", start, known)
    room = known - relaxed.bound + hair
    at_lower = model.whole & (relaxed.reduced > room)
    at_upper = model.whole & (relaxed.reduced < -room)
    smaller = replace(
        model,
        upper=np.where(at_lower, model.lower, model.upper),
        lower=np.where(at_upper, model.upper, model.lower),
    )
    found = _run(smaller, deadline.left_s, start=start)
    stopped = found.status in {"none", "gap"}
    bound = min(max(found.bound, relaxed.bound), known)
    if not len(found.values) or weighted_sum(model.cost, found.values) > known:
        return Solved("gap" if stopped else "optimal", start, bound if stopped else known)
    return replace(found, bound=bound)


def _run(
    model: LinearModel,
    time_limit_s: float,
    *,
    start: NDArray[np.float64] | None = None,
    primal: bool = False,
) -> Solved:
    total = float(np.abs(model.cost).sum())
    scale = _SCALE / total if total > 0 else 1.0
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 0),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", 1e-7),
        ("time_limit", float(time_limit_s)),
    ):
        solver.setOptionValue(option, value)
    if primal:
        solver.setOptionValue("simplex_strategy", _PRIMAL_SIMPLEX)
    solver.passModel(
        len(model.cost),
        model.rows.shape[0],
        model.rows.nnz,
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        model.cost * scale,
        model.lower,
        model.upper,
        model.row_lower,
        model.row_upper,
        model.rows.indptr.astype(np.int32),
        model.rows.indices.astype(np.int32),
        model.rows.data.astype(np.float64),
        model.whole.astype(np.int32),
    )
    if start is not None:
        solver.setSolution(len(start), np.arange(len(start), dtype=np.int32), start)
    solver.run()
    return _result(solver, scale, whole=bool(model.whole.any()))


def _result(solver: highspy.Highs, scale: float, *, whole: bool) -> Solved:
    status = solver.getModelStatus()
    kinds = highspy.HighsModelStatus
    if status in {kinds.kInfeasible, kinds.kUnboundedOrInfeasible}:
        return Solved("infeasible", np.zeros(0), np.inf)
    info, solution = solver.getInfo(), solver.getSolution()
    feasible = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    values = np.array(solution.col_value, dtype=np.float64) if feasible else np.zeros(0)
    if status == kinds.kOptimal:
        bound = info.mip_dual_bound if whole else info.objective_function_value
        reduced = np.zeros(0) if whole else np.array(solution.col_dual, dtype=np.float64) / scale
        return Solved("optimal", values, float(bound) / scale, reduced)
    bound = float(info.mip_dual_bound) / scale if whole else -np.inf
    return Solved("gap" if feasible else "none", values, bound)
