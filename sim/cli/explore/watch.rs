//! Watching a campaign: the clock, the line on the terminal, Ctrl-C, and files as things are found.

use super::slashed;
use crate::cli::{Stop, written};
use bitsim::explore::campaign::{self, Finding, Standing, Watcher};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// True once somebody pressed Ctrl-C, or the computer wants the command to end.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C is noted instead of ending the command; a second one ends it.
pub(super) fn listen() {
    // Without a handler, Ctrl-C ends the command as it always does.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(crate::cli::Exit::Interrupted.code()));
        }
    });
}

/// Whether somebody wants the command to end.
pub(super) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// How often the line on the terminal changes, in milliseconds.
const EVERY: u64 = 200;

/// A campaign that is watched.
pub(super) struct Watch {
    began: Instant,
    limit: Option<Duration>,
    save: Option<PathBuf>,
    shown: bool,
    played: AtomicU64,
    /// When the line was written last, in milliseconds.
    written: AtomicU64,
    standing: Mutex<Standing>,
    trouble: Mutex<Option<Stop>>,
}

impl Watch {
    /// Begins to watch.
    // People want to know how fast it goes, and --for needs a clock; no story knows of it.
    #[allow(clippy::disallowed_methods)]
    pub(super) fn begin(limit: Option<Duration>, save: Option<PathBuf>) -> Self {
        listen();
        Self {
            began: Instant::now(),
            limit,
            save,
            shown: std::io::stderr().is_terminal(),
            played: AtomicU64::new(0),
            written: AtomicU64::new(0),
            standing: Mutex::default(),
            trouble: Mutex::default(),
        }
    }

    /// The campaign is over: the line goes.
    pub(super) fn over(&self) {
        self.clear();
    }

    /// What could not be written.
    pub(super) fn trouble(self) -> Option<Stop> {
        self.trouble.into_inner().unwrap_or_default()
    }

    fn clear(&self) {
        if self.shown {
            eprint!("\r\u{1b}[K");
        }
    }

    fn line(&self, played: u64, millis: u64) -> String {
        let standing = self.standing.lock().map(|standing| *standing).unwrap_or_default();
        let Standing { rules, cells, moves, findings, .. } = standing;
        let rate = (played * 1_000).checked_div(millis).unwrap_or(0);
        let left = match self.limit {
            Some(limit) => {
                let left = limit.saturating_sub(self.began.elapsed()).as_secs();
                format!(", {left}s left")
            }
            None => String::new(),
        };
        format!(
            "  {played} stories, {rate} a second; {rules} rules, {cells} cells, {moves} moves; \
             {findings} found{left}"
        )
    }
}

impl Watcher for Watch {
    fn stop(&self) -> Option<campaign::Stop> {
        if interrupted() {
            return Some(campaign::Stop::Interrupted);
        }
        let over = self.limit.is_some_and(|limit| self.began.elapsed() >= limit);
        over.then_some(campaign::Stop::TimeUp)
    }

    fn nanos(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn played(&self) {
        let played = self.played.fetch_add(1, Ordering::Relaxed) + 1;
        if !self.shown {
            return;
        }
        let millis = self.nanos() / 1_000_000;
        let last = self.written.load(Ordering::Relaxed);
        let due = millis >= last + EVERY;
        let mine =
            || self.written.compare_exchange(last, millis, Ordering::Relaxed, Ordering::Relaxed);
        if due && mine().is_ok() {
            eprint!("\r\u{1b}[K{}", self.line(played, millis));
            let _ = std::io::stderr().flush();
        }
    }

    fn reached(&self, standing: &Standing) {
        if let Ok(mut mine) = self.standing.lock() {
            *mine = *standing;
        }
    }

    fn found(&self, finding: &Finding) {
        self.clear();
        let Finding { key, seed, .. } = finding;
        match save(self.save.as_deref(), finding) {
            Ok(Some(path)) => eprintln!("found   {key}, seed {seed}: {}", slashed(&path)),
            Ok(None) => eprintln!("found   {key}, seed {seed}"),
            Err(stop) => {
                eprintln!("bitsim: {}", stop.text);
                if let Ok(mut trouble) = self.trouble.lock() {
                    trouble.get_or_insert(stop);
                }
            }
        }
    }
}

/// Writes the scenario of a finding, if there is one and a place for it.
pub(super) fn save(folder: Option<&Path>, finding: &Finding) -> Result<Option<PathBuf>, Stop> {
    let Some(folder) = folder.filter(|_| !finding.scenario.is_empty()) else { return Ok(None) };
    let cannot =
        |error| Stop::options(format!("cannot make the folder `{}`: {error}", slashed(folder)));
    std::fs::create_dir_all(folder).map_err(cannot)?;
    let path = folder.join(&finding.file);
    written::write(&path, &finding.scenario)?;
    Ok(Some(path))
}
