//! Small maps and lists of words that several keys share.
