"""Findings of invoices."""
