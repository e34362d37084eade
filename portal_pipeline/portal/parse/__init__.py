"""From the portal's JSON to the models of :mod:`portal_pipeline.core.portal`.

Unknown keys are ignored, absent and null are the same, unknown codes stay as they are; what cannot
be read makes its own item fail and no other. Source: portal API sheet 2.3 and 10.3.
"""
