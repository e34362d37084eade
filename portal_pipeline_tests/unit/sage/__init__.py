"""Tests of the Sage adapter."""
