"""Measures what Ember adds to a request."""
