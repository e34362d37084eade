"""Findings of complements."""
