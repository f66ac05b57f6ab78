"""The tables of the history, one entry for each schema version."""

from __future__ import annotations

BLAME = "blame-"  # begins the build of a job that ``rocqshim blame`` repeats: it is no build
INTERACTIVE = "interactive"  # the kind of what sits in an editor, which is no build either
# Of a row of jobs: whether it belongs to what a user calls a build.
IS_BUILT = f"(kind != '{INTERACTIVE}' AND build NOT LIKE '{BLAME}%')"
# In order; never changed once released. A step may hold several statements, parted by `;`.
STEPS = (
    """
    CREATE TABLE jobs (
        root TEXT, project TEXT, slice TEXT, build TEXT, backend TEXT, file TEXT, kind TEXT,
        compiler TEXT, started REAL, waited REAL, wall REAL, user REAL, system REAL,
        memory_peak INTEGER, swap_peak INTEGER, verdict TEXT, status INTEGER,
        memory_max INTEGER, job_memory_max INTEGER, attempt INTEGER, version TEXT
    );
    CREATE INDEX jobs_by_build ON jobs (build);
    """,
    # What predicts a job's peak, what it was promised, and what the kernel counted. Rows of
    # before stay as they are: NULL is unknown.
    """
    ALTER TABLE jobs ADD COLUMN compiler_id TEXT;
    ALTER TABLE jobs ADD COLUMN source_size INTEGER;
    ALTER TABLE jobs ADD COLUMN source_digest TEXT;
    ALTER TABLE jobs ADD COLUMN loaded_size INTEGER;
    ALTER TABLE jobs ADD COLUMN loads TEXT;
    ALTER TABLE jobs ADD COLUMN anon_peak INTEGER;
    ALTER TABLE jobs ADD COLUMN oom INTEGER;
    ALTER TABLE jobs ADD COLUMN oom_kill INTEGER;
    ALTER TABLE jobs ADD COLUMN oomd_kill INTEGER;
    ALTER TABLE jobs ADD COLUMN reservation INTEGER;
    ALTER TABLE jobs ADD COLUMN course TEXT;
    ALTER TABLE jobs ADD COLUMN lean INTEGER;
    CREATE INDEX jobs_by_file ON jobs (root, file, kind, started);
    CREATE INDEX jobs_by_start ON jobs (root, started);
    """,
    # What the views need: how to repeat a job, why it waited, and the slice over time.
    """
    ALTER TABLE jobs ADD COLUMN cwd TEXT;
    ALTER TABLE jobs ADD COLUMN command TEXT;
    ALTER TABLE jobs ADD COLUMN why_waited TEXT;
    CREATE TABLE samples (
        build TEXT, root TEXT, time REAL, memory INTEGER, memory_max INTEGER, reserved INTEGER,
        cpu REAL, read INTEGER, written INTEGER, cores INTEGER, cpu_quota INTEGER, tasks INTEGER,
        memory_pressure REAL, cpu_pressure REAL, running INTEGER, waiting INTEGER, blocked TEXT,
        jobs TEXT
    );
    CREATE INDEX samples_by_build ON samples (build, root, time);
    """,
    # Where the figure that a job was promised comes from.
    """
    ALTER TABLE jobs ADD COLUMN why_reserved TEXT;
    """,
    # The peak of a slice beside what it had at the look, and what its machine did meanwhile.
    """
    ALTER TABLE samples ADD COLUMN peak INTEGER;
    ALTER TABLE samples ADD COLUMN machine_cpu REAL;
    """,
    # What is last is what was written last, and not what has the latest time.
    """
    DROP INDEX IF EXISTS jobs_by_start;
    CREATE INDEX jobs_by_root ON jobs (root);
    """,
)
