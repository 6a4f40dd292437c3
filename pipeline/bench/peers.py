"""The same matrix with other tools, each in a process of its own.

Run as ``python -m pipeline.bench.peers TOOL FILE ROWS``.

Prints one JSON line: seconds to prepare, seconds for the rows asked for, peak memory, and the times found for
the first row, so that every answer is checked before any time is told.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipeline.bench.problem import Problem

Rows = NDArray[np.float64]
Solver = Callable[[NDArray[np.int32]], Rows]
"""Facilities → seconds from each to every point, shape (facilities, points)."""


def scipy_rows(problem: Problem) -> Solver:
    """SciPy: `scipy.sparse.csgraph.dijkstra`, a row per source."""
    from scipy.sparse import csr_array  # noqa: PLC0415
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

    size = (len(problem.xy),) * 2
    graph = csr_array((problem.seconds, (problem.tail, problem.head)), shape=size)
    return lambda chosen: np.asarray(dijkstra(graph, indices=chosen)[:, problem.points])


def networkx_rows(problem: Problem) -> Solver:
    """networkx: `single_source_dijkstra_path_length` on a DiGraph."""
    import networkx as nx  # noqa: PLC0415

    graph = nx.DiGraph()
    arcs = zip(problem.tail.tolist(), problem.head.tolist(), problem.seconds.tolist(), strict=True)
    graph.add_weighted_edges_from(arcs)
    points = problem.points.tolist()

    def solve(chosen: NDArray[np.int32]) -> Rows:
        found = [nx.single_source_dijkstra_path_length(graph, source) for source in chosen.tolist()]
        return np.array([[row.get(point, np.inf) for point in points] for row in found])

    return solve


def osmnx_rows(problem: Problem) -> Solver:
    """osmnx: `osmnx.routing.shortest_path` pair by pair, its only way; the first points of a row only."""
    import networkx as nx  # noqa: PLC0415
    import osmnx as ox  # noqa: PLC0415

    graph = nx.MultiDiGraph(crs="EPSG:25832")
    graph.add_nodes_from((node, {"x": x, "y": y}) for node, (x, y) in enumerate(problem.xy.tolist()))
    arcs = zip(problem.tail.tolist(), problem.head.tolist(), problem.seconds.tolist(), strict=True)
    graph.add_edges_from((tail, head, {"travel_time": time}) for tail, head, time in arcs)

    def solve(chosen: NDArray[np.int32]) -> Rows:
        found = np.full((len(chosen), OSMNX_POINTS), np.inf)
        for row, source in enumerate(chosen.tolist()):
            for column, point in enumerate(problem.points[:OSMNX_POINTS].tolist()):
                path = ox.routing.shortest_path(graph, source, point, weight="travel_time", cpus=1)
                steps = pairwise(path)
                found[row, column] = sum(graph[one][other][0]["travel_time"] for one, other in steps)
        return found

    return solve


def igraph_rows(problem: Problem) -> Solver:
    """igraph: `Graph.distances` from each source to all points."""
    import igraph  # noqa: PLC0415

    graph = igraph.Graph(
        n=len(problem.xy), edges=np.column_stack([problem.tail, problem.head]), directed=True
    )
    weights, points = problem.seconds.tolist(), problem.points.tolist()
    return lambda chosen: np.array(graph.distances(chosen.tolist(), points, weights=weights))


def routingkit_rows(problem: Problem) -> Solver:
    """routingkit-cch: customisable contraction hierarchy with pinned targets, one source at a time."""
    import routingkit_cch as rk  # noqa: PLC0415

    tail, head = problem.tail.tolist(), problem.head.tolist()
    y, x = problem.xy[:, 1].tolist(), problem.xy[:, 0].tolist()
    order = rk.compute_order_inertial(len(problem.xy), tail, head, y, x)
    hierarchy = rk.CCH(order, tail, head, filter_always_inf_arcs=False)
    metric = rk.CCHMetric(hierarchy, np.rint(problem.seconds * 1000).astype(np.uint32).tolist())
    pinned = rk.CCHOneToMany(metric, problem.points.tolist())

    def solve(chosen: NDArray[np.int32]) -> Rows:
        rows = [pinned.distances_from(source) for source in chosen.tolist()]
        return np.array([[np.inf if d is None else d for d in row] for row in rows], dtype=float) / 1000

    return solve


def pandana_rows(problem: Problem) -> Solver:
    """pandana: contraction hierarchy, `shortest_path_lengths` on pairs."""
    import pandana  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    network = pandana.Network(
        pd.Series(problem.xy[:, 0]),
        pd.Series(problem.xy[:, 1]),
        pd.Series(problem.tail.astype(np.int64)),
        pd.Series(problem.head.astype(np.int64)),
        pd.DataFrame({"seconds": problem.seconds}),
        twoway=False,
    )

    def solve(chosen: NDArray[np.int32]) -> Rows:
        starts = np.repeat(chosen, len(problem.points)).tolist()
        ends = np.tile(problem.points, len(chosen)).tolist()
        found = network.shortest_path_lengths(starts, ends, imp_name="seconds")
        return np.array(found, dtype=float).reshape(len(chosen), -1)

    return solve


OSMNX_POINTS: Final = 3
TOOLS: Final[dict[str, Callable[[Problem], Solver]]] = {
    "scipy": scipy_rows,
    "networkx": networkx_rows,
    "osmnx": osmnx_rows,
    "igraph": igraph_rows,
    "routingkit-cch": routingkit_rows,
    "pandana": pandana_rows,
}


def run(tool: str, file: Path, rows: int) -> dict[str, Any]:
    """Prepare a tool and let it find `rows` rows."""
    problem = Problem.load(file)
    begin = time.perf_counter()
    solve = TOOLS[tool](problem)
    prepared = time.perf_counter()
    found = solve(problem.facilities[:rows])
    done = time.perf_counter()
    return {
        "tool": tool,
        "rows": rows,
        "columns": found.shape[1],
        "prepare_s": prepared - begin,
        "solve_s": done - prepared,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "first_row": [None if not np.isfinite(x) else round(float(x), 4) for x in found[0]],
    }


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201
