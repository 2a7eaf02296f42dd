"""What the tests of redaction share lies beside them."""

from __future__ import annotations

import sys
from pathlib import Path

# Test modules are imported one by one.
sys.path.insert(0, str(Path(__file__).parent))
