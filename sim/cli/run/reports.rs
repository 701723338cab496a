//! The files that `bitsim run` writes besides what it tells.

use super::{Format, Options};
use crate::cli::out::Out;
use crate::cli::written::{self, Place};
use crate::cli::{Exit, Stop};
use crate::guard::guarded;
use bitsim::report::changes::Changes;
use bitsim::report::record::Record;
use bitsim::report::results::Results;
use bitsim::report::summary::markdown::{MOST_BYTES, markdown};
use bitsim::report::{html, junit, tap};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where each report goes.
pub(super) struct Reports<'a> {
    junit: Option<&'a Place>,
    tap: Option<&'a Place>,
    json: Option<&'a Place>,
    record: Option<&'a Place>,
    summary: Option<&'a Place>,
    html: Option<&'a Place>,
    /// The file that collects summaries of a step on GitHub.
    step_summary: Option<PathBuf>,
}

impl<'a> Reports<'a> {
    /// The reports that are asked for. None is at the place of another, and all can be written.
    pub(super) fn of(options: &'a Options) -> Result<Self, Stop> {
        let reports = Self {
            junit: options.junit.as_ref(),
            tap: options.tap.as_ref(),
            json: options.json.as_ref(),
            record: options.record.as_ref(),
            summary: options.summary.as_ref(),
            html: options.html.as_ref(),
            step_summary: match options.format {
                Format::Github => step_summary(),
                Format::Human | Format::Json => None,
            },
        };
        let places: Vec<(&str, &Place)> = reports.places().collect();
        for (index, (name, place)) in places.iter().enumerate() {
            if let Some((other, _)) = places[..index].iter().find(|(_, other)| other == place) {
                let where_to = match place {
                    Place::Stdout => "standard output".to_owned(),
                    Place::File(path) => format!("`{}`", path.display()),
                };
                let text = format!("--{other} and --{name} would both go to {where_to}");
                return Err(Stop::options(text));
            }
            match place {
                Place::File(path) => written::can_be_written(path)?,
                Place::Stdout if options.format != Format::Human => {
                    let text = format!("--format and --{name} would both go to standard output");
                    return Err(Stop::options(text));
                }
                Place::Stdout => {}
            }
        }
        Ok(reports)
    }

    fn places(&self) -> impl Iterator<Item = (&'static str, &'a Place)> {
        let all = [
            ("junit", self.junit),
            ("tap", self.tap),
            ("json", self.json),
            ("record", self.record),
            ("summary", self.summary),
            ("html", self.html),
        ];
        all.into_iter().filter_map(|(name, place)| place.map(|place| (name, place)))
    }

    /// True if a report goes to standard output, where nothing else may go then.
    pub(super) fn take_stdout(&self) -> bool {
        self.places().any(|(_, place)| *place == Place::Stdout)
    }

    /// True if a report tells failures in full.
    pub(super) const fn want_texts(&self) -> bool {
        self.junit.is_some() || self.summary.is_some() || self.step_summary.is_some()
    }

    /// Writes all of them. What cannot be written is told, and the others are written still.
    pub(super) fn write(
        &self,
        out: &mut Out,
        exit: &mut Exit,
        results: &Results,
        changes: Option<&Changes>,
        record: Option<&Record>,
    ) {
        let summary = |room| markdown(results, changes, room);
        put(out, exit, self.junit, || junit::text(results));
        put(out, exit, self.tap, || Ok(tap::text(results)));
        put(out, exit, self.json, || Ok(results.json()));
        put(out, exit, self.summary, || Ok(summary(MOST_BYTES)));
        // Without a record, nothing was run.
        if let Some(record) = record {
            put(out, exit, self.record, || record.json());
        }
        if let Some(path) = &self.step_summary {
            note(append(path, summary), exit);
        }
    }

    /// Writes the page of a suite that was played.
    pub(super) fn write_page(
        &self,
        out: &mut Out,
        exit: &mut Exit,
        page: Option<&html::SuitePicture>,
    ) {
        if let Some(page) = page {
            put(out, exit, self.html, || Ok(html::suite(page)));
        }
    }

    /// Removes what tells of an earlier run, since nothing is run now: the record, unless it is the
    /// one to compare with, and the page.
    pub(super) fn remove_old(&self, exit: &mut Exit, against: Option<&Path>) {
        let whole = |path: &Path| std::fs::canonicalize(path).ok();
        for place in [self.record, self.html].into_iter().flatten() {
            if let Place::File(path) = place
                && against.and_then(whole).is_none_or(|against| whole(path) != Some(against))
            {
                note(written::remove(path), exit);
            }
        }
    }
}

/// Makes a report and writes it, if it is asked for.
fn put(
    out: &mut Out,
    exit: &mut Exit,
    place: Option<&Place>,
    text: impl FnOnce() -> Result<String, String>,
) {
    let Some(place) = place else { return };
    let written = made(text).and_then(|text| match place {
        Place::Stdout => {
            out.exact(&text);
            Ok(())
        }
        Place::File(path) => written::write(path, &text),
    });
    note(written, exit);
}

/// Makes a report. If that fails, it concerns this report alone.
fn made(text: impl FnOnce() -> Result<String, String>) -> Result<String, Stop> {
    let text = guarded(text).and_then(|made| made);
    text.map_err(|fault| {
        let text = format!(
            "a report could not be made; bitsim itself failed, please report it with the \
             scenarios:\n  {fault}"
        );
        Stop { exit: Exit::Simulator, text }
    })
}

fn note(written: Result<(), Stop>, exit: &mut Exit) {
    if let Err(stop) = written {
        eprintln!("bitsim: {}", stop.text);
        *exit = exit.or(stop.exit);
    }
}

/// The file that GitHub Actions names for the summary of a step.
fn step_summary() -> Option<PathBuf> {
    let path = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
    path.map(PathBuf::from)
}

/// Adds to a file what there is room for: other commands of the step write there, too.
fn append(path: &Path, text: impl Fn(usize) -> String) -> Result<(), Stop> {
    let taken = std::fs::metadata(path).map_or(0, |about| about.len());
    let room = MOST_BYTES.saturating_sub(usize::try_from(taken).unwrap_or(usize::MAX));
    let text = made(|| Ok(text(room)))?;
    let mut options = std::fs::OpenOptions::new();
    let file = options.append(true).create(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Stop::options(format!("cannot write `{}`: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::keep_panics_quiet;

    #[test]
    fn a_report_that_upsets_its_writer_is_a_fault_and_the_others_are_written() {
        keep_panics_quiet();
        let name = format!("bitsim reports {}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let place = Place::File(path.clone());
        let (mut out, mut exit) = (Out::new(false, None), Exit::Broken);
        put(&mut out, &mut exit, Some(&place), || panic!("in the middle"));
        assert_eq!((exit, path.exists()), (Exit::Simulator, false));
        put(&mut out, &mut exit, Some(&place), || Err("it says why".to_owned()));
        assert_eq!((exit, path.exists()), (Exit::Simulator, false));
        put(&mut out, &mut exit, Some(&place), || Ok("whole".to_owned()));
        assert_eq!(std::fs::read_to_string(&path).ok().as_deref(), Some("whole"));
        assert_eq!(exit, Exit::Simulator, "what was wrong stays wrong");
        let _ = std::fs::remove_file(&path);
    }
}
