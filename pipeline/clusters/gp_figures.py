"""General practitioners by municipality, modelled: no public count by municipality is known."""

import pandas as pd


def practice_counts(gp_supply_municipality: pd.DataFrame) -> pd.Series:
    """Count the practices of each municipality: provider numbers of general practice, an upper bound.

    Parameters
    ----------
    gp_supply_municipality
        Table of this name; the measure ``practices_upper_bound`` is used, its newest year.
    """
    rows = gp_supply_municipality[gp_supply_municipality["measure"] == "practices_upper_bound"]
    newest = rows.sort_values("year").groupby("municipality_code")["value"].last()
    return newest.astype("int64")


def modelled_gps(
    municipalities: pd.DataFrame, gp_supply_region: pd.DataFrame, gp_supply_municipality: pd.DataFrame
) -> pd.Series:
    """Spread each region's general practitioners over its municipalities in proportion to their practices.

    Parameters
    ----------
    municipalities
        Table ``municipalities``.
    gp_supply_region
        Table of this name; the newest ``gps`` of each region is used.
    gp_supply_municipality
        Table of this name, see `practice_counts`.

    Returns
    -------
    pd.Series
        General practitioners by municipality code, float; a region's municipalities sum to its figure. A
        municipality of a region without a figure is missing.
    """
    gps = gp_supply_region[
        (gp_supply_region["measure"] == "gps") & (gp_supply_region["area_type"] == "region")
    ]
    by_region = gps.sort_values("year").groupby("area")["value"].last().astype(float)
    rows = municipalities[municipalities["kind"] == "municipality"].set_index("municipality_code")
    practices = practice_counts(gp_supply_municipality).reindex(rows.index).fillna(0.0)
    regional = practices.groupby(rows["region_2007"]).transform("sum")
    modelled: pd.Series = practices / regional.where(regional > 0) * rows["region_2007"].map(by_region)
    return modelled.rename("gps")
