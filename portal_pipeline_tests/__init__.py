"""Tests of Portal Pipeline."""
