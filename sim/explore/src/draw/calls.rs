//! Draws calls on jobs.

use super::jobs::new_file;
use super::kinds::Kind;
use super::numbers::Numbers;
use super::world::some_url;
use bitsim_vocab::call::{JobCall, NewFile, Proxy};
use bitsim_vocab::legacy::{
    COST_ALWAYS, COST_FLAGS, COST_NO_SURCHARGE, COST_NOT_ROAMING, COST_STANDARD, COST_UNRESTRICTED,
    NOTIFICATION_CLSID,
};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{FileId, JobId, JobType, Service};

const DAY: u32 = 86_400;

/// A call of this kind on a job of this type.
pub(super) fn on_job(
    setup: &Setup,
    kind: Kind,
    id: JobId,
    job_type: JobType,
    d: &mut Numbers,
) -> JobCall {
    use JobCall as C;
    let bits = setup.target.service == Service::Bits;
    match kind {
        Kind::Rest => C::Suspend,
        Kind::Finish => C::Complete,
        Kind::Drop => C::Cancel,
        Kind::Own => C::TakeOwnership,
        Kind::Add => add(setup, id, job_type, d),
        Kind::SetTime => set_time(bits, d),
        Kind::SetNotice => set_notice(bits, d),
        Kind::SetOther => set_other(bits, d),
        Kind::Redirect => {
            let url = if d.one_in(8) { "nonsense".to_owned() } else { some_url(setup, d) };
            C::SetRemoteName { file: FileId(d.weighted(&[4, 1, 1]) as u32), url }
        }
        Kind::AskError => C::GetError,
        Kind::Ask if bits => ask(d),
        Kind::Ask => ask_legacy(d),
        _ => C::Resume,
    }
}

fn add(setup: &Setup, id: JobId, job_type: JobType, d: &mut Numbers) -> JobCall {
    let number = 4 + d.below(40) as u32;
    let mut file = new_file(setup, id, number, d);
    if job_type.uploads() {
        file.local = format!("C:\\uploads\\more_{number}.bin");
    }
    match d.below(24) {
        0 => file.local = "1.bin".to_owned(),
        1 => file.remote = "nonsense".to_owned(),
        2 => file.ranges = vec![(0, 8 << 10), (4 << 10, 8 << 10)],
        3 => file.ranges = vec![(0, 0)],
        4 => file.local = super::downloads::path_of("elsewhere"),
        _ => {}
    }
    if setup.target.service == Service::DoLegacy {
        return JobCall::AddFileWithRanges(file);
    }
    if d.one_in(6) {
        let second = NewFile { ranges: Vec::new(), ..new_file(setup, id, number + 40, d) };
        return JobCall::AddFileSet(vec![file, second]);
    }
    JobCall::AddFile(file)
}

fn set_time(bits: bool, d: &mut Numbers) -> JobCall {
    use JobCall as C;
    let period = d.of(&[0, 30, 60, 600, 601, 3_600, DAY, 14 * DAY]);
    match d.below(5) {
        0 | 1 if bits => C::SetMinimumRetryDelay(d.of(&[0, 4, 5, 60, 90, 600, 1_800, DAY])),
        2 if bits => C::SetMaximumDownloadTime(d.of(&[1, 20, 600, 7_200, 10 * DAY])),
        _ => C::SetNoProgressTimeout(period),
    }
}

fn set_notice(bits: bool, d: &mut Numbers) -> JobCall {
    use JobCall as C;
    let text = |text: &str| Some(text.to_owned());
    match d.below(8) {
        0..4 => C::SetNotifyInterface(!d.one_in(4)),
        4 if bits => {
            let program = if d.one_in(3) { None } else { text("C:\\tools\\done.exe") };
            let parameters = program.as_ref().and_then(|_| text("done x"));
            C::SetNotifyCmdLine { program, parameters }
        }
        _ => C::SetNotifyFlags(d.of(&[0, 1, 2, 3, 3, 3, 4, 7, 8, 11, 15, 16, 32, 64, 127])),
    }
}

fn set_other(bits: bool, d: &mut Numbers) -> JobCall {
    use JobCall as C;
    let text = |text: &str| Some(text.to_owned());
    if !bits && d.one_in(2) {
        let flags =
            [COST_UNRESTRICTED, COST_STANDARD, COST_NO_SURCHARGE, COST_NOT_ROAMING, COST_ALWAYS];
        return match d.below(4) {
            0 => C::SetProperty { id: d.of(&[NOTIFICATION_CLSID, 3, 99]), value: 1 },
            1 => C::SetFileProperty { file: FileId(0), value: "piece hashes".to_owned() },
            _ => C::SetProperty { id: COST_FLAGS, value: d.of(&flags) },
        };
    }
    match d.below(8) {
        0 => C::SetDescription(if d.one_in(4) { None } else { text("nightly") }),
        1 => C::SetDisplayName(if d.one_in(4) { None } else { text("renamed") }),
        2 => C::SetReplyFileName(text("C:\\uploads\\answer.bin")),
        3 => {
            let usage = d.below(5) as u32;
            let list = if d.one_in(2) { text("proxy.test:8080") } else { None };
            C::SetProxySettings(Proxy { usage, list, bypass: None })
        }
        _ => C::SetPriority(d.of(&[0, 0, 1, 2, 3, 9])),
    }
}

fn ask(d: &mut Numbers) -> JobCall {
    use JobCall as C;
    let file = FileId(d.weighted(&[4, 1]) as u32);
    d.of(&[
        C::GetErrorCount,
        C::GetErrorCount,
        C::GetState,
        C::GetState,
        C::GetProgress,
        C::GetProgress,
        C::GetTimes,
        C::GetTimes,
        C::GetOwner,
        C::GetId,
        C::GetType,
        C::GetPriority,
        C::GetDisplayName,
        C::GetDescription,
        C::GetNotifyFlags,
        C::GetNoProgressTimeout,
        C::GetMinimumRetryDelay,
        C::GetMaximumDownloadTime,
        C::GetProxySettings,
        C::GetNotifyCmdLine,
        C::GetReplyProgress,
        C::GetReplyFileName,
        C::EnumFiles,
        C::GetFileProgress(file),
        C::GetFileProgress(file),
        C::GetRemoteName(file),
        C::GetLocalName(file),
    ])
}

fn ask_legacy(d: &mut Numbers) -> JobCall {
    use JobCall as C;
    let file = FileId(d.weighted(&[4, 1]) as u32);
    d.of(&[
        C::GetState,
        C::GetState,
        C::GetProgress,
        C::GetProgress,
        C::GetTimes,
        C::GetId,
        C::GetType,
        C::GetPriority,
        C::GetDisplayName,
        C::GetNotifyFlags,
        C::GetNoProgressTimeout,
        C::GetErrorCount,
        C::GetOwner,
        C::EnumFiles,
        C::GetProperty(COST_FLAGS),
        C::GetProperty(NOTIFICATION_CLSID),
        C::GetFileRanges(file),
        C::GetFileProgress(file),
        C::GetRemoteName(file),
        C::GetLocalName(file),
    ])
}
