"""Folders of launchers under the names of the tools, to be put first in PATH."""
