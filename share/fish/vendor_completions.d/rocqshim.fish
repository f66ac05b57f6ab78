# Completion of rocqshim and rocq-exec in fish, written by: rocqshim completion fish
# Read it from config.fish:  rocqshim completion fish | source

# Whether there is a `--`; and what completes the command that follows it.
function __rocqshim_after_dashes
    contains -- -- (commandline -opc)
end

function __rocqshim_command
    set -l words (commandline -opc) (commandline -ct)
    set -l at (contains -i -- -- $words)
    complete -C "$(string escape -- $words[(math $at + 1)..-2]) $words[-1]"
end

function __rocqshim_builds
    rocqshim history --csv 2>/dev/null | sed '1d;s/,.*//'
end

function __rocqshim_launched
    set -l words (commandline -opc) (commandline -ct)
    test "$words[2]" = --; and set -e words[2]
    complete -C "$(string escape -- $words[2..-2]) $words[-1]"
end

complete -c rocq-exec -f
complete -c rocq-exec -x -a '(__rocqshim_launched)'
complete -c rocqshim -f
complete -c rocqshim -n '__fish_use_subcommand' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_use_subcommand' -l version -d 'show program\'s version number and exit'
complete -c rocqshim -n __fish_use_subcommand -a init -d 'set a project up: settings and the make include'
complete -c rocqshim -n '__fish_seen_subcommand_from init' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from init' -l profile -x -a 'standard conservative aggressive single' -d 'take all limits from this profile (standard, conservative, aggressive, single)'
complete -c rocqshim -n __fish_use_subcommand -a mk -d 'write mk/rocq-limits.mk, or check that it is current'
complete -c rocqshim -n '__fish_seen_subcommand_from mk' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from mk' -s o -r -F -d 'the file to write (default: mk/rocq-limits.mk of the project); - is stdout'
complete -c rocqshim -n '__fish_seen_subcommand_from mk' -l check -d 'write nothing: exit 1 with a diff if it is stale'
complete -c rocqshim -n __fish_use_subcommand -a shims -d 'write launchers named coqc, rocq, …, to be put in PATH'
complete -c rocqshim -n '__fish_seen_subcommand_from shims' -x -a '(__fish_complete_directories)'
complete -c rocqshim -n '__fish_seen_subcommand_from shims' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from shims' -l remove -d 'remove the launchers again'
complete -c rocqshim -n __fish_use_subcommand -a editors -d 'the settings of editors for their servers'
complete -c rocqshim -n '__fish_seen_subcommand_from editors' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from editors' -l json -d 'print JSON instead of text'
complete -c rocqshim -n __fish_use_subcommand -a config -d 'every setting, resolved, with its origin'
complete -c rocqshim -n '__fish_seen_subcommand_from config' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from config' -l json -d 'print JSON instead of text'
complete -c rocqshim -n __fish_use_subcommand -a run -d 'run a build with its compilers limited, and sum it up'
complete -c rocqshim -n '__fish_seen_subcommand_from run; and __rocqshim_after_dashes' -x -a '(__rocqshim_command)'
complete -c rocqshim -n '__fish_seen_subcommand_from run; and not __rocqshim_after_dashes' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from run; and not __rocqshim_after_dashes' -l profile -x -a 'standard conservative aggressive single' -d 'take the limits of this profile'
complete -c rocqshim -n '__fish_seen_subcommand_from run; and not __rocqshim_after_dashes' -l log -r -F -d 'copy all output to FILE'
complete -c rocqshim -n '__fish_seen_subcommand_from run; and not __rocqshim_after_dashes' -l stderr-logs -x -a '(__fish_complete_directories)' -d 'copy each compiler\'s stderr to DIR/FILE.v.log'
complete -c rocqshim -n '__fish_seen_subcommand_from run; and not __rocqshim_after_dashes' -l timed -d 'print time and memory of each file, as TIMED=1 does'
complete -c rocqshim -n '__fish_seen_subcommand_from run; and not __rocqshim_after_dashes' -l progress -l no-progress -d 'show how far the build is, if stderr is a terminal'
complete -c rocqshim -n __fish_use_subcommand -a launcher -d 'one launcher under a name, for a rule of dune'
complete -c rocqshim -n '__fish_seen_subcommand_from launcher' -x -a 'coqc coqc.byte coqc.opt coqtop coqtop.byte coqtop.opt coqchk coqnative coqidetop coqidetop.byte coqidetop.opt rocq rocqchk rocqtop rocqc vsrocqtop vscoqtop coq-lsp rocq-lsp fcc'
complete -c rocqshim -n '__fish_seen_subcommand_from launcher' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from launcher' -s o -r -F -d 'write FILE, executable'
complete -c rocqshim -n __fish_use_subcommand -a status -d 'the slice, its limits as the kernel has them, jobs'
complete -c rocqshim -n '__fish_seen_subcommand_from status' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from status' -l json -d 'print JSON instead of text'
complete -c rocqshim -n '__fish_seen_subcommand_from status' -l all -d 'every project of yours'
complete -c rocqshim -n __fish_use_subcommand -a logs -d 'what the broker did: its journal, or its file'
complete -c rocqshim -n '__fish_seen_subcommand_from logs' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from logs' -s n -l lines -x -d 'the last N lines'
complete -c rocqshim -n '__fish_seen_subcommand_from logs' -s f -l follow -d 'go on as there are more'
complete -c rocqshim -n '__fish_seen_subcommand_from logs' -l since -x -d 'what is newer: "10 min", "today", "14:30"'
complete -c rocqshim -n __fish_use_subcommand -a top -d 'a live view of what runs, waits and has ended'
complete -c rocqshim -n '__fish_seen_subcommand_from top' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from top' -l all -d 'every project of yours'
complete -c rocqshim -n '__fish_seen_subcommand_from top' -l once -d 'print one frame as text, and end'
complete -c rocqshim -n __fish_use_subcommand -a stop -d 'kill this project\'s compilers, and verify it'
complete -c rocqshim -n '__fish_seen_subcommand_from stop' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from stop' -l all -d 'the compilers of every project of yours'
complete -c rocqshim -n '__fish_seen_subcommand_from stop' -l broker -d 'end the broker afterwards, too'
complete -c rocqshim -n __fish_use_subcommand -a simulate -d 'a recorded build, under other limits'
complete -c rocqshim -n '__fish_seen_subcommand_from simulate' -r -F
complete -c rocqshim -n '__fish_seen_subcommand_from simulate' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from simulate' -l memory -x -d 'memory-max, as 8G (default: all of it)'
complete -c rocqshim -n '__fish_seen_subcommand_from simulate' -l cores -x -d 'cores (default: this machine\'s)'
complete -c rocqshim -n '__fish_seen_subcommand_from simulate' -l jobs -x -d 'make\'s -j (default: all)'
complete -c rocqshim -n '__fish_seen_subcommand_from simulate' -l cold -d 'nothing was built before'
complete -c rocqshim -n '__fish_seen_subcommand_from simulate' -l use -x -a 'constant ramp' -d 'memory within a job'
complete -c rocqshim -n '__fish_seen_subcommand_from simulate' -l noise -x -d 'how builds differ, as 3%'
complete -c rocqshim -n '__fish_seen_subcommand_from simulate' -l seed -x -d 'of the noise'
complete -c rocqshim -n '__fish_seen_subcommand_from simulate' -l json -d 'print JSON instead of text'
complete -c rocqshim -n __fish_use_subcommand -a report -d 'what a build did, as a table, a page, a trace; gates for CI'
complete -c rocqshim -n '__fish_seen_subcommand_from report' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from report' -l build -x -a 'last previous (__rocqshim_builds)' -d 'which build (default: last)'
complete -c rocqshim -n '__fish_seen_subcommand_from report' -l html -r -F -d 'write one HTML page; - is stdout'
complete -c rocqshim -n '__fish_seen_subcommand_from report' -l trace -r -F -d 'write a trace for Perfetto; - is stdout'
complete -c rocqshim -n '__fish_seen_subcommand_from report' -l json -d 'print JSON instead of text'
complete -c rocqshim -n '__fish_seen_subcommand_from report' -l fail-if-peak -x -d 'status 1 if a file had more memory, as 8G'
complete -c rocqshim -n '__fish_seen_subcommand_from report' -l compare-with -x -a 'last previous (__rocqshim_builds)' -d 'a build, last, previous, or a file of --json'
complete -c rocqshim -n '__fish_seen_subcommand_from report' -l max-growth -x -d 'status 1 if a file grew by more in time or memory'
complete -c rocqshim -n __fish_use_subcommand -a history -d 'recorded builds, one file over builds, a trace'
complete -c rocqshim -n '__fish_seen_subcommand_from history' -r -F -a 'list export prune'
complete -c rocqshim -n '__fish_seen_subcommand_from history' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from history' -l since -x -d 'list: only what is newer: 2h, 3d, 90 min ago, today, yesterday, 14:30, 2026-11-01 or 2026-11-01T12:00'
complete -c rocqshim -n '__fish_seen_subcommand_from history' -l json -d 'list: print JSON instead of text'
complete -c rocqshim -n '__fish_seen_subcommand_from history' -l csv -d 'list: print CSV instead of text'
complete -c rocqshim -n '__fish_seen_subcommand_from history' -l trace -r -F -d 'export: the file to write; - is stdout'
complete -c rocqshim -n '__fish_seen_subcommand_from history' -l build -x -a 'last previous (__rocqshim_builds)' -d 'export: which build (default: the last)'
complete -c rocqshim -n '__fish_seen_subcommand_from history' -l keep -x -d 'prune: forget all builds but the last N'
complete -c rocqshim -n '__fish_seen_subcommand_from history' -l older-than -x -d 'prune: forget the builds that are older: 30d, or a date'
complete -c rocqshim -n '__fish_seen_subcommand_from history' -l all -d 'prune: forget every build'
complete -c rocqshim -n '__fish_seen_subcommand_from history' -l every-project -d 'prune: not of this project alone'
complete -c rocqshim -n __fish_use_subcommand -a blame -d 'which sentence of a file takes the memory'
complete -c rocqshim -n '__fish_seen_subcommand_from blame' -r -F
complete -c rocqshim -n '__fish_seen_subcommand_from blame' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from blame' -l json -d 'print JSON instead of text'
complete -c rocqshim -n __fish_use_subcommand -a jobs -d 'the -j to use here, and why'
complete -c rocqshim -n '__fish_seen_subcommand_from jobs' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from jobs' -l explain -d 'say where the number comes from'
complete -c rocqshim -n '__fish_seen_subcommand_from jobs' -l json -d 'print JSON instead of text'
complete -c rocqshim -n __fish_use_subcommand -a doctor -d 'what this machine can enforce, and how to mend it'
complete -c rocqshim -n '__fish_seen_subcommand_from doctor; and __rocqshim_after_dashes' -x -a '(__rocqshim_command)'
complete -c rocqshim -n '__fish_seen_subcommand_from doctor; and not __rocqshim_after_dashes' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n '__fish_seen_subcommand_from doctor; and not __rocqshim_after_dashes' -l json -d 'print JSON instead of text'
complete -c rocqshim -n '__fish_seen_subcommand_from doctor; and not __rocqshim_after_dashes' -s v -l all -d 'show the checks that do not apply here, too'
complete -c rocqshim -n '__fish_seen_subcommand_from doctor; and not __rocqshim_after_dashes' -l prove -d 'enforce a small limit on a job, and show that it held'
complete -c rocqshim -n __fish_use_subcommand -a completion -d 'completion of these commands in a shell'
complete -c rocqshim -n '__fish_seen_subcommand_from completion' -x -a 'bash zsh fish'
complete -c rocqshim -n '__fish_seen_subcommand_from completion' -s h -l help -d 'show this help message and exit'
complete -c rocqshim -n __fish_use_subcommand -a help -d 'what a command is for, and its options'
complete -c rocqshim -n '__fish_seen_subcommand_from help' -x -a 'init mk shims editors config run launcher status logs top stop simulate report history blame jobs doctor completion help exec'
complete -c rocqshim -n '__fish_seen_subcommand_from help' -s h -l help -d 'show this help message and exit'
