"""Findings of cfdi."""
