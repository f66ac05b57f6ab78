"""``rocqshim doctor -- COMMAND``: does a build call its compilers through rocq-exec?"""
