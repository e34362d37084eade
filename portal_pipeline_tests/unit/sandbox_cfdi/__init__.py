"""Tests of the CFDIs that the sandbox builds."""
