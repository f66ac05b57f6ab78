Lemma hello : forall P : Prop, P -> P.
Proof. trivial. Qed.
