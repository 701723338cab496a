//! Every call and every event of the table of transitions is in some chapter.

use super::*;
use crate::story::Act;
use bitsim_vocab::call::{Call, JobCall};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{Stimulus, Target};
use std::collections::BTreeSet;

/// What the letters of all chapters call, and what befalls the world in them.
#[derive(Default)]
struct Used {
    calls: Vec<Call>,
    befalls: Vec<Disturbance>,
}

impl Used {
    fn by_chapters() -> Self {
        let mut used = Self::default();
        for chapter in CHAPTERS {
            let alphabet = Alphabet::new(&chapter.scope(Target::BITS));
            for letter in &alphabet.letters {
                used.letter(&alphabet, &letter.does);
            }
        }
        used
    }

    fn letter(&mut self, alphabet: &Alphabet, does: &Does) {
        match does {
            Does::Call(_, call) => self.calls.push(call.clone()),
            Does::Calls(_, calls) => self.calls.extend(calls.iter().cloned()),
            Does::Begin(which) => self.act(&alphabet.lasting[*which].begins),
            Does::End(which) => self.act(&alphabet.lasting[*which].ends),
            Does::Strike(what, _) => self.befalls.push(what.clone()),
            Does::ReadError(..) | Does::Go(_) | Does::Rest => {}
        }
    }

    fn act(&mut self, act: &Act) {
        if let Act::Disturb(what) = act {
            self.befalls.push(what.clone());
        }
    }
}

/// The row of the table that a call belongs to.
fn row(call: &Call) -> Option<Stimulus> {
    match call {
        Call::GetJob(_) => Some(Stimulus::GetJob),
        Call::EnumJobs { .. } => Some(Stimulus::EnumJobs),
        Call::Job(_, call) => Some(call.stimulus()),
        // Not about a job that exists, or about what the table does not hold.
        Call::CreateJob { .. }
        | Call::ErrorObject(..)
        | Call::CreateDownload
        | Call::EnumDownloads(_)
        | Call::Download(..) => None,
    }
}

/// The row of the table that something belongs to that befalls the world.
fn event(what: &Disturbance) -> Option<Stimulus> {
    use Disturbance as D;
    use Stimulus as S;
    Some(match what {
        D::NetworkLost => S::NetworkLost,
        D::NetworkRegained => S::NetworkRegained,
        D::BlockBegins(_) => S::BlockBegins,
        D::BlockEnds(_) => S::BlockEnds,
        D::Bandwidth(Some(_)) => S::BandwidthLimitZeroBegins,
        D::Bandwidth(None) => S::BandwidthLimitZeroEnds,
        D::LogOn(_) => S::OwnerLogsOn,
        D::LogOff(_) => S::OwnerLogsOff,
        D::ClientExits(_) => S::ClientExits,
        D::VolumeLocked(_) => S::DestinationVolumeLocked,
        D::VolumeUnlocked(_) => S::DestinationVolumeUnlocked,
        D::RemoteFileChanges { .. } => S::RemoteFileChanged,
        D::LocalFileChanges { .. } => S::LocalUploadFileChanged,
        D::WallClockMoves(_) => S::SystemClockChanged,
        D::ServiceRestarts { .. } => S::ServiceRestart,
        D::ComputerRestarts => S::ComputerRestart,
        D::PoliciesChange(_)
        | D::NetworkConditions(_)
        | D::ServiceStops
        | D::ServiceStarts
        | D::LocalFileDeleted(_)
        | D::RunAs(_)
        | D::ClientStarts(_)
        | D::VolumeChanged(_)
        | D::VolumeSpace(..)
        | D::PathDenied(..)
        | D::PathAllowed(..)
        | D::FaultBegins(_)
        | D::FaultEnds(_) => return None,
    })
}

