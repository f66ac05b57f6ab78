From Plain Require Import Base.

Inductive odd : nat -> Prop :=
  | odd_one : odd 1
  | odd_next : forall n, odd n -> odd (twice S n).

Lemma odd_not_zero : ~ odd 0.
Proof. intros H; inversion H. Qed.
