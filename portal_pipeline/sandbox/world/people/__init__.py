"""The people of one company and its suppliers: what they do in Sage and in the portal.

Every method gives a deed: something that somebody will do when a story says so.
"""

from portal_pipeline.sandbox.world.people.office import Office

__all__ = ["Office"]
