"""Travel times: graph, hierarchy, sweeps and ways. `pipeline.travel.routing` is the door."""
