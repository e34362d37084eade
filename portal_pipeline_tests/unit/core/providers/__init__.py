"""Tests of supplier rules."""
