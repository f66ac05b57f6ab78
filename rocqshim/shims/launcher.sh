#!/bin/sh
# rocqshim launcher for @NAME@. Written by rocqshim, which renews it.
# What stood behind it in PATH (dune builds anew when this changes, as it would with the tool):
@IDENTITY@
rq_tool=@TOOL@
rq_real=@REAL@
rq_python=@PYTHON@
rq_start=@START@

# Python ignores SIGPIPE at its start. Whether the caller did, only we can still see: a signal that
# was ignored from the start cannot be trapped (POSIX).
rq_pipe=ignored
trap 'rq_pipe=' PIPE
kill -PIPE $$
trap - PIPE
# Nor did it arrive where it is blocked. Field 33 of stat is the signals that are ignored; 4096: PIPE.
if [ "$rq_pipe" ] && IFS= read -r rq_stat 2>/dev/null </proc/self/stat; then
  rq_stat=${rq_stat##*) } # which begins with field 3
  rq_left=30
  while [ "$rq_left" -gt 0 ]; do rq_stat=${rq_stat#* } rq_left=$((rq_left - 1)); done
  [ $((${rq_stat%% *} & 4096)) -eq 0 ] && rq_pipe=blocked
fi

if [ -x "$rq_python" ] && [ -f "$rq_start" ]; then
  exec "$rq_python" -IS ${rq_pipe:+-X "pipe=$rq_pipe"} -X "tool=$rq_tool" \
    -X "behind=$0" -X "real=$rq_real" "$rq_start" @FIRST@"$@"
fi

# rocqshim was removed or has moved. The build goes on, with the tool itself.
# Said once for the process group, which is one command line of a person, and a whole run of CI.
rq_said=
{ read -r rq_stat <"/proc/$$/stat" && [ -w "$XDG_RUNTIME_DIR" ]; } 2>/dev/null && {
  rq_stat=${rq_stat##*) }
  rq_stat=${rq_stat#* * }
  rq_mark=$XDG_RUNTIME_DIR/rocqshim-gone-${rq_stat%% *}
  # Of another group that had this number, an hour ago or more.
  find "$rq_mark" -prune -mmin +60 -exec rmdir {} \; 2>/dev/null
  mkdir "$rq_mark" 2>/dev/null || rq_said=yes
}
[ "$rq_said" ] ||
  echo "rocqshim: $rq_start is not there any more, nothing is limited. Run: rocqshim shims" >&2
IFS=:
set -f
for rq_folder in $PATH:; do
  rq_program=${rq_folder:+$rq_folder/}$rq_tool
  if [ ! -f "$rq_program" ] || [ ! -x "$rq_program" ]; then continue; fi
  { IFS= read -r rq_first && IFS= read -r rq_second; } <"$rq_program" 2>/dev/null
  case $rq_second in '# rocqshim launcher'*) continue ;; esac
  case $rq_first:$ROCQSHIM_PASSED: in '#!'*:"$rq_program":*) continue ;; esac # it came from there
  ROCQSHIM_PASSED=$ROCQSHIM_PASSED:$rq_program
  export ROCQSHIM_PASSED
  case $rq_program in */*) ;; *) rq_program=./$rq_program ;; esac
  set +f
  unset IFS
  # shellcheck disable=SC2093 # it does not go on
  exec "$rq_program" @FIRST@"$@"
done
case $ROCQSHIM_PASSED: in
  *:"$rq_real":*) ;;
  *) [ -x "$rq_real" ] && ROCQSHIM_PASSED=$ROCQSHIM_PASSED:$rq_real && export ROCQSHIM_PASSED &&
    unset IFS && set +f && exec "$rq_real" @FIRST@"$@" ;;
esac
echo "rocqshim: $rq_tool: not found" >&2
exit 127
