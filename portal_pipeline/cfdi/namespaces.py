"""Namespaces of the documents that we read. Source: CFDI sheet 3."""

CFDI_40 = "http://www.sat.gob.mx/cfd/4"
CFDI_33 = "http://www.sat.gob.mx/cfd/3"
TFD = "http://www.sat.gob.mx/TimbreFiscalDigital"
PAGOS_20 = "http://www.sat.gob.mx/Pagos20"
PAGOS_10 = "http://www.sat.gob.mx/Pagos"
LOCAL_TAXES = "http://www.sat.gob.mx/implocal"

VERSIONS = {CFDI_40: ("4.0",), CFDI_33: ("3.3",)}
"""Versions that are read, by namespace (3.2 shares that of 3.3)."""
