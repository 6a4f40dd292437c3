"""What the papers of a study say: sheets of clusters, cards of candidate sites, the report."""
