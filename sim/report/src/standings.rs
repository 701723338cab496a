//! Lines about downloads: changes of their standing, what belongs to one, and status callbacks.

use crate::lines::{ErrorCell, Line, Teller, blank};
use crate::words;
use bitsim_vocab::JobId;
use bitsim_vocab::download::{DownloadState, DownloadStatus, Row, Standing};
use bitsim_vocab::trace::{AttemptOutcome, Event, Happened, NoteKind, NoteResult, Recipient};

/// A change of standing and the events that belong to it: the end of the attempt before it, the
/// beginning of one after it.
struct Change {
    job: JobId,
    from: Standing,
    to: Standing,
    cause: Row,
    outcome: Option<AttemptOutcome>,
    began: Option<u32>,
    taken: usize,
}

impl Change {
    /// Reads a change from the front of `events`, if there is one whose parts fit together.
    fn read(events: &[Event]) -> Option<Self> {
        let first = events.first()?;
        let job = first.what.job()?;
        let mut here = events.iter().take_while(|e| e.at == first.at && e.what.job() == Some(job));
        let mut next = here.next()?;
        let mut taken = 1;
        let mut outcome = None;
        if let Happened::AttemptEnded { outcome: how, .. } = &next.what {
            outcome = Some(*how);
            next = here.next()?;
            taken += 1;
        }
        let Happened::Standing { from, to, cause, .. } = &next.what else { return None };
        if !outcome.is_none_or(|outcome| fits(outcome, *to, *cause)) {
            return None;
        }
        let began = match here.next().map(|event| &event.what) {
            Some(Happened::AttemptBegan { number, .. }) => Some(*number),
            _ => None,
        };
        taken += usize::from(began.is_some());
        Some(Self { job, from: *from, to: *to, cause: *cause, outcome, began, taken })
    }
}

/// True if the end of an attempt says nothing but what the change of standing says again.
fn fits(outcome: AttemptOutcome, to: Standing, cause: Row) -> bool {
    match outcome {
        AttemptOutcome::Finished => to.state == DownloadState::Transferred,
        AttemptOutcome::Failed { code, .. } | AttemptOutcome::Blocked { code } => {
            code == to.error || code == to.extended_error
        }
        AttemptOutcome::Halted { by } => by == cause,
        AttemptOutcome::Stopped { .. } => false,
    }
}

impl Teller<'_> {
    /// A change of standing with what belongs to it.
    pub(crate) fn tell_standing(&mut self, events: &[Event]) -> Option<usize> {
        let change = Change::read(events)?;
        let so_far = self.jobs.entry(change.job).or_default();
        if let Some(number) = change.began {
            so_far.attempt = number;
        }
        let attempt = so_far.attempt;
        let failed = matches!(change.outcome, Some(AttemptOutcome::Failed { .. }));
        let because = match change.cause {
            Row::NoProgressElapsed => row(change.cause).to_owned(),
            _ if failed || change.began.is_some() => format!("attempt {attempt}"),
            other => row(other).to_owned(),
        };
        let (first, last) = (events.first()?, &events[change.taken - 1]);
        self.push(Line {
            first: first.seq,
            last: last.seq,
            who: self.names.job(change.job),
            what: moved(change.from, change.to),
            error: ErrorCell::Pair(change.to.error, change.to.extended_error),
            because,
            milestone: true,
            ..blank(first, Some(change.job))
        });
        Some(change.taken)
    }

    /// Status callbacks that returned at once: one line each, with the status that they carried.
    pub(crate) fn tell_status(&mut self, events: &[Event]) -> Option<usize> {
        let [began, ended] = events.get(..2)? else { return None };
        let (Happened::NoteBegan(note), Happened::NoteEnded { note: same, result, .. }) =
            (&began.what, &ended.what)
        else {
            return None;
        };
        let (Recipient::Interface(to), NoteResult::Returned(hr)) = (&note.to, result) else {
            return None;
        };
        if note.kind != NoteKind::OnStatusChange || note.note != *same || began.at != ended.at {
            return None;
        }
        let status = note.status.as_ref()?;
        let to = self.names.client(*to);
        self.push(Line {
            last: ended.seq,
            who: self.names.job(note.job),
            what: format!("OnStatusChange to {to} = {hr}: {}", status_text(status)),
            milestone: true,
            ..blank(began, Some(note.job))
        });
        Some(2)
    }
}

/// `Created -> Transferring`, or `stays Transferring` where only the error pair changes.
pub(crate) fn moved(from: Standing, to: Standing) -> String {
    if from.state == to.state {
        format!("stays {}", to.state)
    } else {
        format!("{} -> {}", from.state, to.state)
    }
}

/// `Transferring, 3 MiB of 10 MiB`; a total that is not known yet is 0 and not told.
pub(crate) fn status_text(status: &DownloadStatus) -> String {
    let done = words::size(status.bytes_transferred);
    match status.bytes_total {
        0 => format!("{}, {done}, total unknown", status.standing),
        total => format!("{}, {done} of {}", status.standing, words::size(total)),
    }
}

/// What moved a download, in few enough letters for the last column.
#[must_use]
pub(crate) const fn row(by: Row) -> &'static str {
    match by {
        Row::StartWhole | Row::StartNull | Row::StartRanges => "Start",
        Row::AllReceived => "all done",
        Row::BytesReceived => "data",
        Row::RetryableFailure | Row::FatalFailure => "error",
        Row::RetryDelayElapsed => "retry due",
        Row::NoProgressElapsed => "no progress",
        Row::NetworkLost => "no network",
        Row::NetworkRestored => "network",
        Row::BlockBegins => "blocked",
        Row::BlockEnds => "unblocked",
        Row::PathTaken => "path taken",
        Row::IntegrityFails => "integrity",
        Row::RangeIgnored => "no ranges",
        Row::CacheHostFails => "cache host",
        Row::ClientExits => "client exit",
        Row::RestartVolatile | Row::RestartSaved => "restart",
        Row::Expiry => "too old",
        _ => by.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_column_has_room_for_every_cause_of_a_change() {
        let longest =
            Row::ALL.iter().filter(|row| !row.is_call()).map(|by| (row(*by).len(), *by)).max();
        assert!(longest.is_some_and(|(length, _)| length <= 11), "{longest:?}");
    }

    #[test]
    fn a_change_of_the_error_pair_alone_is_no_move() {
        let transferring = Standing::of(DownloadState::Transferring);
        assert_eq!(moved(Standing::NEW, transferring), "Created -> Transferring");
        assert_eq!(moved(transferring, transferring), "stays Transferring");
    }
}
