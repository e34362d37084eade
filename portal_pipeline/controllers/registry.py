"""Which class does which step: ``po_creation`` is ``PoCreation`` in ``controllers/po_creation``."""

from __future__ import annotations

from importlib import import_module

from portal_pipeline.controllers.step import StepFactory
from portal_pipeline.core.identity import ControllerName


def step_factory(name: ControllerName) -> StepFactory:
    """The class of a controller; only what a run needs is loaded."""
    module = import_module(f"portal_pipeline.controllers.{name.value}")
    factory: StepFactory = getattr(module, "".join(p.capitalize() for p in name.value.split("_")))
    return factory
