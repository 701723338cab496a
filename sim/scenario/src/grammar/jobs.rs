//! Jobs and downloads as they are declared, and what their callbacks answer.
