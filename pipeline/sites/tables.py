"""Write what was found on satellite functions as the tables that result files hold, in one language."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from pipeline.location import Counted, Curve
from pipeline.messages import Language, translator
from pipeline.sites import reasons_as_text
from pipeline.sites.choices import Cover
from pipeline.sites.evaluation import SiteEvaluation
from pipeline.sites.functions import FunctionCatalogue
from pipeline.sites.rank_stability import Stability
from pipeline.sites.reasons import add_reasons

RANKS = ("rank", "rank_low", "rank_median", "rank_high")


def site_tables(
    sites: gpd.GeoDataFrame,
    evaluation: SiteEvaluation,
    supply_pairs: pd.DataFrame,
    functions: FunctionCatalogue,
    lang: Language,
    *,
    stability: Sequence[Stability] = (),
    curves: Mapping[tuple[str, Counted], Curve] | None = None,
    covers: Mapping[tuple[str, Cover], Curve] | None = None,
) -> dict[str, pd.DataFrame]:
    """Make the tables of satellite functions.

    Parameters
    ----------
    sites
        The `sites` frame, those left out among them.
    evaluation
        Result of `evaluate_sites`.
    supply_pairs
        ``function_id``, ``supply_id``, ``basis`` (`pipeline.sites.supply_sites`).
    functions
        The catalogue that it was made with.
    lang
        Language of reasons and labels.
    stability
        Results of `rank_stability`, one for each function.
    curves
        (function id, model) → marginal curve.
    covers
        (function id, question) → answer of set cover, as a curve of one row.

    Returns
    -------
    dict
        ``sites``, ``site_evaluation``, ``functions_today``, ``site_groups``, and ``site_stability`` and
        ``site_choices`` where given: each keeps the contract of its name (`pipeline.schemas`).
    """
    names = {function.id: function.name.text(lang) for function in functions}
    assumed = supply_pairs[supply_pairs["basis"] == "assumed"].groupby("function_id").size()
    table = add_reasons(evaluation.table, functions, lang)
    today = evaluation.today
    tables: dict[str, pd.DataFrame] = {
        "sites": reasons_as_text(sites, lang),
        "site_evaluation": table.assign(
            gp_gaps_helped=_whole(table["gp_gaps_helped"]),
        ),
        "functions_today": today.assign(
            name=today["function_id"].map(names),
            places_assumed=today["function_id"].map(assumed).fillna(0).astype("int64"),
        ),
        "site_groups": evaluation.groups,
    }
    if stability:
        firm = pd.concat([each.table for each in stability], ignore_index=True)
        tables["site_stability"] = firm.assign(**{rank: _whole(firm[rank]) for rank in RANKS})
    told: list[tuple[str, str, Curve]] = [(*key, curve) for key, curve in (curves or {}).items()]
    told += [(*key, curve) for key, curve in (covers or {}).items()]
    if told:
        tables["site_choices"] = pd.concat([_choices(*each, lang) for each in told], ignore_index=True)
    return tables


def _choices(function_id: str, model: str, curve: Curve, lang: Language) -> pd.DataFrame:
    """Write a curve as rows; a remark on the whole curve stands in its last row."""
    say = translator(lang)
    notes = [answer.notes for answer in curve.answers]
    notes[-1] += curve.notes
    return curve.table.assign(
        function_id=function_id,
        model=model,
        label=[say(answer.label) for answer in curve.answers],
        gap=curve.table["gap"].replace(np.inf, np.nan),
        notes=[". ".join(dict.fromkeys(say(note) for note in each)) for each in notes],
    )


def _whole(values: pd.Series) -> pd.Series:
    return values.astype("Float64").round().astype("Int64")
