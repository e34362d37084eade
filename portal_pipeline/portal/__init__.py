"""The product's client of Portal de Proveedores.

:class:`~portal_pipeline.portal.client.PortalClient` is the door; everything it gives back is a
model of :mod:`portal_pipeline.core.portal`, a :class:`~portal_pipeline.portal.listing.Listing`
of them, or an outcome of :mod:`portal_pipeline.core.outcomes`.
"""
