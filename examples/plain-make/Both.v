From Plain Require Import Base Even Odd.

Theorem odd_is_not_even : forall n, odd n -> even n = false.
Proof. intros n H; induction H; [reflexivity | rewrite even_twice_S; assumption]. Qed.
