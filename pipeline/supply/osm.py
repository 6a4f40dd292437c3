"""Read doctors from an OpenStreetMap extract: ``amenity=doctors`` and ``healthcare=doctor``."""

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd

from pipeline.crs import GEOGRAPHIC, METRIC
from pipeline.errors import Fault, MissingInputError
from pipeline.findings import Finding
from pipeline.limits import check_extract
from pipeline.messages import msg
from pipeline.roads.extract import DAMAGES
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
        The frame of `pipeline.supply` and what a reader should know. Nodes and closed ways count, specialists
        do not. OpenStreetMap knows neither number of GPs nor intake: both are missing. An extract without
        doctors gives an empty frame and a warning.

    Raises
    ------
    MissingInputError
        The file is not there or is no OpenStreetMap extract.
    """
    found: list[tuple[str, str, float, float]] = []
    specialists = 0
    check_extract(path)
    try:
        reader = osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.TagFilter(*TAGS))
        for item in reader:
            if not isinstance(item, osmium.osm.Node | osmium.osm.Way):
                continue
            tags = dict(item.tags)
            stated = {word.strip().lower() for word in tags.get("healthcare:speciality", "").split(";")} - {
                ""
            }
            if stated and not stated & GENERAL:
                specialists += 1
                continue
            name = tags.get("name", "")
            if isinstance(item, osmium.osm.Node):
                found.append((f"node/{item.id}", name, item.location.lon, item.location.lat))
                continue
            spots = [(node.lon, node.lat) for node in item.nodes if node.location.valid()]
            if spots:
                middle = np.mean(spots, axis=0)
                found.append((f"way/{item.id}", name, float(middle[0]), float(middle[1])))
    except DAMAGES as error:
        raise MissingInputError(
            Fault(
                str(path),
                "",
                msg("a file that cannot be read: {reason}", reason=str(error).splitlines()[0][:120]),
                msg("an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz or .osm.bz2)"),
                msg("fetch the extract again; a broken download is the common cause"),
            )
        ) from error
    rows = pd.DataFrame(found, columns=["provider", "name", "lon", "lat"]).sort_values(
        "provider", ignore_index=True
    )
    points = gpd.GeoSeries.from_xy(rows["lon"], rows["lat"], crs=GEOGRAPHIC).to_crs(METRIC)
    practices = build_practices(
        PracticeRows(
            points=points,
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
