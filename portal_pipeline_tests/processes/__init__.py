"""Real processes under faults: killed, stopped, two at once; real Dagster runs."""
