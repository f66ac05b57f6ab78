"""Run as a file by the script ``rocq-exec``: ``python -IS …/rocqshim/launch/_start.py``.

It stays this short because a script is compiled at each start; what it imports is not.
"""

import sys

sys.path.insert(0, __file__[: -len("/rocqshim/launch/_start.py")])

from rocqshim.launch.main import main

main(sys.argv[1:], *(sys._xoptions.get(key, "") for key in ("tool", "behind", "real")))
