//! x
#[test]
fn a(){}
