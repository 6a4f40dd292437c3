"""From fetched files to the tables of a study.

`study_data.make_study_data` chooses for each role (roads, boundaries, population …) the best layer that was
fetched, turns it into the table that the study reads, and writes ``open-data.toml``: settings that a study
takes in with ``[study] data = "…/open-data.toml"``. What is missing comes from the bundled data, and that is
told.
"""
