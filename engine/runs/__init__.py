"""Runs: spec, plan, store, execution, and the pivot into label arrays."""
