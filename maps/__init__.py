"""All drawing and writing of Klyngekort: pages, figures, tables and reports from the pipeline's results."""
