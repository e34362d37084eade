"""Tests of CFDI reading and checking."""
