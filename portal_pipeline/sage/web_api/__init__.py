"""The Sage Web API adapter: one object per company, outcomes for writes, frozen records."""

from portal_pipeline.sage.web_api.client import SageWebApi
from portal_pipeline.sage.web_api.models import (
    ApBatch,
    ApEntry,
    PostedDocument,
    ResourceMetadata,
    VendorRecord,
    WebApiMetadata,
)
from portal_pipeline.sage.web_api.reading import ReadRetry
from portal_pipeline.sage.web_api.transport import Timeouts

__all__ = [
    "ApBatch",
    "ApEntry",
    "PostedDocument",
    "ReadRetry",
    "ResourceMetadata",
    "SageWebApi",
    "Timeouts",
    "VendorRecord",
    "WebApiMetadata",
]
