"""Tests of the simulators against the rules of the real systems."""
