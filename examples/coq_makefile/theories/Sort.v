(* Insertion sort: its result is sorted, and has every number as often as before. *)
From Demo Require Import Arith Lists.

Fixpoint insert (x : nat) (l : list nat) : list nat :=
  match l with
  | nil => cons x nil
  | cons y l' => if leb x y then cons x l else cons y (insert x l')
  end.

Fixpoint sort (l : list nat) : list nat :=
  match l with
  | nil => nil
  | cons x l' => insert x (sort l')
  end.

Inductive sorted : list nat -> Prop :=
  | sorted_nil : sorted nil
  | sorted_one : forall x, sorted (cons x nil)
  | sorted_cons : forall x y l, leb x y = true -> sorted (cons y l) -> sorted (cons x (cons y l)).

Lemma insert_sorted : forall x l, sorted l -> sorted (insert x l).
Proof.
  intros x l H; induction H as [|y|y z l Hyz H IH]; simpl.
  - constructor.
  - destruct (leb x y) eqn:E; repeat constructor; auto using leb_total.
  - simpl in IH; destruct (leb x y) eqn:E; [repeat constructor; assumption|].
    destruct (leb x z); constructor; auto using leb_total.
Qed.

Theorem sort_sorted : forall l, sorted (sort l).
Proof. intros l; induction l; simpl; [constructor | apply insert_sorted; assumption]. Qed.

Fixpoint same (a b : nat) : bool :=
  match a, b with
  | O, O => true
  | S a', S b' => same a' b'
  | _, _ => false
  end.

Fixpoint count (x : nat) (l : list nat) : nat :=
  match l with
  | nil => 0
  | cons y l' => (if same x y then 1 else 0) + count x l'
  end.

Lemma insert_count : forall x y l, count x (insert y l) = (if same x y then 1 else 0) + count x l.
Proof.
  intros x y l; induction l as [|z l IH]; simpl; trivial.
  destruct (leb y z); simpl; trivial.
  rewrite IH, !add_assoc, (add_comm (if same x z then 1 else 0)); reflexivity.
Qed.

Theorem sort_count : forall x l, count x (sort l) = count x l.
Proof. intros x l; induction l; simpl; trivial; rewrite insert_count, IHl; reflexivity. Qed.
