(* A compiler from expressions to a stack machine, and its proof. *)
From Demo Require Import Lists.

Inductive expr : Type :=
  | const : nat -> expr
  | plus : expr -> expr -> expr
  | times : expr -> expr -> expr.

Fixpoint eval (e : expr) : nat :=
  match e with
  | const n => n
  | plus a b => eval a + eval b
  | times a b => eval a * eval b
  end.

Inductive instruction : Type := push (n : nat) | add | multiply.

Fixpoint run (program : list instruction) (stack : list nat) : list nat :=
  match program with
  | nil => stack
  | cons i rest =>
      match i, stack with
      | push n, _ => run rest (cons n stack)
      | add, cons b (cons a s) => run rest (cons (a + b) s)
      | multiply, cons b (cons a s) => run rest (cons (a * b) s)
      | _, _ => nil
      end
  end.

Fixpoint compile (e : expr) : list instruction :=
  match e with
  | const n => cons (push n) nil
  | plus a b => app (compile a) (app (compile b) (cons add nil))
  | times a b => app (compile a) (app (compile b) (cons multiply nil))
  end.

Lemma run_compile :
  forall e rest stack, run (app (compile e) rest) stack = run rest (cons (eval e) stack).
Proof.
  intros e; induction e; intros rest stack; simpl; trivial;
    rewrite <- !app_assoc, IHe1, IHe2; reflexivity.
Qed.

Theorem compile_correct : forall e, run (compile e) nil = cons (eval e) nil.
Proof. intros e; rewrite <- (app_nil_r _ (compile e)); apply run_compile. Qed.
