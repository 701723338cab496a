#[test]
fn show() {
    for path in std::env::var("SCN").unwrap().split(',') {
        let bytes = std::fs::read(path).unwrap();
        match bitsim_scenario::load(path, &bytes) {
            Ok(s) => {
                println!("{path}: ok {:#?}", s.warnings());
                if std::env::var("PLAN").is_ok() {
                    println!("{:#?}", s.plan(s.targets()[0]))
                }
            }
            Err(m) => {
                for d in m {
                    println!("{path}: {d}");
                    for (p, l) in &d.related {
                        println!("    {}:{} {l}", p.line, p.column)
                    }
                    if let Some(bitsim_scenario::Help { edit: Some((p, t)), .. }) = &d.help {
                        println!("    edit {}:{}+{} -> {t}", p.line, p.column, p.len)
                    }
                }
            }
        }
    }
}
