"""Sage 300 simulated: its database, and the Web API over it."""
