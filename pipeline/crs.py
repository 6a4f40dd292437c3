"""The two coordinate reference systems of the house, and the box that Denmark lies in.

Everything inside is EPSG:25832 (ETRS89 / UTM zone 32N, metres). WGS84 stands only at the two doors:
reading, and web maps.
"""

from typing import Final

METRIC: Final = "EPSG:25832"
"""ETRS89 / UTM zone 32N, metres: the one CRS inside."""

GEOGRAPHIC: Final = "EPSG:4326"
"""WGS84 longitude and latitude, degrees: at the doors only."""

DENMARK_BOX: Final = (430_000.0, 6_040_000.0, 905_000.0, 6_410_000.0)
"""West, south, east, north of Denmark with its islands in EPSG:25832, metres, rounded outwards."""

DENMARK_BOX_DEGREES: Final = (7.5, 54.4, 15.6, 57.9)
"""West, south, east, north of Denmark with its islands in EPSG:4326, degrees, rounded outwards."""
