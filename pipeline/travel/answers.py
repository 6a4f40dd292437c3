"""What the engine answers: times with the reason where there is none."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import LineString

from pipeline.errors import KlyngekortError
from pipeline.messages import Language, Message, msg, translator
from pipeline.travel_status import Status

NOBODY = -1
"""Stands for 'no facility' in index arrays."""


class TooLargeError(KlyngekortError, MemoryError):
    """A result that would not fit into memory."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))

    def text(self, lang: Language = "en") -> str:
        """Write the message in the reader's language."""
        return translator(lang)(self.message)


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest facilities of each point.

    Parameters
    ----------
    value
        Float32 array of shape (points, k): seconds (metres for distances), rising; NaN where there is none.
    facility
        Int32 array of shape (points, k): row of the facility, `NOBODY` where there is none; of facilities
        equally near the lowest row comes first.
    status
        Uint8 array of shape (points,): `Status` of the first column.
    """

    value: NDArray[np.float32]
    facility: NDArray[np.int32]
    status: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a matrix: status, landmass and ferry-joined group of landmasses of each place."""

    status: NDArray[np.uint8]
    landmass: NDArray[np.int32]
    joined: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Times between points and facilities.

    Parameters
    ----------
    value
        Float32 array of shape (points, facilities): seconds (metres for distances), NaN where there is none.
    points, facilities
        What is known of the two sides.
    cutoff
        Cut-off asked for, or None.
    """

    value: NDArray[np.float32]
    points: Side
    facilities: Side
    cutoff: float | None

    def status(self) -> NDArray[np.uint8]:
        """Tell for every pair what it is, uint8 of shape (points, facilities), `Status` values."""
        one, two = self.points, self.facilities
        apart = one.landmass[:, None] != two.landmass[None, :]
        codes = np.where(apart, np.uint8(Status.FERRY_ONLY), np.uint8(Status.OK))
        missing = np.isnan(self.value)
        why = np.where(apart, np.uint8(Status.OTHER_LANDMASS), np.uint8(Status.NO_WAY))
        if self.cutoff is not None:
            joined = one.joined[:, None] == two.joined[None, :]
            why[joined] = Status.BEYOND_CUTOFF
        codes[missing] = why[missing]
        codes = np.where((two.status == Status.OK)[None, :], codes, two.status[None, :])
        return np.where((one.status == Status.OK)[:, None], codes, one.status[:, None])


@dataclass(frozen=True, slots=True)
class Route:
    """One journey.

    Parameters
    ----------
    value
        Seconds (metres for distances) with both access legs; NaN where there is no way.
    length_m
        Length by road, metres, without the access legs.
    geometry
        The way by road from where it is entered to where it is left, EPSG:25832; None where there is none.
    links
        Named links (ferries, bridges, tunnels) in the order they are used.
    arcs
        Int32 array: road arcs in the order they are used, the first and last perhaps in part.
    status
        What the journey is.
    """

    value: float
    length_m: float
    geometry: LineString | None
    links: tuple[str, ...]
    arcs: NDArray[np.int32]
    status: Status


def too_large(points: int, facilities: int, needed: float, limit: float) -> TooLargeError:
    """Say how much memory a matrix would need, and what to do instead."""
    return TooLargeError(
        msg(
            "{points:n} × {facilities:n} travel times need {needed:n1} GB of memory, {limit:n1} GB may be "
            "used: give a cut-off, or let the times be written to a file block by block",
            points=points,
            facilities=facilities,
            needed=needed / 1e9,
            limit=limit / 1e9,
        )
    )
