"""Maximal coverage with PySAL spopt, and with PuLP by hand, in a process of its own.

Run as ``python -m pipeline.bench.sites_peer TOOL FILE POINTS SITES MOST LIMIT_MIN``. Prints one JSON line.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def spopt_value(minutes: NDArray[np.float64], people: NDArray[np.float64], most: int, limit: float) -> float:
    """Solve with `spopt.locate.MCLP` and CBC."""
    import pulp  # noqa: PLC0415
    from spopt.locate import MCLP  # noqa: PLC0415

    model = MCLP.from_cost_matrix(minutes, people, limit, most)
    solved = model.solve(pulp.PULP_CBC_CMD(msg=False, threads=1))
    return float(pulp.value(solved.problem.objective))


def pulp_value(minutes: NDArray[np.float64], people: NDArray[np.float64], most: int, limit: float) -> float:
    """Solve the model of Church & ReVelle (1974) as written, point by point, with PuLP and CBC."""
    import pulp  # noqa: PLC0415

    points, sites = minutes.shape
    problem = pulp.LpProblem("cover", pulp.LpMaximize)
    opened = [pulp.LpVariable(f"y{site}", cat="Binary") for site in range(sites)]
    covered = [pulp.LpVariable(f"z{point}", 0, 1) for point in range(points)]
    problem += pulp.lpSum(float(people[point]) * covered[point] for point in range(points))
    problem += pulp.lpSum(opened) <= most
    for point in range(points):
        near = np.flatnonzero(minutes[point] <= limit)
        problem += covered[point] <= pulp.lpSum(opened[site] for site in near)
    problem.solve(pulp.PULP_CBC_CMD(msg=False, threads=1))
    return float(pulp.value(problem.objective))


TOOLS = {"spopt": spopt_value, "PuLP": pulp_value}


def run(tool: str, file: Path, size: tuple[int, int, int], limit: float) -> dict[str, Any]:
    """Solve one problem; the clock begins when the tool is loaded."""
    points, sites, most = size
    with np.load(file, allow_pickle=False) as stored:
        minutes = stored["minutes"][:points, :sites].astype(np.float64)
        people = stored["people"][:points]
    minutes = np.where(np.isnan(minutes), 1e6, minutes)
    TOOLS[tool](minutes[:20], people[:20], 1, limit)
    begin = time.perf_counter()
    value = TOOLS[tool](minutes, people, most, limit)
    return {"tool": tool, "seconds": time.perf_counter() - begin, "value": value}


if __name__ == "__main__":
    size = (int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
    print(json.dumps(run(sys.argv[1], Path(sys.argv[2]), size, float(sys.argv[6]))))  # noqa: T201
