"""Rules of CFDI download and import."""
