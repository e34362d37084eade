"""Portal Pipeline: keeps Sage 300 and Portal de Proveedores in step, for many companies."""

__version__ = "0.1.0"
