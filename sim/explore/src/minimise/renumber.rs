//! Takes jobs, clients, users and servers out of a story, or lets one stand in for another, and
//! numbers the rest anew.

use crate::story::{Act, Answer, Story};
use bitsim_vocab::call::{Call, JobCall, NewFile};
use bitsim_vocab::download::{DownloadCall, Value};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{ClientId, JobId, ServerId, Span, UserId};

/// The number after `gone` has been taken out, with `heir` in its place.
fn moved(number: usize, gone: usize, heir: usize) -> usize {
    let number = if number == gone { heir } else { number };
    if number > gone { number - 1 } else { number }
}

impl Act {
    /// The job that the step is about.
    pub(super) fn job(&self) -> Option<JobId> {
        match self {
            Self::Call(_, call) => call.job(),
            Self::Create(job) | Self::ReadError(_, job, _) => Some(*job),
            Self::Disturb(_) | Self::Misbehave(_) | Self::Heal(_) => None,
        }
    }
}

fn job_of(call: &mut Call) -> Option<&mut JobId> {
    match call {
        Call::GetJob(job) | Call::Job(job, _) | Call::Download(job, _) => Some(job),
        _ => None,
    }
}

/// Every list of answers of every job.
fn answers(story: &mut Story) -> impl Iterator<Item = &mut Answer> {
    story.jobs.iter_mut().flat_map(|job| job.answers.iter_mut().chain(&mut job.to_modification))
}

/// Without a job and without everything that is said of it.
pub(super) fn without_job(story: &mut Story, gone: usize) {
    let about = |job: Option<JobId>| job.is_some_and(|job| job.index() == gone);
    let mut wait = Span::ZERO;
    story.steps.retain_mut(|step| {
        let stays = !about(step.act.job());
        step.after = step.after + wait;
        wait = if stays { Span::ZERO } else { step.after };
        stays
    });
    answers(story).for_each(|answer| answer.calls.retain(|call| !about(call.job())));
    merge_job(story, gone, 0);
}

/// What is done with the job `gone` is done with `heir`, and `gone` is not made.
pub(super) fn merge_job(story: &mut Story, gone: usize, heir: usize) {
    let change = |job: &mut JobId| job.0 = moved(job.index(), gone, heir) as u32;
    story.jobs.remove(gone);
    for step in &mut story.steps {
        match &mut step.act {
            Act::Call(_, call) => job_of(call).into_iter().for_each(change),
            Act::Create(job) | Act::ReadError(_, job, _) => change(job),
            Act::Disturb(_) | Act::Misbehave(_) | Act::Heal(_) => {}
        }
    }
    for answer in answers(story) {
        answer.calls.iter_mut().filter_map(job_of).for_each(change);
    }
}

/// Client `heir` does what `gone` did.
pub(super) fn merge_client(story: &mut Story, gone: usize, heir: usize) {
    let change = |client: &mut ClientId| client.0 = moved(client.index(), gone, heir) as u16;
    story.setup.clients.remove(gone);
    story.jobs.iter_mut().for_each(|job| change(&mut job.client));
    for step in &mut story.steps {
        match &mut step.act {
            Act::Call(who, _) | Act::ReadError(who, ..) => change(who),
            Act::Disturb(Disturbance::ClientStarts(who) | Disturbance::ClientExits(who)) => {
                change(who);
            }
            _ => {}
        }
    }
}

/// User `heir` is who `gone` was.
pub(super) fn merge_user(story: &mut Story, gone: usize, heir: usize) {
    use Disturbance as D;
    let change = |user: &mut UserId| user.0 = moved(user.index(), gone, heir) as u16;
    story.setup.users.remove(gone);
    story.setup.clients.iter_mut().for_each(|client| change(&mut client.user));
    for step in &mut story.steps {
        if let Act::Disturb(D::LogOn(user) | D::LogOff(user) | D::RunAs(user)) = &mut step.act {
            change(user);
        }
    }
}

