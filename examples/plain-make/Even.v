From Plain Require Import Base.

Fixpoint even (n : nat) : bool :=
  match n with
  | O => true
  | S m => if even m then false else true
  end.

Lemma even_twice_S : forall n, even (twice S n) = even n.
Proof. intros n; unfold twice; simpl; destruct (even n); reflexivity. Qed.
