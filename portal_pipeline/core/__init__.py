"""Pure rules and models: no network, disk, database, clock or randomness."""
