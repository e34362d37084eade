"""Tests of the ways into Sage."""
