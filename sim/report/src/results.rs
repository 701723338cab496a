//! What a suite came to, as JSON: the same for people's tools and for `bitsim changes`.
