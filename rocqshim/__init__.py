"""rocqshim: every compiler call of a build runs in one shared, limited slice; make does not.

Kept without imports: the launcher loads this file at every compiler call.
"""

__version__ = "0.1.0"
