(* A tree of 2^26 nodes, alive as a whole: it grows to 1.7 GB.
   It compiles where memory-max is 3G; with the 700M of pyproject.toml it is killed. *)

Inductive tree : Set := Leaf | Node (left right : tree).

Fixpoint full (depth : nat) : tree :=
  match depth with
  | O => Leaf
  | S below => Node (full below) (full below)
  end.

Fixpoint even (t : tree) : bool :=
  match t with
  | Leaf => true
  | Node l r => if even l then (if even r then false else true) else even r
  end.

Definition answer := Eval vm_compute in (let t := full 26 in (even t, even t)).