/// Server `heir` is asked for what `gone` was asked for.
pub(super) fn merge_server(story: &mut Story, gone: usize, heir: usize) {
    let change = |server: &mut ServerId| server.0 = moved(server.index(), gone, heir) as u16;
    let name = format!("://{}/", story.setup.servers[gone].name);
    let other = format!("://{}/", story.setup.servers[heir].name);
    let old = story.setup.servers.remove(gone);
    let heir = &mut story.setup.servers[moved(heir, gone, 0)];
    for mut file in old.files {
        file.url = file.url.replace(&name, &other);
        if heir.files.iter().all(|known| known.url != file.url) {
            heir.files.push(file);
        }
    }
    each_text(story, &mut |text| {
        if text.contains(&name) {
            *text = text.replace(&name, &other);
        }
    });
    story.setup.delivery.cache_host.iter_mut().for_each(change);
    for step in &mut story.steps {
        match &mut step.act {
            Act::Misbehave(what) => change(&mut what.server),
            Act::Heal(server) => change(server),
            _ => {}
        }
    }
}

/// Another host name for a server.
pub(super) fn rename_server(story: &mut Story, server: usize, name: &str) {
    let old = format!("://{}/", story.setup.servers[server].name);
    let new = format!("://{name}/");
    name.clone_into(&mut story.setup.servers[server].name);
    each_text(story, &mut |text| {
        if text.contains(&old) {
            *text = text.replace(&old, &new);
        }
    });
}

/// Calls a path or a URL by another name wherever it stands.
pub(super) fn rename(story: &mut Story, from: &str, to: &str) {
    each_text(story, &mut |text| {
        if text == from {
            to.clone_into(text);
        }
    });
}

/// True if a path, a URL or a part of one stands anywhere.
pub(super) fn mentions(story: &Story, part: &str) -> bool {
    // Looking changes nothing, but there is one way through all the texts.
    let mut copy = story.clone();
    let mut found = false;
    each_text(&mut copy, &mut |text| found |= text.contains(part));
    found
}

/// Everything that may be a path or a URL.
fn each_text(story: &mut Story, change: &mut dyn FnMut(&mut String)) {
    for server in &mut story.setup.servers {
        server.files.iter_mut().for_each(|file| change(&mut file.url));
    }
    story.setup.local_files.iter_mut().for_each(|file| change(&mut file.path));
    for job in &mut story.jobs {
        job.files.iter_mut().for_each(|file| of_file(file, change));
        job.settings.iter_mut().for_each(|(_, value)| of_value(value, change));
        job.setters.iter_mut().for_each(|call| of_job_call(call, change));
    }
    for answer in answers(story) {
        answer.calls.iter_mut().for_each(|call| of_call(call, change));
    }
    for step in &mut story.steps {
        match &mut step.act {
            Act::Call(_, call) => of_call(call, change),
            Act::Disturb(what) => of_disturbance(what, change),
            Act::Misbehave(what) => what.url.iter_mut().for_each(&mut *change),
            Act::Create(_) | Act::ReadError(..) | Act::Heal(_) => {}
        }
    }
}

fn of_file(file: &mut NewFile, change: &mut dyn FnMut(&mut String)) {
    change(&mut file.remote);
    change(&mut file.local);
}

fn of_value(value: &mut Value, change: &mut dyn FnMut(&mut String)) {
    if let Value::Text(text) = value {
        change(text);
    }
}

fn of_call(call: &mut Call, change: &mut dyn FnMut(&mut String)) {
    match call {
        Call::Job(_, call) => of_job_call(call, change),
        Call::Download(_, DownloadCall::SetProperty(_, value)) => of_value(value, change),
        Call::EnumDownloads(Some((_, text))) => change(text),
        _ => {}
    }
}

fn of_job_call(call: &mut JobCall, change: &mut dyn FnMut(&mut String)) {
    use JobCall as C;
    match call {
        C::AddFile(file) | C::AddFileWithRanges(file) => of_file(file, change),
        C::AddFileSet(files) => files.iter_mut().for_each(|file| of_file(file, change)),
        C::SetRemoteName { url, .. } => change(url),
        C::SetReplyFileName(Some(path)) => change(path),
        _ => {}
    }
}

fn of_disturbance(what: &mut Disturbance, change: &mut dyn FnMut(&mut String)) {
    use Disturbance as D;
    match what {
        D::PathDenied(text, _)
        | D::PathAllowed(text, _)
        | D::LocalFileDeleted(text)
        | D::RemoteFileChanges { url: text, .. }
        | D::LocalFileChanges { path: text, .. } => change(text),
        _ => {}
    }
}
