"""The product's portal client against the simulated portal."""
