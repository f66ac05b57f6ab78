(* What is proved elsewhere, computed: this file takes the most time and memory of all. *)
From Demo Require Import Arith Lists Tree Sort Compiler Binary.

Example sorted_range : sort (range 200) = rev nat (range 200).
Proof. vm_compute; reflexivity. Qed.

Fixpoint full (depth : nat) : tree nat :=
  match depth with
  | O => leaf
  | S below => node (full below) depth (full below)
  end.

Example mirror_full : mirror (full 12) = full 12.
Proof. vm_compute; reflexivity. Qed.

Fixpoint sum (n : nat) : expr :=
  match n with
  | O => const 0
  | S m => plus (const n) (sum m)
  end.

Example gauss : run (compile (sum 50)) nil = cons 1275 nil.
Proof. vm_compute; reflexivity. Qed.

Example thousand : value (of_nat 1000) = 1000.
Proof. vm_compute; reflexivity. Qed.
