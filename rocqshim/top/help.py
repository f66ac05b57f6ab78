"""What the keys do, for the last line and for the help."""

from __future__ import annotations

KEYS = "q quit  s sort  / filter  k kill  p pause  a all  h help"
HELP_LINES = tuple(
    """\
rocqshim top: what runs, waits and has ended, looked at each second

  q            quit; what was paused here goes on
  s  r         sort by memory, cpu, time, left, file; r the other way round
  /            show the files that have this in their name; Esc shows all
  up down      choose a job (also PgUp PgDn Home End)
  k            kill the chosen job, after a question; make sees it fail
  p            pause: nobody new starts, what runs goes on; p again resumes
  a            all projects, or that of this folder only
  h  ?         this help

memory  |||| in use, :::: promised to jobs that run
TRY     1, or more after it was killed for memory and run again
LEFT    as the history expects; +5s: it takes 5 s longer than that
MEM PEAK PRED  memory now, at most, and as predicted
""".splitlines()
)
