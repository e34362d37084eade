"""Reading and checking CFDIs: bytes to models, models to findings."""
