"""The simulated portal against the portal API sheet."""
