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
            let number = rest.next().and_then(|text| text.parse::<u32>().ok());
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
    explorers::notice_what_is_wrong()?;
    let madsim = madsim_folder()?;
    let mut wanted = rows::all(&madsim.join("release/bitsim-bench-madsim"));
    wanted.retain(|row| asked.only.is_empty() || asked.only.contains(&row.number));
    if wanted.iter().flat_map(|row| &row.variants).any(|variant| variant.program.is_some()) {
        build_madsim(&madsim)?;
    }
    // A row is told as soon as it is measured: an interruption loses no other.
    println!("| # | work | target | measured: median (min to max) | |");
    println!("| --- | --- | --- | --- | --- |");
    for row in wanted {
        eprintln!("row {}: {}", row.number, row.what);
        let rounds = Rounds::measure(&row.variants, asked.rounds)?;
        for (at, name) in rounds.names.iter().enumerate() {
            let each = rounds.each(|round| round[at].nanos as f64 / round[at].work as f64);
            eprintln!("  {name}: {:.1} ns each ({:.1} to {:.1})", each.median, each.min, each.max);
        }
        judged(&row, &rounds).iter().for_each(|line| println!("{line}"));
    }
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

/// Where madsim's program is built: beside everything else, wherever that is.
fn madsim_folder() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    Ok(own.ancestors().nth(3).ok_or("no folder for what is built")?.join("madsim"))
}

/// Builds madsim's program, which wants a flag for its whole build.
fn build_madsim(folder: &Path) -> Result<(), String> {
    eprintln!("building madsim's program");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/madsim"))
        .env("CARGO_TARGET_DIR", folder)
        .env_remove("RUSTFLAGS")
        .status();
    match built {
        Ok(status) if status.success() => Ok(()),
        _ => Err("madsim's program cannot be built".into()),
    }
}
