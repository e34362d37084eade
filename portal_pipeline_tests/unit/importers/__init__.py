"""Ways into Sage."""
