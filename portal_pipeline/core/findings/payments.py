"""Findings of payments."""
