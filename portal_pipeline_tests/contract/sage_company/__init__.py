"""Tests of the simulated Sage company."""
