//! A suite in the Test Anything Protocol.
