"""The tables of the cluster page: the same numbers as the map's, one row per thing on it."""

import pandas as pd

from maps.naming import Names, cluster_key, facility_key, groups_of, municipality_key, rows_of
from maps.web.parts import Column, Row, Table, Value
from maps.words import HOSPITAL_ROLES, HOUSE_ROLES, OWNERS, text_or_none, word
from pipeline.evidence import EVIDENCE
from pipeline.messages import msg


def cluster_page_tables(names: Names) -> tuple[Table, ...]:
    """Every table of the page."""
    return (_clusters(names), _municipalities(names), _hospitals(names), _houses(names), _functions(names))


def _clusters(names: Names) -> Table:
    frame = names.result.clusters
    rows = tuple(
        Row(
            cluster_key(row.scheme, row.cluster_id),
            (
                str(row.name),
                str(row.region),
                row.municipalities,
                str(row.shared_municipalities),
                row.population,
                row.area_km2,
                row.acute_hospitals,
                row.hospitals,
                row.health_houses,
                row.gps,
                word(EVIDENCE, row.evidence),
            ),
            str(row.scheme),
        )
        for row in rows_of(frame)
    )
    return Table(
        "clusters",
        msg("Clusters"),
        (
            Column(msg("Cluster")),
            Column(msg("Region")),
            Column(msg("Municipalities"), "number"),
            Column(msg("Shared with another cluster")),
            Column(msg("Population"), "number"),
            Column(msg("Area, km²"), "number"),
            Column(msg("Acute hospitals"), "number"),
            Column(msg("Hospitals in use"), "number"),
            Column(msg("Open health houses"), "number"),
            Column(msg("General practitioners (modelled)"), "number"),
            Column(msg("Weakest evidence")),
        ),
        rows,
        note=msg(
            "Evidence: that of the weakest known member. Population: {rule}.",
            rule=SPLIT[names.result.settings.study.split_shared],
        ),
    )


SPLIT = {
    "once": msg(
        "people of shared municipalities are split evenly, so that the clusters add up to the country"
    ),
    "full": msg("people of shared municipalities count in each of their clusters"),
    "none": msg("people of shared municipalities are left out"),
}


def _municipalities(names: Names) -> Table:
    members = groups_of(names.result.cluster_members, "scheme", "municipality_code")
    rows = []
    for scheme in names.schemes:
        for row in rows_of(names.result.municipalities.sort_values("municipality_code")):
            own = members.get((scheme, row.municipality_code))
            clusters: Value = msg("in no cluster") if own is None else ", ".join(own["cluster_name"])
            evidence: Value = "" if own is None else word(EVIDENCE, own["evidence"].iloc[0])
            cells = (str(row.name), str(row.municipality_code), clusters, evidence, str(row.region_2007))
            rows.append(
                Row(municipality_key(row.municipality_code), (*cells, row.population, row.area_km2), scheme)
            )
    return Table(
        "municipalities",
        msg("Municipalities"),
        (
            Column(msg("Municipality")),
            Column(msg("Code")),
            Column(msg("Cluster")),
            Column(msg("Evidence")),
            Column(msg("Region")),
            Column(msg("Population"), "number"),
            Column(msg("Area, km²"), "number", decimals=1),
        ),
        tuple(rows),
    )


def _cluster_names(pairs: pd.DataFrame | None, scheme: str, names: Names) -> str:
    if pairs is None:
        return ""
    own = pairs[pairs["scheme"] == scheme]
    return ", ".join(names.clusters[cluster_key(scheme, cluster_id)] for cluster_id in own["cluster_id"])


def _hospitals(names: Names) -> Table:
    frame = names.result.facilities
    pairs = groups_of(names.result.facility_clusters, "facility_id")
    hospitals = frame[frame["kind"] == "hospital"].sort_values("name")
    rows = []
    for scheme in names.schemes:
        for row in rows_of(hospitals):
            role = names.roles[scheme, row.facility_id]
            clusters = _cluster_names(pairs.get(row.facility_id), scheme, names)
            cells = (
                str(row.name),
                HOSPITAL_ROLES.get(role, role),
                text_or_none(row.town),
                names.municipalities.get(row.municipality_code),
                clusters,
            )
            rows.append(Row(facility_key(row.facility_id), cells, scheme))
    return Table(
        "hospitals",
        msg("Hospitals"),
        (
            Column(msg("Hospital")),
            Column(msg("Role on the day of the scheme")),
            Column(msg("Town")),
            Column(msg("Municipality")),
            Column(msg("Cluster")),
        ),
        tuple(rows),
    )


def _houses(names: Names) -> Table:
    result = names.result
    held = result.house_functions[result.house_functions["status"] == "present"]
    counts = held.groupby("house_id")["function_id"].nunique()
    rows = []
    for row in rows_of(result.houses.sort_values("name")):
        facility = names.facilities[f"house-{row.house_id}"]
        cells: tuple[Value, ...] = (
            str(row.name),
            HOUSE_ROLES.get(facility.role, facility.role),
            text_or_none(row.town),
            names.municipalities.get(facility.municipality_code),
            word(OWNERS, row.owner),
            text_or_none(row.operator),
            None if pd.isna(row.opened_year) else str(int(row.opened_year)),
            row.floor_area_m2,
            row.total_cost_mio_dkk,
            row.regional_share_pct,
            row.municipal_share_pct,
            int(counts.get(row.house_id, 0)) or None,
            word(EVIDENCE, row.evidence),
        )
        rows.append(Row(facility_key(facility.facility_id), cells))
    return Table(
        "houses",
        msg("Health houses"),
        (
            Column(msg("Health house")),
            Column(msg("Status")),
            Column(msg("Town")),
            Column(msg("Municipality")),
            Column(msg("Owner")),
            Column(msg("Operator")),
            Column(msg("Opened")),
            Column(msg("Floor area, m²"), "number"),
            Column(msg("Total cost, million DKK"), "number", decimals=1),
            Column(msg("Region's share, %"), "number"),
            Column(msg("Municipality's share, %"), "number"),
            Column(msg("Functions stated"), "number"),
            Column(msg("Evidence")),
        ),
        tuple(rows),
        note=msg("Blank means that no source states it, not that it is absent."),
    )


def _functions(names: Names) -> Table:
    frame = names.result.cluster_functions
    groups = groups_of(frame, "scheme", "cluster_id")
    rows = []
    for (scheme, cluster_id), own in groups.items():
        key = cluster_key(scheme, cluster_id)

        def listed(status: str, own: pd.DataFrame = own) -> str:
            ids = own.loc[own["status"] == status, "function_id"]
            return ", ".join(names.functions[i] for i in ids)

        present = int((own["status"] == "present").sum())
        cells = (names.clusters[key], present, listed("present"), listed("planned"), listed("not_stated"))
        rows.append(Row(key, cells, str(scheme)))
    in_all = int(frame.groupby(["scheme", "cluster_id"]).size().max()) if len(frame) else 0
    return Table(
        "functions",
        msg("Functions"),
        (
            Column(msg("Cluster")),
            Column(msg("Functions of {all:n}", all=in_all), "number"),
            Column(msg("Found in a health house of the cluster")),
            Column(msg("Planned")),
            Column(msg("Not stated for any house of the cluster")),
        ),
        tuple(rows),
        note=msg(
            "Not stated is not the same as missing: no public register says which functions a house lacks."
        ),
    )
