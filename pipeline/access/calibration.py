"""Hold modelled travel times against reference times between towns: a band to stay in, never the truth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far modelled times lie from reference times.

    Parameters
    ----------
    table
        The reference rows with ``model_min``, ``error_min`` (model minus reference) and ``error_share``.
    compared
        Number of rows with both times.
    bias_share
        Mean of the relative errors; above 0 the model is slow.
    median_share, p90_share, worst_share
        Median, 90th percentile and largest of the absolute relative errors.
    """

    table: pd.DataFrame
    compared: int
    bias_share: float
    median_share: float
    p90_share: float
    worst_share: float


def compare_times(reference: pd.DataFrame, model_min: np.ndarray) -> Calibration:
    """Compare modelled with reference times, row by row.

    Parameters
    ----------
    reference
        Table ``reference_drive_times``: ``from_town``, ``to_town``, ``minutes``.
    model_min
        Float array of shape (rows,): modelled minutes; NaN where a town is unknown or unreachable.

    Returns
    -------
    Calibration
        Figures are NaN when no row can be compared.
    """
    stated = reference["minutes"].astype(float)
    table = reference.assign(model_min=model_min, error_min=model_min - stated)
    table = table.assign(error_share=table["error_min"] / stated)
    share = table["error_share"].dropna()
    absolute = share.abs()
    return Calibration(
        table=table,
        compared=len(share),
        bias_share=float(share.mean()),
        median_share=float(absolute.median()),
        p90_share=float(absolute.quantile(0.9)),
        worst_share=float(absolute.max()),
    )
