"""All computing of Klyngekort: from settings and layers to travel times, clusters and findings."""
