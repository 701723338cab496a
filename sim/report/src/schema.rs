//! The language of scenarios as JSON Schema (draft 7) for editors, and as a reference for readers.
