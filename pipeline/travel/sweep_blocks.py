"""Sweeps of many sources cut into blocks that workers do, and put together again.

A block carries only where its sources touch the graph; the hierarchy and the targets above it are sent to
each worker once. A block's answer is as large as the workers' memory allows. Every number is found by the
same loop as in one process, from the same integers: the answers are the same bit for bit.
"""

import itertools
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.travel.cch import Tree
from pipeline.travel.sweep import CACHED, FEWEST_LANES, MOST_LANES, Cone, Doors, Sink, sweep
from pipeline.workers import Workers

I32 = NDArray[np.int32]

BYTES_A_PAIR: Final = 12
"""A pair that is told is three 4-byte numbers; in a table it is one."""

BLOCKS_EACH: Final = 4
"""Blocks for each worker where memory would allow fewer, so that none waits long for the last."""


class SweepJob(NamedTuple):
    """What all blocks of a sweep share.

    `slots` of the tree, the `tree`, the times `up` it, the `cone` above the targets, the cut-off `most` in
    ticks, what a tick counts in the result (`unit`), whether sources are out of order (`scattered`), and how
    many `targets` there are.
    """

    slots: int
    tree: Tree
    up: I32
    cone: Cone
    most: int
    unit: float
    scattered: bool
    targets: int


class SweepBlock(NamedTuple):
    """One block: where its sources touch the graph, and whether a table of times or pairs are wanted."""

    doors: Doors
    table: bool


def sweep_spread(
    workers: Workers, job: SweepJob, doors: Doors, column: NDArray[np.int64], table: NDArray[np.float32]
) -> I32:
    """Sweep with workers.

    Parameters
    ----------
    workers
        Who does the blocks.
    job
        What they share.
    doors, column
        Where the sources touch the graph, and their columns in the result.
    table
        Shape (targets, sources), to be filled; empty where pairs are wanted.

    Returns
    -------
    I32
        Target, column and ticks of each pair, shape (pairs, 3); empty where a table is filled.
    """
    dense = bool(table.size)
    most = max(workers.block_bytes // (max(job.targets, 1) * (4 if dense else BYTES_A_PAIR)), 1)
    each = -(-len(column) // (BLOCKS_EACH * workers.count))
    size = max(1, min(most, -(-each // FEWEST_LANES) * FEWEST_LANES))
    ends = [*range(0, len(column), size), len(column)]
    blocks = (SweepBlock(_part(doors, first, last), dense) for first, last in itertools.pairwise(ends))
    pairs = [np.empty((0, 3), dtype=np.int32)]
    for first, found in zip(ends, workers.map(sweep_block, job, blocks), strict=False):
        mine = column[first : first + size]
        if dense:
            table[:, mine] = found
        else:
            pairs.append(np.column_stack([found[:, 0], mine[found[:, 1]], found[:, 2]]).astype(np.int32))
    return np.concatenate(pairs)


def sweep_block(job: SweepJob, block: SweepBlock) -> NDArray[np.float32] | I32:
    """Do one block: a table of shape (targets, sources of the block), or its pairs of shape (pairs, 3)."""
    count = len(block.doors.ptr) - 1
    table = np.full((job.targets if block.table else 0, count), np.nan, dtype=np.float32)
    sink = Sink(table.reshape(-1), np.arange(count), job.unit, job.scattered)
    lanes = lanes_for(count, job.slots)
    blocks, shape = (0, -(-count // lanes)), (lanes, job.slots)
    found, used = sweep(blocks, shape, job.tree, job.up, block.doors, job.cone, job.most, sink)
    return table if block.table else found[:used].reshape(-1, 3)


def lanes_for(sources: int, slots: int) -> int:
    """Choose how many sources are swept side by side."""
    wanted = min(sources, CACHED // max(slots, 1), MOST_LANES)
    return max(-(-wanted // FEWEST_LANES), 1) * FEWEST_LANES


def _part(doors: Doors, first: int, last: int) -> Doors:
    start, end = doors.ptr[first], doors.ptr[last]
    return Doors(doors.ptr[first : last + 1] - start, doors.vertex[start:end], doors.ticks[start:end])
