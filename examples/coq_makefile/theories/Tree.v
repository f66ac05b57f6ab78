(* Binary trees: mirroring one reverses the list of its labels. *)
From Demo Require Import Arith Lists.

Inductive tree (A : Type) : Type :=
  | leaf : tree A
  | node : tree A -> A -> tree A -> tree A.
Arguments leaf {A}.
Arguments node {A} _ _ _.

Fixpoint size {A} (t : tree A) : nat :=
  match t with
  | leaf => 0
  | node l _ r => S (size l + size r)
  end.

Fixpoint mirror {A} (t : tree A) : tree A :=
  match t with
  | leaf => leaf
  | node l x r => node (mirror r) x (mirror l)
  end.

Fixpoint labels {A} (t : tree A) : list A :=
  match t with
  | leaf => nil
  | node l x r => app (labels l) (cons x (labels r))
  end.

Lemma mirror_mirror : forall A (t : tree A), mirror (mirror t) = t.
Proof. intros A t; induction t; simpl; congruence. Qed.

Lemma mirror_size : forall A (t : tree A), size (mirror t) = size t.
Proof. intros A t; induction t as [|l IHl x r IHr]; simpl; trivial; rewrite IHl, IHr, add_comm; trivial. Qed.

Lemma mirror_labels : forall A (t : tree A), labels (mirror t) = rev A (labels t).
Proof.
  intros A t; induction t as [|l IHl x r IHr]; simpl; trivial.
  rewrite IHl, IHr, rev_app; simpl.
  rewrite <- app_assoc; reflexivity.
Qed.
