"""The whole product in one process from one seed: faults, people and time, and what must hold.

``python -m portal_pipeline_tests.simulation --seeds 0-499`` runs a range. A seed draws a scenario,
routine business of two companies and a plan of faults (:mod:`.strikes`); the faults strike where
the product meets the world (:mod:`.weather`); :mod:`.watch` sees every remote write as it happens;
when the weather has calmed down, :mod:`.invariants` looks at what both systems and the ledger hold.
"""
