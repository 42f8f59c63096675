"""Stands for a module that defines what a sheet asks for: all of it but that.

The trusted side took the answers out, and sent along what is left.
"""

import json
import os

_LEFT = json.loads(os.environ.get("NNLIB_CUT", "{}"))
exec(_LEFT.get(__name__, ""))  # noqa: S102 (it is nnlib's own)
