"""The layers of the cluster page: clusters by scheme, practice clusters, hospitals, health houses."""

from typing import Final

import geopandas as gpd

from maps import theme
from maps.naming import (
    Names,
    cluster_key,
    facility_key,
    groups_of,
    municipality_key,
    practice_key,
    rows_of,
)
from maps.pages.border_layer import municipality_layer
from maps.web.parts import Area, Aside, Label, Layer, Legend, Lines, Place
from maps.web.topology import Ring, Topology, build_topology, merged, screen_areas
from maps.words import HOSPITAL_ROLES
from pipeline.clusters import neighbour_colours
from pipeline.clusters.practice_clusters import DEFAULT_BASIS
from pipeline.crs import GEOGRAPHIC
from pipeline.messages import msg

HOUSE_MARKERS: Final = {
    "open": "health_house",
    "planned": "health_house_planned",
    "granted": "health_house_planned",
}
"""Marker of a house's role; every other role (replaced, closed) is drawn as closed."""

FAR_EAST: Final = ("0400", "0411")
"""Bornholm and Christiansø, 130 km east of the rest of the country."""

PRACTICE_NAMES_ZOOM: Final = 8.0
TOUCHING_M: Final = 1.0
"""Practice clusters this close are neighbours for the colours; six colours may not do for wider distances."""


def study_topology(names: Names) -> Topology:
    """Cut municipalities into shared borders; name the outlines of clusters and practice clusters."""
    result = names.result
    areas = result.municipalities.sort_values("municipality_code")
    topology = build_topology(list(areas["municipality_code"]), screen_areas(areas).geometry)
    members = groups_of(result.cluster_members, "scheme", "cluster_id")
    shapes: dict[str, list[Ring]] = {
        cluster_key(*pair): merged(topology, rows["municipality_code"]) for pair, rows in members.items()
    }
    practice = result.practice_clusters
    default = practice["basis"] == DEFAULT_BASIS
    for row in rows_of(practice[default]):
        shapes[practice_key(row.practice_cluster_id)] = topology.shapes[row.municipality_codes]
    topology = topology.with_shapes(shapes)
    for scheme in names.schemes:
        own_clusters = [cluster_key(*pair) for pair in members if pair[0] == scheme]
        topology = topology.with_borders(f"border:{scheme}", own_clusters)
    own = practice[~default]
    if len(own):
        keys = [practice_key(practice_id) for practice_id in own["practice_cluster_id"]]
        topology = topology.joined(build_topology(keys, screen_areas(own).geometry))
    return topology


def bornholm_aside(names: Names) -> Aside | None:
    """Bornholm and Christiansø, apart from the rest, if the study has them and something else."""
    frame = names.result.municipalities.to_crs(GEOGRAPHIC)
    far = frame["municipality_code"].isin(FAR_EAST)
    if far.all() or not far.any():
        return None
    title = names.municipalities[str(frame.loc[far, "municipality_code"].min())]
    return Aside(title, _box(frame[far]), _box(frame[~far]))


