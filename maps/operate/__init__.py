"""For those who run Klyngekort: a look over the installation, logs, verification, a local server."""
