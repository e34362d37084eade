"""Payments to suppliers: amounts, gate, payload and decisions, as pure functions (rules 6)."""