def _box(frame: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    west, south, east, north = (round(float(value), 3) for value in frame.total_bounds)
    return west, south, east, north


def cluster_page_layers(names: Names) -> tuple[Layer, ...]:
    """Every layer of the page, bottom first."""
    return (
        _land(names),
        _acute(names),
        _clusters(names),
        _practice(names),
        municipality_layer(names, clickable=False),
        _other_hospitals(names),
        _houses(names),
    )


def _land(names: Names) -> Layer:
    codes = sorted(names.result.municipalities["municipality_code"])
    return Layer(
        key="land",
        title=msg("Land"),
        control=False,
        lines=(Lines("coast", "coast"),),
        areas=tuple(Area(code, (theme.LAND,), features=(municipality_key(code),)) for code in codes),
    )


def _clusters(names: Names) -> Layer:
    result = names.result
    colours = {cluster_key(r.scheme, r.cluster_id): theme.fill_of(r.colour) for r in rows_of(result.clusters)}
    members = groups_of(result.cluster_members, "scheme", "municipality_code")
    areas, labels = [], []
    for scheme in names.schemes:
        for code in sorted(names.municipalities):
            municipality = municipality_key(code)
            rows = members.get((scheme, code))
            if rows is None:
                areas.append(Area(code, (theme.LAND,), "missing", (municipality,), ("none",), scheme))
                continue
            own = [cluster_key(scheme, cluster_id) for cluster_id in rows["cluster_id"]]
            fills = tuple(colours[key] for key in own)
            if len(own) > 1:
                areas.append(Area(code, fills, "shared", (municipality, *own), ("shared",), scheme))
            else:
                areas.append(
                    Area(code, fills, features=(own[0], municipality), legend=("cluster",), view=scheme)
                )
    for row in rows_of(result.clusters):
        lon, lat = names.cluster_points[cluster_key(row.scheme, row.cluster_id)]
        text = row.name if row.has_acute else msg("{name} (no acute hospital)", name=row.name)
        labels.append(
            Label(
                text,
                lon,
                lat,
                float(row.population),
                view=row.scheme,
                shape=cluster_key(row.scheme, row.cluster_id),
            )
        )
    return Layer(
        key="clusters",
        title=msg("Municipality clusters"),
        areas=tuple(areas),
        lines=tuple(Lines(f"border:{scheme}", "cluster", scheme) for scheme in names.schemes),
        labels=tuple(labels),
        legend=(
            Legend(
                "cluster",
                msg("Clusters; the colours only tell neighbours apart"),
                "fills",
                fills=theme.CLUSTER_FILLS,
            ),
            Legend("shared", msg("Municipality in two clusters"), "hatch", theme.CLUSTER_FILLS[:2], "shared"),
            Legend("none", msg("Municipality in no cluster"), "hatch", (theme.LAND,), "missing"),
            Legend("border", msg("Border of a cluster"), "line", name="cluster", always=True),
        ),
    )


def _practice(names: Names) -> Layer:
    frame = names.result.practice_clusters
    assumed = bool((frame["basis"] == DEFAULT_BASIS).all())
    colours = neighbour_colours(frame.geometry, near_m=TOUCHING_M)
    keys = [practice_key(practice_id) for practice_id in frame["practice_cluster_id"]]
    hatch = "approximate" if assumed else ""
    return Layer(
        key="practice",
        title=msg("Practice clusters"),
        visible=False,
        note=msg("Assumed: one per municipality, until a table of practices is given") if assumed else "",
        areas=tuple(
            Area(key, (theme.fill_of(colour),), hatch, (key,), ("practice",))
            for key, colour in zip(keys, colours, strict=True)
        ),
        lines=tuple(Lines(key, "practice") for key in keys),
        labels=tuple(
            Label(
                str(row.name),
                *names.practice_points[str(row.practice_cluster_id)],
                min_zoom=PRACTICE_NAMES_ZOOM,
                style="municipality",
            )
            for row in rows_of(frame)
        ),
        legend=(
            Legend(
                "practice",
                msg("Practice cluster, assumed: one per municipality")
                if assumed
                else msg("Practice cluster"),
                "hatch" if assumed else "fills",
                theme.CLUSTER_FILLS[3:4] if assumed else theme.CLUSTER_FILLS,
                hatch,
            ),
            Legend(
                "practice-border", msg("Border of a practice cluster"), "line", name="practice", always=True
            ),
        ),
    )


def _hospital_places(names: Names, roles: frozenset[str]) -> tuple[Place, ...]:
    frame = names.result.facilities
    hospitals = frame[(frame["kind"] == "hospital") & (frame["status"] != "no_point")].sort_values("name")
    places = []
    for row in rows_of(hospitals):
        lon, lat = names.facility_points[row.facility_id]
        for scheme in names.schemes:
            role = names.roles[scheme, row.facility_id]
            if role in roles:
                places.append(Place(facility_key(row.facility_id), lon, lat, role, (role,), scheme))
    return tuple(places)


def _acute(names: Names) -> Layer:
    return Layer(
        key="acute",
        title=msg("Acute hospitals"),
        places=_hospital_places(names, frozenset({"acute"})),
        legend=(Legend("acute", HOSPITAL_ROLES["acute"], "marker", name="acute"),),
    )


def _other_hospitals(names: Names) -> Layer:
    roles = ("non_acute", "planned", "closed")
    return Layer(
        key="hospitals",
        title=msg("Other hospitals"),
        places=_hospital_places(names, frozenset(roles)),
        legend=tuple(Legend(role, HOSPITAL_ROLES[role], "marker", name=role) for role in roles),
    )


def _houses(names: Names) -> Layer:
    frame = names.result.facilities
    houses = frame[(frame["kind"] == "health_house") & (frame["status"] != "no_point")].sort_values("name")
    places = []
    for row in rows_of(houses):
        lon, lat = names.facility_points[row.facility_id]
        marker = HOUSE_MARKERS.get(row.role, "health_house_closed")
        places.append(Place(facility_key(row.facility_id), lon, lat, marker, (marker,)))
    return Layer(
        key="houses",
        title=msg("Health houses"),
        note=msg("The register is not complete"),
        places=tuple(places),
        legend=(
            Legend("health_house", msg("Health house"), "marker", name="health_house"),
            Legend(
                "health_house_planned",
                msg("Health house, planned or granted"),
                "marker",
                name="health_house_planned",
            ),
            Legend(
                "health_house_closed",
                msg("Health house, replaced or closed"),
                "marker",
                name="health_house_closed",
            ),
        ),
    )
