"""The commands of ``klyngekort``, one module each; `maps.cli` puts them together."""
