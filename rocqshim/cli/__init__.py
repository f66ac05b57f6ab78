"""The commands of ``rocqshim``, one file each: ``add_arguments(parser)`` and ``run(args)``."""
