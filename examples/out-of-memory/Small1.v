Lemma small : forall n : nat, n + 1 = 1 + n.
Proof. intros n; induction n; simpl; [reflexivity | rewrite IHn; reflexivity]. Qed.
