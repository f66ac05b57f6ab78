"""Run as a file by the launcher: ``python -I …/rocqshim/broker/_start.py SOCKET``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from rocqshim.broker.main import main

sys.exit(main(sys.argv[1]))
