"""Each controller against both simulators."""
