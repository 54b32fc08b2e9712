"""Accuracy on labelled text against the number of demonstrations, measured through Ember."""
