"""Rules of payment complements."""
