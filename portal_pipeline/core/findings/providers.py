"""Findings of providers."""
