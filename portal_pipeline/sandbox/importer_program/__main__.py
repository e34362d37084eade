"""Entry of ``python -m portal_pipeline.sandbox.importer_program``."""

import sys

from portal_pipeline.sandbox.importer_program.command import main

sys.exit(main(sys.argv[1:]))
