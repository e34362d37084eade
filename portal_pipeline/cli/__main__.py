"""``python -m portal_pipeline.cli``."""

from portal_pipeline.cli.main import main

main()
