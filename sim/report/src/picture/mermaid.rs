//! The picture as a Mermaid sequence diagram.
