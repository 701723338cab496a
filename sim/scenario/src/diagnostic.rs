//! What is wrong with a scenario, where, and what would repair it.

use crate::codes;
use crate::lacking::{self, Lacking};
use crate::plan::Place;
use std::fmt;

pub use crate::codes::DIAGNOSTICS;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// It can, but probably says something else than was meant.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One mistake in a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable id, such as `SCN-004`; one of [`DIAGNOSTICS`].
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The mistake in one sentence without a full stop.
    pub message: String,
    /// The text that is wrong.
    pub place: Place,
    /// What to write beside that text; empty if the message says it all.
    pub label: String,
    /// Other places that explain the mistake, each with its label.
    pub related: Vec<(Place, String)>,
    /// What would repair it.
    pub help: Option<Help>,
}

/// A way to repair a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// The advice.
    pub message: String,
    /// The text to replace and what to put there, if one edit repairs it.
    pub edit: Option<(Place, String)>,
}

impl Diagnostic {
    /// A mistake that keeps the scenario from being run.
    #[must_use]
    pub fn error(id: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self {
            id,
            severity: Severity::Error,
            message: message.into(),
            place,
            label: String::new(),
            related: Vec::new(),
            help: None,
        }
    }

    /// Something that is probably not meant as it is written.
    #[must_use]
    pub fn warning(id: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(id, place, message) }
    }

    /// With this beside the text that is wrong.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With another place that explains the mistake.
    #[must_use]
    pub fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push((place, label.into()));
        self
    }

    /// With an advice.
    #[must_use]
    pub fn help(mut self, message: impl Into<String>) -> Self {
        self.help = Some(Help { message: message.into(), edit: None });
        self
    }

    /// With the one edit that repairs it. Only for what is beyond doubt: `bitsim check --fix` makes
    /// it without asking.
    #[must_use]
    pub fn edit(
        mut self,
        message: impl Into<String>,
        place: Place,
        replacement: impl Into<String>,
    ) -> Self {
        self.help = Some(Help { message: message.into(), edit: Some((place, replacement.into())) });
        self
    }
}

/// `error[SCN-004] 12:5: unknown field ...`, on one line.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column, .. } = self.place;
        write!(f, "{}[{}] {line}:{column}: {}", self.severity.name(), self.id, self.message)?;
        if !self.label.is_empty() {
            write!(f, " ({})", self.label)?;
        }
        if let Some(help) = &self.help {
            write!(f, "; {}", help.message)?;
        }
        Ok(())
    }
}

/// The mistakes found so far. A file that is nothing but mistakes must not cost more memory than
/// the file itself, so only the first ones are kept.
#[derive(Debug, Default)]
pub(crate) struct Mistakes {
    kept: Vec<Diagnostic>,
    /// What a service has nothing for. It is told when all targets have been read for.
    lacking: Vec<Lacking>,
    left_off: usize,
}

impl Mistakes {
    /// How many are kept.
    const MOST: usize = 500;

    pub(crate) fn push(&mut self, mistake: Diagnostic) {
        if self.is_full() {
            self.left_off += 1;
        } else {
            self.kept.push(mistake);
        }
    }

    pub(crate) fn push_lacking(&mut self, lacking: Lacking) {
        if self.lacking.len() >= Self::MOST {
            self.left_off += 1;
        } else {
            self.lacking.push(lacking);
        }
    }

    /// Forgets what services have nothing for: nobody knows what the scenario runs on.
    pub(crate) fn forget_services(&mut self) {
        self.lacking.clear();
    }

    /// True if something has been said about a text that begins here.
    pub(crate) fn speak_of(&self, place: Place) -> bool {
        !self.is_full() && self.kept.iter().any(|kept| kept.place.offset == place.offset)
    }

    /// True if further mistakes are only counted: no use in looking for a repair.
    pub(crate) fn is_full(&self) -> bool {
        self.kept.len() >= Self::MOST
    }

    /// Takes in what was found when the file was read for one target after another. Most of it is
    /// the same for each; it counts once. That something plays no part counts only if it plays none
    /// for any target, and what several services have nothing for is told once for all of them.
    pub(crate) fn take_in(&mut self, readings: &[Self]) {
        let nowhere = |mistake: &Diagnostic| {
            codes::PLAYS_NO_PART.contains(&mistake.id)
                && !readings.iter().all(|reading| reading.kept.contains(mistake))
        };
        let mut new: Vec<Diagnostic> = Vec::new();
        for mistake in readings.iter().flat_map(|reading| &reading.kept) {
            if !new.contains(mistake) && !nowhere(mistake) {
                new.push(mistake.clone());
            }
        }
        let lacking = readings.iter().flat_map(|reading| reading.lacking.iter().cloned());
        new.extend(lacking::joined(&lacking.collect::<Vec<_>>()));
        let room = Self::MOST.saturating_sub(self.kept.len());
        let most = readings.iter().map(|reading| reading.left_off).max().unwrap_or(0);
        self.left_off += most + new.len().saturating_sub(room);
        new.truncate(room);
        self.kept.append(&mut new);
    }

    pub(crate) fn any_errors(&self) -> bool {
        self.left_off > 0
            || !self.lacking.is_empty()
            || self.kept.iter().any(|mistake| mistake.severity == Severity::Error)
    }

    /// All of them in the order of the file.
    pub(crate) fn in_order(self) -> Vec<Diagnostic> {
        let Self { mut kept, left_off, .. } = self;
        kept.sort_by_key(|mistake| (mistake.place.offset, mistake.id));
        if let Some(last) = kept.last()
            && left_off > 0
        {
            let message = format!("{left_off} more mistakes were found and are not shown");
            kept.push(Diagnostic::error(codes::AND_MORE, last.place, message));
        }
        kept
    }
}
