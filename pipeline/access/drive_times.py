"""Measure the way between named towns, to hold the road network against known drive times."""

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.access.calibration import Calibration, compare_times
from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.layers.municipality_keys import skeleton
from pipeline.messages import msg
from pipeline.schemas.common import KM, MINUTES, Contract, number, text
from pipeline.tables import read_table
from pipeline.travel.routing import Router

DRIVE_TIMES: Final = Contract(
    "drive_times",
    msg("Known car times between towns"),
    {
        "from_town": text(msg("town of departure")),
        "to_town": text(msg("town of arrival")),
        "minutes": number(msg("time by car in free flow"), unit=MINUTES, low=1),
        "road_km": number(msg("distance by road"), unit=KM, low=0, empty=True),
        "evidence": text(msg("how the time is known"), empty=True),
        "source": text(msg("where the time comes from"), empty=True),
        "precision": text(msg("how sure the time is"), empty=True),
        "note": text(msg("what else to know"), empty=True),
    },
    key=("from_town", "to_town"),
)


def read_drive_times(path: Path) -> pd.DataFrame:
    """Read a table of known drive times: ``from_town``, ``to_town``, ``minutes``, more is optional.

    Raises
    ------
    InputError
        Every fault of the file at once.
    """
    return read_table(path, DRIVE_TIMES)


def town_points(names: pd.Series, settlements: pd.DataFrame) -> NDArray[np.float64]:
    """Find towns by name, whatever the spelling of å, æ and ø.

    Parameters
    ----------
    names
        Names as a table has them.
    settlements
        Table ``settlements``; of towns with one name the largest is meant.

    Returns
    -------
    NDArray
        Float64 of shape (names, 2), EPSG:25832; NaN where no such town is known.
    """
    ordered = settlements.sort_values(["population", "geonameid"], ascending=[False, True])
    known = ordered.assign(key=[skeleton(name) for name in ordered["name"]]).drop_duplicates("key")
    points = gpd.GeoSeries.from_xy(known["lon"], known["lat"], crs=GEOGRAPHIC).to_crs(METRIC)
    found = pd.DataFrame({"x": points.x.to_numpy(), "y": points.y.to_numpy()}, index=known["key"])
    return found.reindex([skeleton(name) for name in names]).to_numpy(dtype=np.float64)


def check_drive_times(
    router: Router,
    reference: pd.DataFrame,
    settlements: pd.DataFrame,
    *,
    max_access_m: float,
    access_kmh: float,
) -> Calibration:
    """Hold the network's times between towns against known ones.

    Parameters
    ----------
    router
        Travel times on the network.
    reference
        Result of `read_drive_times`.
    settlements
        Table ``settlements``, for where the towns are.
    max_access_m, access_kmh
        How towns meet the roads, as for `Router.snap`.

    Returns
    -------
    Calibration
        Rows with an unknown town, or without a way, have no modelled time.
    """
    start, end = (
        router.snap(
            town_points(reference[column], settlements), max_access_m=max_access_m, access_kmh=access_kmh
        )
        for column in ("from_town", "to_town")
    )
    rows = [router.matrix(start.take([row]), end.take([row])).value[0, 0] for row in range(len(reference))]
    return compare_times(reference, np.array(rows, dtype=np.float64) / 60)
