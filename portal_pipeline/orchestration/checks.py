"""Asset checks: red while any tenant is not well, and naming it.

Dagster keeps one latest result per check whatever the partition, so a check reads the latest
report of every tenant from the ledger.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from portal_pipeline.core.identity import ControllerName
from portal_pipeline.orchestration.health import TenantHealth, judges_of


def controller_checks(name: ControllerName) -> dg.AssetChecksDefinition:
    """The checks of one controller's asset, in one step."""
    key = dg.AssetKey(name.value)
    judges = judges_of(name)

    @dg.multi_asset_check(
        name=f"{name.value}_checks",
        specs=[
            dg.AssetCheckSpec(name=check, asset=key, description=judge.__doc__)
            for check, judge in judges.items()
        ],
        required_resource_keys={"run_session"},
    )
    def checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        states = states_of(context.resources.run_session.installation, name)
        for check, judge in judges.items():
            wrong = {state.tenant: text for state in states if (text := judge(state))}
            yield dg.AssetCheckResult(
                check_name=check,
                asset_key=key,
                passed=not wrong,
                severity=dg.AssetCheckSeverity.WARN,
                description="; ".join(f"{t}: {text}" for t, text in wrong.items())[:500],
                metadata={"tenants": len(states), **wrong},
            )

    return checks


def states_of(installation: Any, name: ControllerName) -> list[TenantHealth]:
    """The state of every tenant that has run, as far as one controller is concerned."""
    from portal_pipeline.orchestration.health_reading import (  # noqa: PLC0415 - as the run does
        health_of,
    )

    every = (
        health_of(installation.tenant_ledger(one), name, one.tenant().intervals)
        for one in installation.settings.tenants
    )
    return [state for state in every if state is not None]


def all_checks() -> list[dg.AssetChecksDefinition]:
    """The checks of all nine assets."""
    return [controller_checks(name) for name in ControllerName]
