"""Planted faults: changes of an operator, a comparison, a constant, a condition or a call, run against the tests."""
