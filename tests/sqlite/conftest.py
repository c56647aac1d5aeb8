"""The simulator's shops and programs, and what the benchmarks compare, serve here too."""

import sys
from pathlib import Path

for folder in ("tests/simulator", "benchmarks"):
    sys.path.insert(0, str(Path(__file__).parents[2] / folder))
