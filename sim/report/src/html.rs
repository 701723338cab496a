//! Runs and suites as HTML: one file each that needs no network.
