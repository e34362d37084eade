"""Scenarios: a rule as its name, what people do as its body, what both systems hold as its end.

A scenario plays in a company of its own; the world's stories play together in one world. Between
them they produce every finding of the catalogue (``test_catalogue``).
"""
