//! Variants in turn, A B C A B C, so that each ratio is taken between neighbours in time.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use crate::child::Measured;

/// One way to do the work of a row.
#[derive(Debug, Clone)]
pub struct Variant {
    pub name: &'static str,
    /// The program that does it; this one if it is `None`.
    pub program: Option<PathBuf>,
    pub arguments: Vec<String>,
    /// What its check must be, so that it is the same work.
    pub check: String,
}

impl Variant {
    /// One of this program's own.
    pub fn own(name: &'static str, arguments: &str, check: impl Into<String>) -> Self {
        let arguments = ["--child"].into_iter().chain(arguments.split(' '));
        let arguments = arguments.map(str::to_owned).collect();
        Self { name, program: None, arguments, check: check.into() }
    }

    fn measure(&self) -> Result<Measured, String> {
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let program = self.program.clone().unwrap_or(own);
        let output = Command::new(program).args(&self.arguments).output();
        let output = output.map_err(|error| format!("{}: {error}", self.name))?;
        let told = String::from_utf8_lossy(&output.stdout);
        let measured = Measured::of_lines(&told).filter(|_| output.status.success());
        let measured = measured.ok_or_else(|| {
            format!("{} fails: {}", self.name, String::from_utf8_lossy(&output.stderr))
        })?;
        if measured.check != self.check {
            let Self { name, check, .. } = self;
            return Err(format!("{name} did other work: {}, not {check}", measured.check));
        }
        Ok(measured)
    }
}

/// What all variants of a row measured, by round.
#[derive(Debug)]
pub struct Rounds {
    pub names: Vec<&'static str>,
    pub rounds: Vec<Vec<Measured>>,
}

impl Rounds {
    pub fn measure(variants: &[Variant], rounds: u32) -> Result<Self, String> {
        let names = variants.iter().map(|variant| variant.name).collect();
        let round = |_| variants.iter().map(Variant::measure).collect();
        Ok(Self { names, rounds: (0..rounds).map(round).collect::<Result<_, _>>()? })
    }

    /// A figure of each round.
    pub fn each(&self, figure: impl Fn(&[Measured]) -> f64) -> Spread {
        Spread::of(self.rounds.iter().map(|round| figure(round)).collect())
    }

    /// Which variant has this name.
    pub fn of(&self, name: &str) -> usize {
        self.names.iter().position(|other| *other == name).expect("a variant of the row")
    }
}

/// Least, median and largest of some figures.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    pub min: f64,
    pub median: f64,
    pub max: f64,
}

impl Spread {
    fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        let (min, max) = (figures[0], figures[figures.len() - 1]);
        let middle = figures.len() / 2;
        let median = match figures.len() % 2 {
            1 => figures[middle],
            _ => (figures[middle - 1] + figures[middle]) / 2.0,
        };
        Self { min, median, max }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Three digits that count.
        let places = |figure: f64| match figure {
            figure if figure >= 100.0 => 0,
            figure if figure >= 10.0 => 1,
            _ => 2,
        };
        let Self { min, median, max } = self;
        write!(f, "**{median:.*}** ({min:.*} to {max:.*})", places(*median), places(*min), places(*max))
    }
}
