Lemma small : forall n : nat, n + 4 = 4 + n.
Proof. intros n; induction n; simpl; [reflexivity | rewrite IHn; reflexivity]. Qed.
