"""The benchmark, one module for each part of it."""
