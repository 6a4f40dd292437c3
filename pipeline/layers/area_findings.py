"""What a reader should know about a boundary layer that was accepted: choices made, mends, doubts."""

from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from pipeline.findings import Finding
from pipeline.layers.area_checks import OPTIONAL_KIND
from pipeline.layers.coverage_repair import Mended
from pipeline.layers.crs_check import rows_text
from pipeline.layers.municipality_keys import KeyColumn
from pipeline.messages import msg

__all__ = ["content_findings", "mending_findings", "source_findings"]

AREA_DIFFERS: Final = 0.25
AREA_DIFFERS_KM2: Final = 5.0
"""Relative and absolute difference from the registered land area that together are worth a warning."""


def source_findings(path: Path, key: KeyColumn, *, rows: int, heights: bool, foreign: int) -> list[Finding]:
    """Tell how the file was read.

    Parameters
    ----------
    path
        The file.
    key
        The column that named the municipalities.
    rows
        Features used.
    heights
        Whether vertices had heights.
    foreign
        Features of other countries that were left out.
    """
    by_code = msg(
        "{file}: municipalities were told by the codes in column “{column}”",
        file=path.name,
        column=key.column,
    )
    by_name = msg(
        "{file}: municipalities were told by the names in column “{column}”",
        file=path.name,
        column=key.column,
    )
    findings = [Finding("boundary_key", by_code if key.kind == "code" else by_name, "note")]
    if rows > key.explained:
        told = msg(
            "{rows:n} {rows:|part was|parts were} joined into {areas:n} {areas:|municipality|municipalities}",
            rows=rows,
            areas=key.explained,
        )
        findings.append(Finding("boundary_parts", told, "note"))
    if heights:
        findings.append(
            Finding("boundary_heights", msg("Heights in the boundary file were left out"), "note")
        )
    if foreign:
        told = msg("{rows:n} {rows:|feature|features} of other countries were left out", rows=foreign)
        findings.append(Finding("boundary_foreign", told, "note"))
    return findings


def mending_findings(mended: Mended, twins: list[int]) -> list[Finding]:
    """Tell what was mended, with counts and sizes."""
    findings = []
    if mended.invalid:
        told = msg(
            "{number:n} {number:|polygon|polygons} crossed themselves and were mended; that "
            "moved {km2:n3} km²",
            number=mended.invalid,
            km2=mended.invalid_km2,
        )
        findings.append(Finding("boundary_self_crossings", told, "note"))
    if mended.overlaps or mended.gaps:
        told = msg(
            "Neighbouring municipalities overlapped in {overlaps:n} {overlaps:|place|places} "
            "({overlap_km2:n2} km²) and left {gaps:n} slivers between them ({gap_km2:n2} km²); "
            "each went to the neighbour with the longest shared border",
            overlaps=mended.overlaps,
            overlap_km2=mended.overlap_km2,
            gaps=mended.gaps,
            gap_km2=mended.gap_km2,
        )
        findings.append(Finding("boundary_slivers", told, "note"))
    if twins:
        told = msg("Repeated exactly in the boundary file and used once: {rows}", rows=rows_text(twins))
        findings.append(Finding("boundary_twins", told))
    return findings


def content_findings(frame: gpd.GeoDataFrame, municipalities: pd.DataFrame, precision: str) -> list[Finding]:
    """Tell what the areas are worth: approximate, incomplete, of another size than registered.

    Parameters
    ----------
    frame
        ``municipality_code`` and geometry, EPSG:25832.
    municipalities
        ``municipality_code``, ``name`` and, where given, ``kind`` and ``area_km2``.
    precision
        Weakest precision in the layer.
    """
    findings = []
    if precision == "approximate":
        told = msg(
            "Municipality boundaries are approximate: drawn for display, off by some hundred metres, small "
            "islands as circles or left out. Use official boundaries where a border matters"
        )
        findings.append(Finding("boundary_approximate", told))
    towns = municipalities.set_index("municipality_code")
    names = towns["name"].to_dict()
    if "kind" in towns.columns:
        absent = towns[(towns["kind"] == OPTIONAL_KIND) & ~towns.index.isin(frame["municipality_code"])]
        for code, name in absent["name"].items():
            told = msg("{name} is not in the boundary file; points there belong to no area", name=name)
            findings.append(Finding("boundary_left_out", told, "note", keys=(str(code),)))
    if "area_km2" in towns.columns:
        drawn = pd.Series(frame.area.to_numpy() / 1e6, index=frame["municipality_code"])
        registered = towns["area_km2"].reindex(drawn.index).astype("float64")
        far = (drawn - registered).abs()
        odd = drawn[(far > AREA_DIFFERS * registered) & (far > AREA_DIFFERS_KM2)]
        for code, km2 in odd.items():
            told = msg(
                "{name} measures {km2:n0} km² in the boundary file, but {registered:n0} km² are registered",
                name=names[code],
                km2=km2,
                registered=registered.to_dict()[code],
            )
            findings.append(Finding("boundary_area", told, keys=(str(code),)))
    return findings