/// Rows that come with time going on. That they come is what the cells tell that are reached.
const WITH_TIME: [Stimulus; 18] = [
    Stimulus::SchedulerPicksJob,
    Stimulus::ConnectSucceeds,
    Stimulus::ConnectFailsTransient,
    Stimulus::ConnectFailsFatal,
    Stimulus::BytesTransferred,
    Stimulus::FileDoneMoreRemain,
    Stimulus::AllFilesDone,
    Stimulus::TransferErrorTransient,
    Stimulus::TransferErrorFatal,
    Stimulus::TimeSliceEnds,
    Stimulus::HigherPriorityJobBecomesRunnable,
    Stimulus::RetryDelayExpires,
    Stimulus::NoProgressTimeoutExpires,
    Stimulus::MaximumDownloadTimeExceeded,
    Stimulus::InactivityTimeoutExpires,
    Stimulus::CallbackFails,
    Stimulus::CallbackAcknowledged,
    Stimulus::CancelWindowEnds,
];

#[test]
fn every_row_of_the_table_is_in_some_chapter() {
    let used = Used::by_chapters();
    let mut rows: Vec<Stimulus> = used.calls.iter().filter_map(row).collect();
    rows.extend(used.befalls.iter().filter_map(event));
    rows.extend(WITH_TIME);
    for stimulus in Stimulus::BITS {
        assert!(rows.contains(stimulus), "no chapter has a letter for {stimulus}");
    }
}

/// The methods of a job on BITS, numbered. Those of Delivery Optimization alone have no number.
fn number(call: &JobCall) -> Option<usize> {
    use JobCall as C;
    Some(match call {
        C::Resume => 0,
        C::Suspend => 1,
        C::Cancel => 2,
        C::Complete => 3,
        C::AddFile(_) => 4,
        C::AddFileSet(_) => 5,
        C::TakeOwnership => 6,
        C::SetPriority(_) => 7,
        C::SetDisplayName(_) => 8,
        C::SetDescription(_) => 9,
        C::SetNotifyFlags(_) => 10,
        C::SetNotifyInterface(_) => 11,
        C::SetMinimumRetryDelay(_) => 12,
        C::SetNoProgressTimeout(_) => 13,
        C::SetProxySettings(_) => 14,
        C::SetNotifyCmdLine { .. } => 15,
        C::SetRemoteName { .. } => 16,
        C::SetMaximumDownloadTime(_) => 17,
        C::SetReplyFileName(_) => 18,
        C::GetError => 19,
        C::GetErrorCount => 20,
        C::GetState => 21,
        C::GetProgress => 22,
        C::GetTimes => 23,
        C::GetId => 24,
        C::GetType => 25,
        C::GetOwner => 26,
        C::GetPriority => 27,
        C::GetDisplayName => 28,
        C::GetDescription => 29,
        C::GetNotifyFlags => 30,
        C::GetMinimumRetryDelay => 31,
        C::GetNoProgressTimeout => 32,
        C::GetProxySettings => 33,
        C::GetNotifyCmdLine => 34,
        C::GetMaximumDownloadTime => 35,
        C::EnumFiles => 36,
        C::GetFileProgress(_) => 37,
        C::GetRemoteName(_) => 38,
        C::GetLocalName(_) => 39,
        C::GetReplyProgress => 40,
        C::GetReplyFileName => 41,
        C::AddFileWithRanges(_)
        | C::SetProperty { .. }
        | C::SetFileProperty { .. }
        | C::GetProperty(_)
        | C::GetFileRanges(_) => return None,
    })
}

#[test]
fn every_method_of_a_job_is_in_some_chapter() {
    let calls = Used::by_chapters().calls;
    let called: BTreeSet<usize> = calls
        .iter()
        .filter_map(|call| if let Call::Job(_, call) = call { number(call) } else { None })
        .collect();
    let all: BTreeSet<usize> = (0..42).collect();
    assert_eq!(called, all, "by the numbers that `number` gives");
}

#[test]
fn chapters_name_letters_that_there_are() {
    for chapter in CHAPTERS {
        let scope = chapter.scope(Target::BITS);
        let names = Alphabet::new(&scope).names();
        for name in scope.only.iter().flatten() {
            assert!(names.contains(&name.as_str()), "{}: no letter `{name}`", chapter.name);
        }
        // What a restart takes away somebody has to bring back.
        let back = ["network", "session of the owner", "client"];
        let stranded =
            names.contains(&"computer restart") && back.iter().any(|it| !names.contains(it));
        assert!(!stranded, "{}", chapter.name);
    }
}
