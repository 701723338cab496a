//! From a played run to its picture.
