"""The inner works of travel times: graph, hierarchy, sweeps and ways. `pipeline.routing` is the door."""
