"""The include for Makefiles: its text (rocq-limits.mk), and how it gets into a project."""
