# rocq-limits.mk: every coqc and rocq call of this build runs in one limited slice; make does not.
# Written by `rocqshim mk`, format 4, digest 10b269662d79bf46.
#
#     include mk/rocq-limits.mk      # best as the last line of a Makefile
#
# Check this file in. The limits are in pyproject.toml, [tool.rocqshim]. More is in docs/make.md.
# It defines COQC, ROCQ and COQCHK (exported), ROCQ_EXEC, the two targets rocq-limits-status and
# rocq-limits-stop, and names that begin with rocqshim- or ROCQSHIM_. GNU make 4.0 or later.

# The launcher: a name to be looked for in PATH, or a path. Empty: build without limits.
ROCQ_EXEC ?= rocq-exec
export ROCQ_EXEC

rocqshim-nothing :=
rocqshim-space := $(rocqshim-nothing) $(rocqshim-nothing)

# $(call rocqshim-search,FOLDERS,NAMES): the first of NAMES, folder by folder. realpath is empty
# for what is not there, and for a link that leads nowhere.
rocqshim-each = $(foreach folder,$(1),$(addprefix $(folder)/,$(2)))
rocqshim-search = $(firstword $(foreach file,$(rocqshim-each),$(if $(realpath $(file)),$(file))))
rocqshim-folders = $(filter /%,$(subst :, ,$(PATH)))

# Where the launcher is. A name costs no process: only where it is not found, and PATH has spaces
# (which cut its folders into pieces), the shell is asked. A path may have spaces.
rocqshim-ask-shell = $(if $(findstring $(rocqshim-space),$(PATH)),$(shell command -v '$(1)' 2>/dev/null))
rocqshim-in-path = $(or $(call rocqshim-search,$(rocqshim-folders),$(1)),$(call rocqshim-ask-shell,$(1)))
rocqshim-existing = $(if $(wildcard $(subst $(rocqshim-space),\$(rocqshim-space),$(1))),$(1))
rocqshim-absolute = $(if $(filter /%,$(1)),$(1),$(CURDIR)/$(1))
rocqshim-at-path = $(call rocqshim-existing,$(call rocqshim-absolute,$(1)))
rocqshim-anywhere = $(if $(findstring /,$(1)),$(call rocqshim-at-path,$(1)),$(call rocqshim-in-path,$(1)))
rocqshim-locate = $(if $(1),$(rocqshim-anywhere))

