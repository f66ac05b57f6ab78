(* Addition and order on nat, from the prelude alone: Coq 8.16 and Rocq 9.2 read the same file. *)

Lemma add_assoc : forall a b c : nat, a + (b + c) = a + b + c.
Proof. intros a b c; induction a; simpl; congruence. Qed.

Lemma add_comm : forall a b : nat, a + b = b + a.
Proof. intros a b; induction a; simpl; [apply plus_n_O | rewrite IHa; apply plus_n_Sm]. Qed.

Fixpoint leb (a b : nat) : bool :=
  match a, b with
  | O, _ => true
  | S _, O => false
  | S a', S b' => leb a' b'
  end.

Lemma leb_refl : forall a, leb a a = true.
Proof. intros a; induction a; simpl; trivial. Qed.

Lemma leb_total : forall a b, leb a b = false -> leb b a = true.
Proof. intros a; induction a; intros [|b]; simpl; auto; discriminate. Qed.

Lemma leb_trans : forall a b c, leb a b = true -> leb b c = true -> leb a c = true.
Proof.
  intros a; induction a; intros [|b] [|c]; simpl; trivial; try discriminate.
  apply IHa.
Qed.
