"""The sandbox's world, its people and its judge."""
