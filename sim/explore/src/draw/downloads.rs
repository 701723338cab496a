//! Draws downloads of Delivery Optimization's own interface.

use super::jobs::{self, Traits};
use super::numbers::Numbers;
use super::world::some_url;
use crate::story::{Job, Story};
use bitsim_vocab::call::Call;
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{JobId, JobType};

/// Where the file of a download goes.
pub(super) fn path_of(name: &str) -> String {
    format!("C:\\downloads\\{name}\\1.bin")
}

/// A path of its own, or one that others may have as well.
pub(super) fn some_path(id: JobId, d: &mut Numbers) -> String {
    path_of(&if d.one_in(5) { "shared".to_owned() } else { Story::job_name(id) })
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn download(setup: &Setup, traits: Traits, id: JobId, d: &mut Numbers) -> Job {
    use DownloadProperty as P;
    let client = jobs::creator(setup, d);
    let mut settings = Vec::new();
    let mut set = |wanted: bool, property: P, value: Value| {
        if wanted {
            settings.push((property, value));
        }
    };
    let streams = d.one_in(12);
    set(!d.one_in(24), P::Uri, Value::Text(some_url(setup, d)));
    set(!streams && !d.one_in(24), P::LocalPath, Value::Text(some_path(id, d)));
    let wanted = |d: &mut Numbers| d.percent(traits.set);
    set(wanted(d), P::ForegroundPriority, Value::Flag(!d.one_in(4)));
    let timeout = d.of(&[60, 61, 65, 95, 115, 300, 600, 3_600, 86_400]);
    set(wanted(d), P::NoProgressTimeoutSeconds, Value::Number(timeout));
    set(wanted(d), P::CostPolicy, Value::Number(d.below(6)));
    set(wanted(d), P::DisallowOnCellular, Value::Flag(!d.one_in(3)));
    set(d.percent(30), P::NonVolatile, Value::Flag(!d.one_in(4)));
    set(wanted(d), P::BlockingMode, Value::Flag(true));
    set(wanted(d), P::DisplayName, text("nightly"));
    set(wanted(d), P::CallbackFreqSeconds, Value::Number(d.of(&[0, 1, 2, 30])));
    set(wanted(d), P::CallbackFreqPercent, Value::Number(d.of(&[0, 10, 50, 100])));
    let checks = d.one_in(6);
    set(checks, P::IntegrityCheckMandatory, Value::Flag(!d.one_in(3)));
    set(streams, P::StreamInterface, Value::Object);
    set(checks && !d.one_in(4), P::IntegrityCheckInfo, text("hashes"));
    let notified = d.percent(traits.notified);
    set(notified, P::CallbackInterface, Value::Object);
    use DownloadCall as C;
    let calls = [C::GetStatus, C::Pause, C::Abort, C::Finalize, C::Start(None)];
    let calls = calls.map(|call| Call::Download(id, call));
    let answers = if notified { jobs::answers(traits, &calls, d) } else { Vec::new() };
    let later = d.percent(traits.later);
    Job { settings, answers, later, ..Job::plain(client, JobType::Download, Vec::new()) }
}
