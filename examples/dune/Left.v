From Demo Require Import Base.

Lemma opposite_left : opposite left = right.
Proof. reflexivity. Qed.
