From Demo Require Import Base.

Lemma opposite_twice : forall d, opposite (opposite d) = d.
Proof. intros [|]; reflexivity. Qed.
