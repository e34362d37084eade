"""The Sage Web API, simulated over the simulated companies' databases.

Independent of the client that it is there to test. Source: Web API sheet 10.
"""

from portal_pipeline.sandbox.sage.web_api.access import WebApiUser
from portal_pipeline.sandbox.sage.web_api.faults import Commit, Fault, FaultKind, FaultPlan
from portal_pipeline.sandbox.sage.web_api.simulator import RecordedRequest, SageWebApiSimulator
from portal_pipeline.sandbox.sage.web_api.switches import WebApiSwitches

__all__ = [
    "Commit",
    "Fault",
    "FaultKind",
    "FaultPlan",
    "RecordedRequest",
    "SageWebApiSimulator",
    "WebApiSwitches",
    "WebApiUser",
]
