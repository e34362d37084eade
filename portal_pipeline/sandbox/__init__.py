"""The sandbox: both remote systems simulated, the people around them, and the judge."""
