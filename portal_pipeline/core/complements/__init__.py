"""Payment complements: which Sage payment each belongs to, and what is written there (rules 8)."""
