(* Lists: app, rev and map. *)

Section Lists.
  Variable A : Type.

  Fixpoint rev (l : list A) : list A :=
    match l with
    | nil => nil
    | cons x l' => app (rev l') (cons x nil)
    end.

  Lemma app_nil_r : forall l : list A, app l nil = l.
  Proof. intros l; induction l; simpl; congruence. Qed.

  Lemma app_assoc : forall k l m : list A, app k (app l m) = app (app k l) m.
  Proof. intros k l m; induction k; simpl; congruence. Qed.

  Lemma rev_app : forall k l : list A, rev (app k l) = app (rev l) (rev k).
  Proof.
    intros k l; induction k as [|x k IH]; simpl.
    - symmetry; apply app_nil_r.
    - rewrite IH; symmetry; apply app_assoc.
  Qed.

  Lemma rev_rev : forall l : list A, rev (rev l) = l.
  Proof. intros l; induction l as [|x l IH]; simpl; trivial; rewrite rev_app, IH; reflexivity. Qed.
End Lists.

Fixpoint map {A B : Type} (f : A -> B) (l : list A) : list B :=
  match l with
  | nil => nil
  | cons x l' => cons (f x) (map f l')
  end.

Lemma map_app :
  forall (A B : Type) (f : A -> B) (k l : list A), map f (app k l) = app (map f k) (map f l).
Proof. intros A B f k l; induction k; simpl; congruence. Qed.

Fixpoint range (n : nat) : list nat :=
  match n with
  | O => nil
  | S m => cons m (range m)
  end.
