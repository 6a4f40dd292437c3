"""Put a siting problem together: every contradiction in it is told at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.errors import Fault
from pipeline.location.siting import SitingError, SitingProblem, volumes
from pipeline.messages import Message, msg

_SAID: Final = {
    "must": msg("to be opened"),
    "forbidden": msg("not to be opened"),
    "existing": msg("open today"),
}


def siting_problem(  # noqa: PLR0913  one keyword per kind of restriction
    travel_min: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    volume_weight: ArrayLike | None = None,
    existing: ArrayLike = (),
    must: ArrayLike = (),
    forbidden: ArrayLike = (),
    cost: ArrayLike | None = None,
    budget: float | None = None,
    capacity: ArrayLike | None = None,
    min_volume: ArrayLike = 0.0,
    region: ArrayLike | None = None,
    quotas: Mapping[int, tuple[int, int | None]] | None = None,
    names: Sequence[str] | None = None,
) -> SitingProblem:
    """Check the parts of a siting problem and put them together.

    Parameters
    ----------
    travel_min
        Minutes, shape (demand, sites); NaN or infinite where there is no way.
    weight
        People at each demand point; 1 each when left out.
    volume_weight
        Visits a year at each demand point; `weight` when left out.
    existing, must, forbidden
        Columns open today, to be opened, not to be opened: numbers, or a bool array.
    cost
        Cost of opening each site; 1 each when left out.
    budget
        Most that the new sites may cost together.
    capacity
        Most visits a year at each site.
    min_volume
        Fewest visits a year at an open site: one number for the new sites, or one for every site. A site of
        today that is below its minimum already is not held to it, and a note says so.
    region
        Region number of each site.
    quotas
        Region → (fewest, most) new sites; None for no upper end.
    names
        Names of the sites, for messages.

    Raises
    ------
    SitingError
        Every contradiction at once.
    """
    times = np.array(travel_min, dtype=np.float32)
    check = _Check()
    if times.ndim != 2:
        check.fault(
            "travel_min", msg("{count} dimensions", count=times.ndim), msg("two dimensions: demand × sites")
        )
        check.done()
    np.copyto(times, np.inf, where=np.isnan(times))
    if (times < 0).any():
        check.fault("travel_min", msg("negative minutes"), msg("minutes of 0 or more, or missing"))
    rows, sites = times.shape
    told = tuple(str(site) for site in range(sites)) if names is None else tuple(names)
    if not check.length("names", len(told), sites):
        told = tuple(str(site) for site in range(sites))
    people = check.numbers("weight", 1.0 if weight is None else weight, rows)
    marks = {
        key: check.marks(key, value, sites)
        for key, value in {"existing": existing, "must": must, "forbidden": forbidden}.items()
    }
    for other in ("forbidden", "existing"):
        for site in np.flatnonzero(marks["must"] & marks[other]):
            check.fault(
                "must",
                msg(
                    "{name} is {first} and {second}",
                    name=told[site],
                    first=_SAID["must"],
                    second=_SAID[other],
                ),
                msg("one of the two"),
            )
    volume_floor = np.asarray(min_volume, dtype=np.float64)
    if volume_floor.ndim == 0:
        volume_floor = np.where(marks["existing"], 0.0, volume_floor)
    regions = np.zeros(sites, np.int64) if region is None else np.asarray(region, dtype=np.int64)
    check.length("region", len(regions), sites)
    problem = SitingProblem(
        travel_min=np.ascontiguousarray(times),
        weight=people,
        volume_weight=people
        if volume_weight is None
        else check.numbers("volume_weight", volume_weight, rows),
        existing=marks["existing"],
        must=marks["must"],
        forbidden=marks["forbidden"],
        cost=check.numbers("cost", 1.0 if cost is None else cost, sites),
        budget=np.inf if budget is None else float(budget),
        capacity=check.numbers("capacity", np.inf if capacity is None else capacity, sites, endless=True),
        min_volume=check.numbers("min_volume", volume_floor, sites),
        region=regions,
        quotas=check.quotas(quotas or {}, regions),
        names=told,
    )
    if not problem.budget >= 0:
        check.fault("budget", msg("the value {value}", value=budget), msg("a number of 0 or more"))
    check.done()
    return _with_volumes_that_hold(problem)


def _with_volumes_that_hold(problem: SitingProblem) -> SitingProblem:
    """Drop the minimum of a site of today that misses it already: it cannot bind the choice of new ones."""
    if not (problem.min_volume[problem.existing] > 0).any():
        return problem
    today = volumes(problem, ())
    below = problem.existing & (today < problem.min_volume)
    notes = tuple(
        msg(
            "{name} draws {visits:n} {visits:|visit|visits} a year today, below its minimum of {minimum:n}",
            name=problem.names[site],
            visits=today[site],
            minimum=problem.min_volume[site],
        )
        for site in np.flatnonzero(below)
    )
    return replace(problem, min_volume=np.where(below, 0.0, problem.min_volume), notes=notes)


@dataclass(slots=True)
class _Check:
    faults: list[Fault] = field(default_factory=list)

    def fault(self, where: str, found: Message, expected: Message) -> None:
        self.faults.append(Fault("", where, found, expected, msg("correct {key}", key=where)))

    def done(self) -> None:
        if self.faults:
            raise SitingError(self.faults)

    def length(self, key: str, found: int, expected: int) -> bool:
        if found == expected:
            return True
        self.fault(key, msg("{count} values", count=found), msg("{count} values", count=expected))
        return False

    def numbers(self, key: str, value: ArrayLike, size: int, *, endless: bool = False) -> NDArray[np.float64]:
        array = np.asarray(value, dtype=np.float64)
        array = np.full(size, array) if array.ndim == 0 else array.ravel()
        if not self.length(key, len(array), size):
            return np.zeros(size)
        good = (array >= 0) & (endless | np.isfinite(array))
        if not good.all():
            at = np.flatnonzero(~good)
            self.fault(
                key,
                msg("{value} in row {row}", value=array[at[0]], row=int(at[0])),
                msg("numbers of 0 or more"),
            )
        return array

    def marks(self, key: str, value: ArrayLike, size: int) -> NDArray[np.bool_]:
        array = np.asarray(value)
        if array.dtype == np.bool_:
            return array if self.length(key, len(array), size) else np.zeros(size, np.bool_)
        marks = np.zeros(size, np.bool_)
        index = array.astype(np.int64).ravel()
        good = (index >= 0) & (index < size)
        if not good.all():
            self.fault(
                key,
                msg("the site {site}", site=int(index[~good][0])),
                msg("a site from 0 to {last}", last=size - 1),
            )
        marks[index[good]] = True
        return marks

    def quotas(
        self, quotas: Mapping[int, tuple[int, int | None]], regions: NDArray[np.int64]
    ) -> dict[int, tuple[int, int]]:
        known = set(np.unique(regions).tolist())
        kept = {}
        for name in sorted(quotas):
            low, high = quotas[name]
            most = len(regions) if high is None else high
            if name not in known:
                self.fault("quotas", msg("the region {region}", region=name), msg("a region of a site"))
            elif not 0 <= low <= most:
                self.fault(
                    "quotas",
                    msg("{low} to {high} sites in region {region}", low=low, high=most, region=name),
                    msg("0 ≤ fewest ≤ most"),
                )
            kept[int(name)] = (low, most)
        return kept
