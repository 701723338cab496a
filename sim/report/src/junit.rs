//! A suite as JUnit XML.
