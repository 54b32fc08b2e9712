"""Planted faults: changes of an operator, a comparison, a constant, a condition or a call, held against the tests."""
