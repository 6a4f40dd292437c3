"""Settings of how much a single input may ask for before it is refused."""

from typing import Annotated

from pydantic import Field

from pipeline.settings.sections import Section


class LimitSettings(Section):
    """How large inputs may be. A file beyond a limit is refused before it fills the memory or the disk."""

    file_mb: Annotated[int, Field(gt=0)] = 20_000
    """Largest file of any kind, MB."""

    text_mb: Annotated[int, Field(gt=0)] = 1_000
    """Largest text table (CSV), MB: it is read as a whole."""

    json_mb: Annotated[int, Field(gt=0)] = 500
    """Largest GeoJSON or TopoJSON file, MB; reading one takes about ten times its size of memory."""

    line_kb: Annotated[int, Field(gt=0)] = 1_000
    """Longest line of a text table, kB."""

    json_depth: Annotated[int, Field(gt=0, le=500)] = 64
    """Deepest nesting of a GeoJSON or TopoJSON file; boundaries need about ten."""

    rows: Annotated[int, Field(gt=0)] = 20_000_000
    """Most rows of a table or layer."""

    vertices: Annotated[int, Field(gt=0)] = 500_000
    """Most vertices of one polygon or line; a municipality in full detail has some ten thousand."""

    expansion: Annotated[int, Field(gt=1)] = 250
    """A packed file (`.zip`, `.gz`, `.bz2`, Parquet) may hold so many times its own size."""
