"""The world: both simulated systems, the people around them, and their calendar."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from portal_pipeline.core.errors import ConfigError
from portal_pipeline.core.wire import JsonObject
from portal_pipeline.sandbox.http import Handler
from portal_pipeline.sandbox.portal import Fault, FaultKind, PortalSimulator
from portal_pipeline.sandbox.sage.web_api import SageWebApiSimulator, WebApiUser
from portal_pipeline.sandbox.world.arguments import WorldArguments
from portal_pipeline.sandbox.world.calendar import (
    SETTLED_DAY,
    VirtualClock,
    step_time,
    within_step,
)
from portal_pipeline.sandbox.world.databases import AUTHORISATIONS, Databases
from portal_pipeline.sandbox.world.founding import found_company, settled_moment
from portal_pipeline.sandbox.world.gate_watch import GateWatch
from portal_pipeline.sandbox.world.handlers import OwnHandler
from portal_pipeline.sandbox.world.judge import LedgerRows, Verdict, judged
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.playbook import Play, rehearsed
from portal_pipeline.sandbox.world.scenes import Progress, Scene, Staged
from portal_pipeline.sandbox.world.settings_file import settings_text, web_api_user
from portal_pipeline.sandbox.world.state import WorldState, load_state, save_state
from portal_pipeline.sandbox.world.stories.orders import TOLD
from portal_pipeline.sandbox.world.telling import StoryLine, told
from portal_pipeline.sandbox.world.tenants import companies
