Inductive direction : Set := left | right.

Definition opposite (d : direction) : direction :=
  match d with left => right | right => left end.
