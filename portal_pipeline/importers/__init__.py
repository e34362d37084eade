"""How invoices enter Sage: a port, and one adapter per way."""
