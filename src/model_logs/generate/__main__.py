"""`python -m model_logs.generate`."""

import sys

from model_logs.generate import main

sys.exit(main())