# $(call rocqshim-quote,PATH): PATH as one word for the shell.
rocqshim-signs = $(foreach sign,' " ` & ; ( ) < > |,$(findstring $(sign),$(1)))
rocqshim-unsafe = $(findstring $(rocqshim-space),$(1))$(strip $(rocqshim-signs))
rocqshim-quote = $(if $(rocqshim-unsafe),'$(subst ','\'',$(1))',$(1))

# $(call rocqshim-limited,VARIABLE): not empty if the value calls the launcher already.
rocqshim-name = $(notdir $(lastword $(ROCQ_EXEC)))
rocqshim-words = $(if $(value $(1)),$(subst ",,$(subst ',,$($(1)))))
# `rocqshim run` gives one word: a launcher below rocq-exec/by-name or rocq-exec/by-path-….
rocqshim-one-word = $(findstring /rocq-exec/by-,$(rocqshim-words))
rocqshim-by-name = $(filter rocq-exec %/rocq-exec $(rocqshim-name) %/$(rocqshim-name),$(rocqshim-words))
rocqshim-limited = $(rocqshim-by-name)$(rocqshim-one-word)

# $(call rocqshim-script,VARIABLE): not empty if the value is more than a program with arguments,
# such as `ulimit -s unlimited; coqc`. Nothing can be put before that, so it is left alone.
rocqshim-first = $(if $(value $(1)),$(firstword $($(1))))
rocqshim-operators = $(if $(value $(1)),$(foreach sign,; && ||,$(findstring $(sign),$($(1)))))
rocqshim-builtins = $(filter @% -% +% . cd command eval exec ulimit,$(rocqshim-first))
rocqshim-script = $(strip $(rocqshim-operators) $(rocqshim-builtins))

# `X=y coqc` needs `env` before it: the shell takes assignments only as its first words.
rocqshim-key = $(if $(findstring =,$(1)),$(firstword $(subst =, ,$(1))))
rocqshim-assigns = $(if $(rocqshim-key),$(if $(findstring /,$(rocqshim-key)),,env))
rocqshim-prefix = $(rocqshim-launcher) $(addsuffix $(rocqshim-space),$(call rocqshim-assigns,$(rocqshim-first)))

# The compilers as coq_makefile calls them: in COQBIN, with or without its slash, or in PATH. A
# Rocq without the old names has `rocq c` for coqc and rocqchk for coqchk.
rocqshim-slash = $(if $(filter %/,$(lastword $(COQBIN))),,/)
rocqshim-tool = $(if $(value COQBIN),"$(COQBIN)$(rocqshim-slash)$(1)",$(1))
rocqshim-bin = $(if $(value COQBIN),$(COQBIN),$(rocqshim-folders))
rocqshim-found = $(notdir $(call rocqshim-search,$(rocqshim-bin),$(1)))
rocqshim-compile = $(if $(filter rocq,$(1)),$$(call rocqshim-tool,rocq) c,$$(call rocqshim-tool,coqc))
rocqshim-real-COQC = $(call rocqshim-compile,$(call rocqshim-found,coqc rocq))
rocqshim-real-ROCQ = $$(call rocqshim-tool,rocq)
rocqshim-real-COQCHK = $$(call rocqshim-tool,$(or $(call rocqshim-found,rocqchk coqchk),coqchk))

# How a value is wrapped. One that was written with `=` stays unexpanded, as it may use a variable
# that is set later, or $@; `define` keeps a # in it. $(2) is empty or `override`.
rocqshim-endef := endef
define rocqshim-wrap-undefined
$(2)$(1) = $(if $(rocqshim-launcher),$$(rocqshim-launcher) )$(rocqshim-real-$(1))
endef
define rocqshim-wrap-simple
$(2)$(1) := $(rocqshim-prefix)$$($(1))
endef
define rocqshim-wrap-recursive
$(2)define $(1)
$(rocqshim-prefix)$(value $(1))
$(rocqshim-endef)
endef
rocqshim-flavor = $(if $(strip $(value $(1))),$(flavor $(1)),undefined)
rocqshim-set = $(eval $(call rocqshim-wrap-$(rocqshim-flavor),$(1),$(2)))

# A variable of the command line, or any with `make -e`, ignores what a makefile sets, except with
# `override`. Sub-makes get those of the command line from MAKEOVERRIDES, where the last one wins.
rocqshim-escape = $(subst $$,$$$$,$(subst $(rocqshim-space),\$(rocqshim-space),$(subst \,\\,$(1))))
rocqshim-pass-on = $(if $(MAKEOVERRIDES),$(eval MAKEOVERRIDES += $(1)=$$(call rocqshim-escape,$$(value $(1)))))
rocqshim-force-all = $(call rocqshim-set,$(1),override )$(call rocqshim-pass-on,$(1))
rocqshim-force = $(if $(filter command,$(origin $(1))),$(rocqshim-force-all),$(call rocqshim-set,$(1),override ))
rocqshim-wrap = $(call rocqshim-set,$(1),)$(if $(call rocqshim-limited,$(1)),,$(call rocqshim-force,$(1)))

# One warning for a build: sub-makes see ROCQSHIM_WARNED, and make itself starts again with
# MAKE_RESTARTS after it has remade a makefile.
rocqshim-warned = $(value ROCQSHIM_WARNED)$(value MAKE_RESTARTS)
rocqshim-warn = $(if $(rocqshim-warned),,$(warning rocqshim: $(1))$(eval export ROCQSHIM_WARNED := 1))

rocqshim-no-launcher = $(ROCQ_EXEC) is not found, nothing is limited: pip install rocqshim, or set ROCQ_EXEC
rocqshim-no-program = $(1) is a shell command and stays unlimited: write rocq-exec before its compiler

# Without a launcher, what is not set becomes the plain compiler, so that $(COQC) can be relied on.
rocqshim-plain = $(if $(strip $(value $(1))),,$(call rocqshim-set,$(1),))
rocqshim-limit = $(if $(rocqshim-script),$(call rocqshim-warn,$(rocqshim-no-program)),$(rocqshim-wrap))
rocqshim-with = $(strip $(foreach v,COQC ROCQ COQCHK,$(if $(call rocqshim-limited,$(v)),$(v))))
rocqshim-without = $(filter-out $(rocqshim-with),COQC ROCQ COQCHK)

ifneq ($(rocqshim-without),)
rocqshim-launcher := $(call rocqshim-quote,$(call rocqshim-locate,$(strip $(ROCQ_EXEC))))
ifneq ($(rocqshim-launcher),)
$(foreach v,$(rocqshim-without),$(call rocqshim-limit,$(v)))
else
$(foreach v,$(rocqshim-without),$(call rocqshim-plain,$(v)))
$(if $(strip $(ROCQ_EXEC)),$(call rocqshim-warn,$(rocqshim-no-launcher)))
endif
endif
ifneq ($(rocqshim-with),)
export $(rocqshim-with)
endif

# jobs = "auto" in [tool.rocqshim] (or ROCQSHIM_JOBS=auto): the first make gets a -j, one for each
# processor, as rocq-exec lets a compiler start when its memory is there. A -j of yours wins. From
# GNU make 4.3 on, which has $(file <) and puts a -j of the command line over one of a makefile.
define rocqshim-newline


endef
rocqshim-text = $(file <$(1))
# strip makes a space of each tab, and would of each newline.
rocqshim-packed = $(subst ',",$(subst $(rocqshim-space),,$(strip $(1))))
rocqshim-one-line = $(call rocqshim-packed,$(subst $(rocqshim-newline),|newline|,$(1)))
rocqshim-lines = $(subst |newline|, ,$(call rocqshim-one-line,$(call rocqshim-text,$(1))))
rocqshim-table :=
rocqshim-enter = $(eval rocqshim-table := $$(line))
rocqshim-in-table = $(filter [tool.rocqshim]%,$(rocqshim-table))
rocqshim-chosen = $(if $(rocqshim-in-table),$(filter jobs="auto"%,$(line)))
rocqshim-of-line = $(if $(filter [%,$(line)),$(rocqshim-enter),$(rocqshim-chosen))
rocqshim-near = pyproject.toml $(addsuffix pyproject.toml,../ ../../ ../../../ ../../../../)
rocqshim-tables = [tool.rocqshim]% [tool.rocqshim.% [[tool.rocqshim.%
rocqshim-if-ours = $(if $(filter $(rocqshim-tables),$(call rocqshim-lines,$(1))),$(1))
rocqshim-ours = $(foreach file,$(wildcard $(rocqshim-near)),$(call rocqshim-if-ours,$(file)))
rocqshim-project = $(firstword $(rocqshim-ours))
rocqshim-in-file = $(strip $(foreach line,$(call rocqshim-lines,$(rocqshim-project)),$(rocqshim-of-line)))
rocqshim-by-file = $(if $(rocqshim-project),$(rocqshim-in-file))
rocqshim-auto = $(if $(value ROCQSHIM_JOBS),$(filter auto,$(ROCQSHIM_JOBS)),$(rocqshim-by-file))
rocqshim-processors = $(words $(filter processor,$(call rocqshim-text,/proc/cpuinfo)))
rocqshim-jobs = $(if $(rocqshim-auto),$(filter-out 0,$(rocqshim-processors)))
rocqshim-old-make = $(filter 4.0% 4.1% 4.2%,$(MAKE_VERSION))
rocqshim-given = $(filter -j% --jobserver%,$(MAKEFLAGS))
rocqshim-is-first = $(if $(filter 0,$(MAKELEVEL)),$(if $(rocqshim-old-make)$(rocqshim-given),,$(rocqshim-with)))
ifneq ($(rocqshim-is-first),)
MAKEFLAGS += $(addprefix -j,$(rocqshim-jobs))
endif

ifndef rocqshim-targets
rocqshim-targets := rocq-limits-status rocq-limits-stop
rocqshim-file := $(lastword $(MAKEFILE_LIST))
rocqshim-goal := $(.DEFAULT_GOAL)
rocqshim-beside = $(patsubst %/$(rocqshim-name),%/rocqshim,$(call rocqshim-locate,$(strip $(ROCQ_EXEC))))
rocqshim-command = $(or $(call rocqshim-quote,$(call rocqshim-existing,$(rocqshim-beside))),rocqshim)

.PHONY: $(rocqshim-targets)
rocq-limits-status: ; @$(rocqshim-command) status
rocq-limits-stop: ; @$(rocqshim-command) stop

# A catch-all rule such as `%: CoqMakefile` would try to remake this file.
$(rocqshim-file): ;

# The first target of the project stays its default goal.
.DEFAULT_GOAL := $(rocqshim-goal)
endif
