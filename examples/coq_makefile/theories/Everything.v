(* All of it, as a project that uses this one would load it. *)
From Demo Require Export Arith Lists Tree Sort Compiler Binary Examples.

Check sort_sorted.
Check compile_correct.
