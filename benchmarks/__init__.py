"""Measurements: nothing here is installed, nothing here is asserted by time."""
