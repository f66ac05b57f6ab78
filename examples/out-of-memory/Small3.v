Lemma small : forall n : nat, n + 3 = 3 + n.
Proof. intros n; induction n; simpl; [reflexivity | rewrite IHn; reflexivity]. Qed.
