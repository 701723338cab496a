//! Draws calls on downloads.

use super::downloads::{some_path, text};
use super::kinds::Kind;
use super::numbers::Numbers;
use super::world::some_url;
use bitsim_vocab::JobId;
use bitsim_vocab::call::BG_SIZE_UNKNOWN;
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim_vocab::world::Setup;

/// A call of this kind on a download.
pub(super) fn on_download(setup: &Setup, kind: Kind, id: JobId, d: &mut Numbers) -> DownloadCall {
    use DownloadCall as C;
    use DownloadProperty as P;
    let set = |property: P, value: Value| C::SetProperty(u32::from(property.value()), value);
    match kind {
        Kind::Rest => C::Pause,
        Kind::Finish => C::Finalize,
        Kind::Drop => C::Abort,
        Kind::Add => match d.below(5) {
            0 => set(P::StreamInterface, Value::Object),
            _ => set(P::LocalPath, Value::Text(some_path(JobId(d.below(4) as u32).min(id), d))),
        },
        Kind::SetTime => {
            let seconds = d.of(&[5, 10, 15, 25, 60, 65, 95, 600, 3_600, 86_400]);
            set(P::NoProgressTimeoutSeconds, Value::Number(seconds))
        }
        Kind::SetNotice => set_notice(d),
        Kind::SetOther => set_other(d),
        Kind::Redirect if d.one_in(8) => set(P::Uri, text("nonsense")),
        Kind::Redirect => set(P::Uri, Value::Text(some_url(setup, d))),
        Kind::Ask if d.one_in(4) => {
            let known = P::ALL.iter().map(|known| u32::from(known.value()));
            let all: Vec<u32> = known.chain([99]).collect();
            C::GetProperty(d.of(&all))
        }
        Kind::Ask => C::GetStatus,
        _ => start(d),
    }
}

/// The Start that begins a download that has not been started: asking for all of it, mostly.
pub(super) fn first_start(d: &mut Numbers) -> DownloadCall {
    match d.below(12) {
        0 => DownloadCall::Start(None),
        1 | 2 => ranged(d),
        _ => DownloadCall::Start(Some(Vec::new())),
    }
}

fn start(d: &mut Numbers) -> DownloadCall {
    match d.below(8) {
        0 => DownloadCall::Start(Some(Vec::new())),
        1 => ranged(d),
        _ => DownloadCall::Start(None),
    }
}

fn ranged(d: &mut Numbers) -> DownloadCall {
    let lists: [&[(u64, u64)]; 8] = [
        &[(0, 64 << 10)],
        &[(0, 16 << 10)],
        &[(0, 4 << 10), (16 << 10, 8 << 10)],
        &[(1 << 20, BG_SIZE_UNKNOWN)],
        &[(1 << 20, 3 << 20), (0, 1 << 10)],
        &[(0, 8 << 10), (4 << 10, 8 << 10)],
        &[(0, 0)],
        &[(1 << 40, 10)],
    ];
    DownloadCall::Start(Some(d.of(&lists).to_vec()))
}

fn set_notice(d: &mut Numbers) -> DownloadCall {
    use DownloadProperty as P;
    let (property, value) = match d.below(6) {
        0 => (P::CallbackFreqSeconds, Value::Number(d.of(&[0, 1, 30]))),
        1 => (P::CallbackFreqPercent, Value::Number(d.of(&[0, 10, 100]))),
        2 => (P::CallbackInterface, Value::Empty),
        _ => (P::CallbackInterface, Value::Object),
    };
    DownloadCall::SetProperty(u32::from(property.value()), value)
}

fn set_other(d: &mut Numbers) -> DownloadCall {
    use DownloadProperty as P;
    let flag = Value::Flag(d.one_in(2));
    let (property, value) = match d.below(12) {
        0 | 1 => (P::CostPolicy, Value::Number(d.below(7))),
        2 | 3 => (P::ForegroundPriority, flag),
        4 | 5 => (P::NonVolatile, flag),
        6 => (P::DisallowOnCellular, flag),
        7 => (P::BlockingMode, flag),
        8 => (P::DisplayName, text("nightly")),
        9 => (P::Id, text("x")),
        10 => (P::StreamInterface, Value::Object),
        _ => return DownloadCall::SetProperty(99, Value::Number(1)),
    };
    DownloadCall::SetProperty(u32::from(property.value()), value)
}
