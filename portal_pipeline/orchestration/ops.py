"""Nine ops, each with an asset of the same name, partitioned by tenant."""

from zoneinfo import ZoneInfo

import dagster as dg

from portal_pipeline.core.errors import (
    ConfigError,
    DefectError,
    LeaseBusy,
    LedgerError,
    PipelineError,
)
from portal_pipeline.core.identity import ControllerName
from portal_pipeline.orchestration.graph import DESCRIPTIONS, KINDS, OWNERS, PRIORITY, UPSTREAM
from portal_pipeline.orchestration.metadata import metadata_of
from portal_pipeline.orchestration.partitions import TENANTS

GROUP = "controllers"
RETRIES = 2
RETRY_DELAY_S = 5.0
"""A system that is away for long is met again by the next cycle, not by waiting here."""

MENDED_AS_SAID = "mend what the description of this failure names"
SEE_LOG = "see the event log of this step"


def controller_op(name: ControllerName, retry_delay_s: float = RETRY_DELAY_S) -> dg.OpDefinition:
    """The op of one controller; nothing passes between ops in memory."""

    @dg.op(
        name=name.value,
        description=DESCRIPTIONS[name],
        ins={upstream.value: dg.In(dg.Nothing) for upstream in UPSTREAM[name]},
        out=dg.Out(dg.Nothing),
        required_resource_keys={"run_session"},
        retry_policy=dg.RetryPolicy(max_retries=RETRIES, delay=retry_delay_s),
        tags={"dagster/priority": str(PRIORITY.get(name, 0))},
    )
    def run_controller(context: dg.OpExecutionContext) -> None:
        session = context.resources.run_session
        try:
            report = session.run_step(context.partition_key, name)
            language = session.installation.settings.installation.language
            zone = ZoneInfo(session.installation.tenant_settings(context.partition_key).zone)
        except PipelineError as error:
            raise as_failure(error, context.partition_key) from error
        context.add_output_metadata(metadata_of(report, language, zone))

    return run_controller


def as_failure(error: PipelineError, tenant: str) -> dg.Failure:
    """Dagster's failure: tenant, system, cause and remedy; only what may pass by itself is retried.

    Adapters do not all know their tenant; the ones that do have named it.
    """
    is_named = f"tenant {tenant}" in error.message
    is_final = isinstance(error, (ConfigError, DefectError, LeaseBusy, LedgerError))
    is_said = isinstance(error, ConfigError)  # mistakes in settings say each how to mend it
    return dg.Failure(
        description=str(error) if is_named else f"tenant {tenant}: {error}",
        metadata={
            "tenant": tenant,
            "system": error.system or "portal_pipeline",
            "cause": error.message,
            "remedy": error.remedy or (MENDED_AS_SAID if is_said else SEE_LOG),
        },
        allow_retries=not is_final,
    )


def controller_asset(name: ControllerName, retry_delay_s: float) -> dg.AssetsDefinition:
    """The asset of one controller, built from its op."""
    asset = dg.AssetsDefinition.from_op(
        controller_op(name, retry_delay_s),
        keys_by_input_name={u.value: dg.AssetKey(u.value) for u in UPSTREAM[name]},
        keys_by_output_name={"result": dg.AssetKey(name.value)},
        partitions_def=TENANTS,
        group_name=GROUP,
    )
    return asset.map_asset_specs(
        lambda spec: spec.replace_attributes(
            owners=OWNERS[name], kinds=KINDS[name], description=DESCRIPTIONS[name]
        )
    )


def controller_assets(retry_delay_s: float = RETRY_DELAY_S) -> list[dg.AssetsDefinition]:
    """The nine assets."""
    return [controller_asset(name, retry_delay_s) for name in ControllerName]
