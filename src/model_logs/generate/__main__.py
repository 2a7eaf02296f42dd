"""`python -m model_logs.generate`."""

import sys

from model_logs.generate import main

if __name__ == "__main__":
    sys.exit(main())
