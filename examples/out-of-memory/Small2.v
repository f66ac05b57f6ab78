Lemma small : forall n : nat, n + 2 = 2 + n.
Proof. intros n; induction n; simpl; [reflexivity | rewrite IHn; reflexivity]. Qed.
