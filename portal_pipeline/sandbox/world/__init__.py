"""The world of the sandbox: people and their stories over both simulators, and the judge."""

from portal_pipeline.sandbox.world.arguments import WorldArguments
from portal_pipeline.sandbox.world.judge import LedgerRows, Verdict
from portal_pipeline.sandbox.world.telling import StoryLine
from portal_pipeline.sandbox.world.world import StepSummary, World

__all__ = ["LedgerRows", "StepSummary", "StoryLine", "Verdict", "World", "WorldArguments"]
