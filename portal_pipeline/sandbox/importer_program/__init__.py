"""A stand-in for the vendor's import program.

``python -m portal_pipeline.sandbox.importer_program --folder F --sage-url URL``

It takes XML files from a folder and writes the sandbox's Sage, with the manners that the facts
tell of the real one: one open batch for a whole run, no error for a single invoice, exit code 0
whatever happened. Source: sync rules 2, 3.3, 4.
"""
