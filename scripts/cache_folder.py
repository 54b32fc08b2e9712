#!/usr/bin/env python3
"""Prints the cache folder of this machine."""

from ember_setup.places import Places

print(Places.from_environment().cache)
