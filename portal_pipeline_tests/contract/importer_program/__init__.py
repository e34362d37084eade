"""The stand-in of the vendor's import program, over a sandbox company."""
