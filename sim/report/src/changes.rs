//! What a change of bitsim or of a scenario altered: two records of a suite compared, by rule.
