"""Findings of purchase orders."""
