//! x
use std::time::Instant;
#[test]
fn show() {
    for path in std::env::var("SCN").unwrap().split_whitespace() {
        let bytes = std::fs::read(path).unwrap();
        match bitsim_scenario::load(path, &bytes) {
            Ok(s) => {
                println!("{path}: ok");
                for d in s.warnings() {
                    println!("  {d}")
                }
            }
            Err(m) => {
                for d in m {
                    println!("{path}: {d}");
                }
            }
        }
    }
    let n = 4 << 20;
    for p in [
        "[",
        "{",
        "a,",
        "- a\n",
        "a: a\n",
        "&",
        "!",
        "*a ",
        "\t",
        "\n",
        "\"",
        "'",
        "#",
        "a: |\n",
        "%",
        "? a\n",
        "a: {}\n",
        "---\n",
        "\r",
        ":",
        "x",
        "a: [b, c]\n",
        "k",
        "\"\\x41",
        "- {at: 0s, do: {x: y}}\n",
        "- - ",
        "{a: ",
        "é",
        "|\n ",
        ">\n\n",
        "!<",
        "[a]: b\n",
        ", ",
        "\u{2028}",
    ] {
        for head in
            ["", "a: ", "a: [", "timeline:\n", "a: \"", "scenario: x\nrun_on: [bits]\ntimeline:\n"]
        {
            let text = format!("{head}{}", p.repeat((n - head.len()) / p.len()));
            let t = Instant::now();
            let r = bitsim_scenario::load("x", text.as_bytes());
            let e = t.elapsed().as_millis();
            if e > 1500 {
                println!("{e}ms {head:?} {p:?} {:?}", r.map(|_| ()).map_err(|m| m[0].to_string()))
            }
        }
    }
}
