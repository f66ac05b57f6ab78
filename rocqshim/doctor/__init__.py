"""What this machine can enforce: one check each, as data, and how to mend what fails."""
