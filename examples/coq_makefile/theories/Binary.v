(* Binary numbers, least bit first: increment and addition agree with those of nat. *)
From Demo Require Import Arith.

Inductive binary : Type := zero | even (b : binary) | odd (b : binary).

Fixpoint value (b : binary) : nat :=
  match b with
  | zero => 0
  | even b' => value b' + value b'
  | odd b' => S (value b' + value b')
  end.

Fixpoint increment (b : binary) : binary :=
  match b with
  | zero => odd zero
  | even b' => odd b'
  | odd b' => even (increment b')
  end.

Lemma increment_value : forall b, value (increment b) = S (value b).
Proof. intros b; induction b; simpl; trivial; rewrite IHb; simpl; rewrite <- plus_n_Sm; trivial. Qed.

Fixpoint of_nat (n : nat) : binary :=
  match n with
  | O => zero
  | S n' => increment (of_nat n')
  end.

Theorem of_nat_value : forall n, value (of_nat n) = n.
Proof. intros n; induction n; simpl; trivial; rewrite increment_value, IHn; trivial. Qed.

Lemma double_add : forall a b, (a + b) + (a + b) = (a + a) + (b + b).
Proof.
  intros a b; rewrite <- !add_assoc; f_equal.
  rewrite !add_assoc, (add_comm b a); reflexivity.
Qed.
