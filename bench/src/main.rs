//! bitsim measured next to other simulators and explorers.
//!
//! ```text
//! cargo bench --manifest-path bench/Cargo.toml                     # the table
//! cargo bench --manifest-path bench/Cargo.toml -- --only 6 --only 7
//! cargo bench --manifest-path bench/Cargo.toml -- --rounds 11
//! cargo bench --manifest-path bench/Cargo.toml -- --quick          # one round of each
//! ```

mod child;
mod compare;
mod explorers;
mod retries;
mod rows;
mod service;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use child::Measured;
use compare::Rounds;
use rows::Row;

/// What was asked for.
struct Asked {
    only: Vec<u32>,
    rounds: u32,
}

fn main() -> ExitCode {
    // Cargo says that this is a benchmark.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["--child", rest @ ..] => measure(rest)
            .map(|measured| print!("{}", measured.to_lines()))
            .ok_or_else(|| format!("nothing to measure is called {rest:?}")),
        _ => asked(&arguments).and_then(|asked| table(&asked)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &[&str]) -> Option<Measured> {
    let numbers =
        |texts: &[&str]| texts.iter().map(|it| it.parse().ok()).collect::<Option<Vec<u64>>>();
    match arguments {
        ["explore", how, parameters] => {
            explorers::run(how, explorers::bjl::Bjl::parse(parameters)?)
        }
        ["peer", peer, rest @ ..] => match numbers(rest)?.as_slice() {
            [jobs, most, runs] => retries::run(peer, *jobs, *most, *runs),
            _ => None,
        },
        ["service", what, rest @ ..] => service::run(what, &numbers(rest)?),
        _ => None,
    }
}

fn asked(arguments: &[&str]) -> Result<Asked, String> {
    let mut asked = Asked { only: Vec::new(), rounds: 5 };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut number = || {
            let number = rest.next().and_then(|text| text.parse().ok());
            number.ok_or_else(|| format!("{argument} wants a number"))
        };
        match *argument {
            "--quick" => asked.rounds = 1,
            "--rounds" => asked.rounds = number()?.max(1),
            "--only" => asked.only.push(number()?),
            _ => return Err(format!("no option {argument}: --quick, --rounds N, --only ROW")),
        }
    }
    Ok(asked)
}

/// Measures and prints the table.
fn table(asked: &Asked) -> Result<(), String> {
    let madsim = build_madsim()?;
    let wanted = |row: &Row| asked.only.is_empty() || asked.only.contains(&row.number);
    let mut lines = Vec::new();
    for row in rows::all(&madsim).into_iter().filter(wanted) {
        eprintln!("row {}: {}", row.number, row.what);
        let rounds = Rounds::measure(&row.variants, asked.rounds)?;
        for (at, name) in rounds.names.iter().enumerate() {
            let each = rounds.each(|round| round[at].nanos as f64 / round[at].work as f64);
            eprintln!("  {name}: {:.1} ns each ({:.1} to {:.1})", each.median, each.min, each.max);
        }
        lines.extend(judged(&row, &rounds));
    }
    println!("| # | work | target | measured: median (min to max) | |");
    println!("| --- | --- | --- | --- | --- |");
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

fn judged(row: &Row, rounds: &Rounds) -> Vec<String> {
    let judged: Vec<_> = row.aims.iter().map(|aim| (aim, aim.judge(rounds))).collect();
    let one_met = judged.iter().any(|(_, (_, met))| *met);
    let line = |(at, (aim, (spread, met))): (usize, &(&rows::Aim, (compare::Spread, bool)))| {
        let verdict = match (*met, row.any && one_met) {
            (true, _) => "met",
            (false, true) => "the other is met",
            (false, false) => "missed",
        };
        let head = if at == 0 { format!("{} | {}", row.number, row.what) } else { " | ".into() };
        let or = if row.any && at > 0 { "or " } else { "" };
        format!("| {head} | {or}{} | {spread} | {verdict} |", aim.told())
    };
    judged.iter().enumerate().map(line).collect()
}

/// Builds madsim's program, which wants a flag for its whole build, and tells where it is.
fn build_madsim() -> Result<PathBuf, String> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/madsim"));
    // Beside everything else that is built, wherever that is.
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let target = own.ancestors().nth(3).ok_or("no folder for what is built")?.join("madsim");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTFLAGS")
        .status();
    match built {
        Ok(status) if status.success() => Ok(target.join("release/bitsim-bench-madsim")),
        _ => Err("madsim's program cannot be built".into()),
    }
}
