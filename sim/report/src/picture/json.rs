//! The picture as JSON.
