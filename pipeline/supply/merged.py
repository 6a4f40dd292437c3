"""Practices of a register and doctors of OpenStreetMap put together, each place once."""

import datetime as dt
import re
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from pipeline.findings import Finding
from pipeline.messages import msg
from pipeline.supply import serves

SAME_HOUSE_M: Final = 60.0
"""A practice and a doctor this near to each other are the same, whatever they are called, metres."""

SAME_NAME_M: Final = 400.0
"""With a telling word of the name in common they may stand this far apart, metres."""

COMMON_WORDS: Final = frozenset(
    {
        *("læge", "læger", "lægerne", "lægehus", "lægehuset", "lægeklinik", "lægeklinikken", "lægepraksis"),
        *("lægecenter", "lægecentret", "klinik", "klinikken", "praksis", "almen", "praktiserende"),
        *("speciallæge", "medicin", "sundhedshus", "og", "ved", "på", "aps", "dr", "doctor", "doctors"),
    }
)
"""Words of practices' names that do not tell one from another."""


def merge_practices(
    register: gpd.GeoDataFrame, mapped: gpd.GeoDataFrame, on: dt.date
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Add the doctors of OpenStreetMap that the register does not have.

    Parameters
    ----------
    register
        Practices of a register (`pipeline.supply`).
    mapped
        Doctors of an extract (`pipeline.supply`).
    on
        The day that both tell of.

    Returns
    -------
    tuple
        Every row of the register as it is, then the rows of `mapped` that serve and are none of those that
        serve in the register (`SAME_HOUSE_M`, `SAME_NAME_M`), with the precision ``approximate``: a map may
        hold specialists and closed practices. Rows keep their ``source``. And a note on how many there are
        of each kind.
    """
    serving = mapped[serves(mapped, on)]
    known = register[serves(register, on)]
    same = _among(serving, known)
    added = serving[~same].assign(precision="approximate")
    merged = pd.concat([register, added], ignore_index=True) if len(added) else register
    return gpd.GeoDataFrame(merged, geometry="geometry", crs=register.crs), [
        Finding(
            "practices_merged",
            msg(
                "{all:n} {all:|practice|practices} of the register; {same:n} of {mapped:n} "
                "{mapped:|doctor|doctors} in OpenStreetMap are among them, {added:n} are not and are "
                "added as approximate",
                all=len(register),
                same=int(same.sum()),
                mapped=len(serving),
                added=len(added),
            ),
            severity="warning" if len(added) else "note",
            keys=tuple(added["practice_id"].head(20)),
        )
    ]


def _among(serving: gpd.GeoDataFrame, known: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Tell which doctors are practices of the register: in the same house, or near and of like name."""
    same = np.zeros(len(serving), dtype=bool)
    here, there = serving.geometry.to_numpy(), known.geometry.to_numpy()
    one, two = shapely.STRtree(there).query(here, predicate="dwithin", distance=SAME_NAME_M)
    near = shapely.distance(here[one], there[two]) <= SAME_HOUSE_M
    mine, theirs = serving["name"].map(telling_words).tolist(), known["name"].map(telling_words).tolist()
    alike = [bool(mine[a] & theirs[b]) for a, b in zip(one.tolist(), two.tolist(), strict=True)]
    same[one[near | np.array(alike, dtype=bool)]] = True
    return same


def telling_words(name: str) -> frozenset[str]:
    """Find the words of a name that tell it from others.

    Examples
    --------
    >>> sorted(telling_words("Lægerne Hansen & Møller I/S"))
    ['hansen', 'møller']
    """
    words = re.findall(r"[a-zæøåäöüé]{2,}", str(name).casefold())
    return frozenset(words) - COMMON_WORDS
