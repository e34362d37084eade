"""Suppliers: which portal provider is which Sage vendor, and what provider_sync does."""
