"""The same floating catchments with PySAL `access`, in a process of its own.

Run as ``python -m pipeline.bench.fca_peer FILE COUNT``; FILE is left by `pipeline.bench.gp_coverage`. Prints
one JSON line: seconds for each method, peak memory, and the first COUNT results.
"""

import json
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def run(file: Path, count: int) -> dict[str, Any]:
    """Share GPs out by 2SFCA and by E2SFCA with three zones; a point without a practice in reach is 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own deprecated calls
        from access import Access, weights  # type: ignore[import-untyped]  # noqa: PLC0415

        stored = np.load(file, allow_pickle=False)
        most = float(stored["most"])
        cost = pd.DataFrame({name: stored[name] for name in ("point", "practice", "minutes")})
        begin = time.perf_counter()
        peer = Access(
            demand_df=pd.DataFrame({"point": range(len(stored["people"])), "people": stored["people"]}),
            demand_index="point",
            demand_value="people",
            supply_df=pd.DataFrame({"practice": range(len(stored["gps"])), "gps": stored["gps"]}),
            supply_index="practice",
            supply_value="gps",
            cost_df=cost,
            cost_origin="point",
            cost_dest="practice",
            cost_name="minutes",
        )
        zones = weights.step_fn({most / 3: 1, 2 * most / 3: 0.68, most: 0.22})
        prepared = time.perf_counter()
        two = peer.two_stage_fca(name="two", cost="minutes", max_cost=most)["two_gps"]
        middle = time.perf_counter()
        enhanced = peer.enhanced_two_stage_fca(name="en", cost="minutes", max_cost=most, weight_fn=zones)
        done = time.perf_counter()
    found = {"2sfca": two, "e2sfca": enhanced["en_gps"]}
    return {
        "prepare_s": prepared - begin,
        "seconds": {"2sfca": middle - prepared, "e2sfca": done - middle},
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "first": {name: rows.sort_index().fillna(0.0).iloc[:count].tolist() for name, rows in found.items()},
    }


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), int(sys.argv[2]))))  # noqa: T201
