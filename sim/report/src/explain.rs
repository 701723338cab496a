//! A page for each diagnostic: what it means, why, and an example of right and wrong.
