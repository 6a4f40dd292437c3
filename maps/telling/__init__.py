"""What is said of a result, in words, sums, cards and layers: pages, figures, papers and files share it."""
