"""What ``klyngekort bench`` measures: the engine, its peers on the same problem, growth, and whole runs."""
