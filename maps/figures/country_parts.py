"""Parts of the country that a figure can show alone: regions, and clusters of the shown scheme."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.study_result import ClusterStudy

PartKind = Literal["region", "cluster"]


@dataclass(frozen=True, slots=True)
class CountryPart:
    """A part of the country: its kind, its key in file names, its name and its municipalities."""

    kind: PartKind
    key: str
    name: str
    codes: tuple[str, ...]


def region_parts(study: ClusterStudy) -> Iterator[CountryPart]:
    """Give each region of 2007, by name."""
    for region, rows in study.municipalities.groupby("region_2007", sort=True):
        codes = tuple(rows["municipality_code"].sort_values())
        yield CountryPart("region", file_word(str(region)), str(region), codes)


def cluster_parts(study: ClusterStudy) -> Iterator[CountryPart]:
    """Give each cluster of the shown scheme, by id."""
    members = study.cluster_members[study.cluster_members["scheme"] == study.shown_scheme]
    towns = members.groupby("cluster_id")["municipality_code"]
    codes = {str(key): tuple(sorted(part)) for key, part in towns}
    rows = study.clusters[study.clusters["scheme"] == study.shown_scheme].sort_values("cluster_id")
    for key, name in zip(rows["cluster_id"].astype(str), rows["full_name"].astype(str), strict=True):
        yield CountryPart("cluster", key, name, codes[key])


def file_word(name: str) -> str:
    """Write a name in letters that every file system takes.

    Examples
    --------
    >>> file_word("Region Sjælland")
    'region-sjaelland'
    """
    for letter, written in (("æ", "ae"), ("ø", "oe"), ("å", "aa")):
        name = name.lower().replace(letter, written)
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in name).split())
