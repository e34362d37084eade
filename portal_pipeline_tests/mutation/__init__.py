"""Mutation testing of the rules that money depends on: what the tests of a module would not see."""
