"""The nine controllers, and the protocol by which alone they write to remote systems."""
