//! The picture as JSON trace events, which Perfetto and chrome://tracing open.
