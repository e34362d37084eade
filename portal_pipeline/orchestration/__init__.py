"""Dagster: a thin layer over the controllers. One run is one tenant's cycle."""
