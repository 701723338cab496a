//! bitsim.
