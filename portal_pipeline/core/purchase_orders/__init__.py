"""Purchase orders: one builder, one classification, as pure functions (rules 7)."""
