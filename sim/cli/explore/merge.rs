//! Reports of shards as one.

use crate::cli::Stop;
use bitsim::explore::campaign::Report;
use bitsim::report::words;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The largest report that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// Reads reports and puts them together. The order of the files does not matter.
pub(super) fn merged(paths: &[PathBuf]) -> Result<Report, Stop> {
    let reports: Result<Vec<Report>, Stop> = paths.iter().map(|path| read(path)).collect();
    let cannot = |why| Stop::options(format!("the reports cannot be put together: {why}"));
    let whole = Report::merged(reports?).map_err(cannot)?;
    if whole.learns() && paths.len() > 1 {
        eprintln!(
            "bitsim: the guided strategy learns from what its own shard reached, so these are not \
             the stories that one machine would have played"
        );
    }
    Ok(whole)
}

fn read(path: &Path) -> Result<Report, Stop> {
    let shown = super::slashed(path);
    let cannot = |error| Stop::options(format!("cannot read `{shown}`: {error}"));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(cannot)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > LARGEST {
        let most = words::size(LARGEST);
        return Err(Stop::options(format!("`{shown}` is too large for a report: above {most}")));
    }
    // A text that is not UTF-8 is no report either.
    Report::read(&String::from_utf8_lossy(&bytes))
        .map_err(|what| Stop::options(format!("`{shown}` {what}")))
}
