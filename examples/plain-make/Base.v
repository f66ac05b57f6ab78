Definition twice {A : Type} (f : A -> A) (x : A) : A := f (f x).

Lemma twice_id : forall (A : Type) (x : A), twice (fun y => y) x = x.
Proof. reflexivity. Qed.
