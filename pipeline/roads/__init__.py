"""Roads in: readers that turn an extract, a line layer or the bundled main roads into `RoadArcs`."""
