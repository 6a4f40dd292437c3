"""One routing problem for all: a national network, facilities and demand points, as plain arrays on disk."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.travel.destination import DOUBLE
from pipeline.travel.network import Network

FACILITIES = 1_650
POINTS = 40_000


@dataclass(frozen=True, slots=True)
class Problem:
    """A directed graph without parallel arcs or self-loops, and the two sides of a matrix.

    Parameters
    ----------
    xy
        Float64 array of shape (nodes, 2), metres.
    tail, head
        Int32 arrays of shape (arcs,).
    seconds
        Float64 array of shape (arcs,), whole milliseconds, above 0.
    facilities, points
        Int32 arrays: nodes.
    """

    xy: NDArray[np.float64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    seconds: NDArray[np.float64]
    facilities: NDArray[np.int32]
    points: NDArray[np.int32]

    def save(self, path: Path) -> None:
        """Write the arrays to an ``.npz`` file."""
        np.savez(path, **{name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def load(cls, path: Path) -> "Problem":
        """Read the arrays."""
        with np.load(path, allow_pickle=False) as stored:
            return cls(**{name: stored[name] for name in cls.__slots__})


def make_problem(network: Network, *, seed: int = 0) -> Problem:
    """Take the search graph of a network with the fastest of parallel arcs, and draw both sides of a matrix.

    Parameters
    ----------
    network
        A national network.
    seed
        For the drawn facilities and points, all on the largest landmass.
    """
    graph, arcs = network.graph, network.arcs
    seconds = np.where(graph.arc == DOUBLE, 0.0, np.rint(arcs.seconds[graph.arc] * 1000.0) / 1000)
    seconds = np.maximum(seconds, 0.001)
    use = ~graph.blocked & (graph.tail != graph.head)
    tail, head, seconds = graph.tail[use], graph.head[use], seconds[use]
    key = tail.astype(np.int64) * len(graph.vertex_node) + head
    order = np.lexsort((seconds, key))
    first = order[np.r_[True, np.diff(key[order]) > 0]]
    rng = np.random.default_rng(seed)
    main = np.flatnonzero((network.node_landmass == 0) & network.node_usable)
    facilities = rng.choice(main, min(FACILITIES, len(main) // 4), replace=False)
    points = rng.choice(main, min(POINTS, len(main) // 2), replace=False)
    return Problem(
        xy=arcs.node_xy[graph.vertex_node],
        tail=tail[first].astype(np.int32),
        head=head[first].astype(np.int32),
        seconds=seconds[first],
        facilities=graph.start_vertex[facilities].astype(np.int32),
        points=graph.start_vertex[points].astype(np.int32),
    )
