"""Real processes under faults: killed, stopped, two at once, on either ledger; real Dagster runs."""
