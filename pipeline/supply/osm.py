"""Read doctors from an OpenStreetMap extract: ``amenity=doctors`` and ``healthcare=doctor``."""

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from pipeline.findings import Finding
from pipeline.messages import msg
from pipeline.osm_places import metric_points, read_places
from pipeline.supply import PracticeRows, build_practices

TAGS: Final = (("amenity", "doctors"), ("healthcare", "doctor"))

GENERAL: Final = frozenset({"general", "general_practice", "general_practitioner", "family_medicine"})
"""Values of ``healthcare:speciality`` of a GP; a doctor who states only others is a specialist."""

SAME_CLINIC_M: Final = 150.0
"""A clinic mapped both as a point and as a building, or twice under one name, stands this near to itself."""


def read_osm_doctors(path: Path, areas: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Read general practices from an OpenStreetMap extract.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm`` or a packed form of it.
    areas
        Municipality areas, EPSG:25832.

    Returns
    -------
    tuple
        The frame of `pipeline.supply` and what a reader should know. Points, buildings and areas count,
        specialists do not. OpenStreetMap knows neither number of GPs nor intake: both are missing. An
        extract without
        doctors gives an empty frame and a warning.

    Raises
    ------
    MissingInputError
        The file is not there or is no OpenStreetMap extract.
    """
    places, specialists = [], 0
    for place in read_places(path, *TAGS):
        stated = {word.strip().lower() for word in place.tags.get("healthcare:speciality", "").split(";")} - {
            ""
        }
        if stated and not stated & GENERAL:
            specialists += 1
        else:
            places.append(place)
    rows = pd.DataFrame(
        [(place.osm_id, place.tags.get("name", "")) for place in places],
        columns=["provider", "name"],
        dtype="str",
    )
    practices = build_practices(
        PracticeRows(
            points=metric_points(places),
            provider=rows["provider"],
            name=rows["name"].where(rows["name"] != "", rows["provider"]),
            capacity=np.full(len(rows), np.nan),
            open_to_new=pd.Series(pd.NA, index=rows.index, dtype="boolean"),
            valid_from=pd.Series(pd.NaT, index=rows.index),
            valid_to=pd.Series(pd.NaT, index=rows.index),
        ),
        areas,
        source=path.name,
        precision="measured",
    )
    practices = _mark_doubled(practices)
    findings = [
        Finding(
            "osm_doctors",
            msg(
                "{file}: {count:n} doctors that may be GPs; {others:n} specialists are left out",
                file=path.name,
                count=len(practices),
                others=specialists,
            ),
            severity="note" if len(practices) else "warning",
        )
    ]
    return practices, findings


def _mark_doubled(practices: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Mark a clinic that is mapped again near itself under the same name; the first id stands."""
    here = practices[practices["status"].isin(["ok", "snapped"])]
    pairs = here.sindex.query(here.geometry, predicate="dwithin", distance=SAME_CLINIC_M)
    one, two = pairs[:, pairs[0] < pairs[1]]
    same = here["name"].to_numpy()[one] == here["name"].to_numpy()[two]
    doubled = here.index[np.unique(two[same])]
    return practices.assign(status=practices["status"].mask(practices.index.isin(doubled), "duplicate"))
