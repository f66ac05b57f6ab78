"""What `make -n -p` prints, taken apart."""

from __future__ import annotations

from rocqshim.doctor.wiring.make_output import Variable, read_output

# From GNU Make 4.3, shortened.
TEXT = """\
make -f CoqMakefile all
if true; then\\
  coqc a.v;\\
fi

# GNU Make 4.3
# Make data base, printed on Tue Nov 24 21:48:34 2026

# Variables

# environment
TIMECMD = rocq-exec
# makefile (from 'CoqMakefile', line 101)
COQC = "$(COQBIN)coqc"
# makefile
CURDIR := /work/p
# 'override' directive
ROCQ := x y
# makefile (from 'mk/rocq-limits.mk', line 9)
define COQCHK
rocq-exec coqchk
endef
# default
.VARIABLES :=
# Files
a.vo: COQC = not this
# finished
# Finished Make data base on Tue Nov 24 21:48:34 2026

coqc b.v
# Make data base, printed on Tue Nov 24 21:48:34 2026
# command line
COQC := coqc
# Finished Make data base on Tue Nov 24 21:48:34 2026
"""


def test_recipes_of_all_makes_without_the_data_bases() -> None:
    assert read_output(TEXT).recipes == (
        "make -f CoqMakefile all",
        "if true; then   coqc a.v; fi",
        "# GNU Make 4.3",
        "coqc b.v",
    )


def test_variables_with_their_origin() -> None:
    inner, outer = read_output(TEXT).bases

    assert inner["COQC"] == Variable(
        "COQC", '"$(COQBIN)coqc"', "makefile", "CoqMakefile", 101, "/work/p"
    )
    assert inner["TIMECMD"].origin == "environment"
    assert inner["ROCQ"].origin == "'override' directive"
    assert inner["COQCHK"].value == "rocq-exec coqchk"
    assert (outer["COQC"].origin, outer["COQC"].value) == ("command line", "coqc")


def test_older_makes_quote_otherwise() -> None:
    text = TEXT.replace("from 'CoqMakefile'", "from `CoqMakefile'")

    assert read_output(text).bases[0]["COQC"].file == "CoqMakefile"


def test_output_that_was_cut_off() -> None:
    assert read_output("").recipes == ()
    assert len(read_output(TEXT[: TEXT.index("# default")]).bases) == 0
