"""The set-up of Ember: one module a concept, used by scripts/setup.py."""
