//! A simpler world: nobody and nothing that plays no part, and the figures that hold by default.

use super::{Edit, renumber, size};
use crate::story::{Act, Story};
use bitsim_vocab::call::{Call, JobCall as C};
use bitsim_vocab::download::{DownloadProperty, Value};
use bitsim_vocab::world::{Delivery, Policies, Server, Setup, UserKind};
use bitsim_vocab::{JobId, Service, Span, Stands, Target, WallTime};
use std::collections::BTreeSet;

pub(super) fn edits(story: &Story) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    edits.push(Box::new(|story| as_usual(&mut story.setup)));
    merged(story, &mut edits);
    setup(story, &mut edits);
    names(story, &mut edits);
    edits
}

/// The current version of the service, in a world as scenarios know it.
fn as_usual(setup: &mut Setup) {
    setup.seed = 0;
    setup.wall_start = WallTime::DEFAULT_START;
    setup.network = true;
    setup.time_slice = Span::secs(300);
    setup.policies = Policies::default();
    setup.volumes.clear();
    setup.delivery = Delivery::of(setup.target);
    for server in &mut setup.servers {
        let (name, files) = (std::mem::take(&mut server.name), std::mem::take(&mut server.files));
        *server = usual_server(name);
        server.files = files;
    }
}

fn usual_server(name: String) -> Server {
    Server {
        name,
        bandwidth: 1 << 20,
        latency_min: Span::millis(20),
        latency_max: Span::millis(20),
        ranges: true,
        content_length: true,
        max_upload: u64::MAX,
        reply_size: 0,
        replies: true,
        files: Vec::new(),
    }
}

/// Nobody without a part, and one in the place of two.
fn merged(story: &Story, edits: &mut Vec<Edit>) {
    type Merge = fn(&mut Story, usize, usize);
    let setup = &story.setup;
    for gone in 0..setup.servers.len() {
        if !is_asked(story, gone) {
            edits.push(Box::new(move |story| without_server(story, gone)));
        }
    }
    let sorts: [(usize, Merge); 3] = [
        (setup.clients.len(), renumber::merge_client),
        (setup.users.len(), renumber::merge_user),
        (setup.servers.len(), renumber::merge_server),
    ];
    for (count, merge) in sorts {
        for gone in (0..count).rev() {
            for heir in (0..count).filter(|heir| *heir != gone) {
                edits.push(Box::new(move |story| merge(story, gone, heir)));
            }
        }
    }
}

/// True if anything is said about a server, other than that it is there.
fn is_asked(story: &Story, server: usize) -> bool {
    let name = format!("://{}/", story.setup.servers[server].name);
    let mut rest = story.clone();
    rest.setup.servers.clear();
    let here = |act: &Act| match act {
        Act::Misbehave(what) => what.server.index() == server,
        Act::Heal(of) => of.index() == server,
        _ => false,
    };
    renumber::mentions(&rest, &name)
        || story.setup.delivery.cache_host.is_some_and(|host| host.index() == server)
        || story.steps.iter().any(|step| here(&step.act))
}

fn without_server(story: &mut Story, gone: usize) {
    if story.setup.servers.len() > 1 {
        let heir = usize::from(gone == 0);
        let files = story.setup.servers[heir].files.clone();
        renumber::merge_server(story, gone, heir);
        story.setup.servers[heir - usize::from(heir > gone)].files = files;
    } else {
        story.setup.servers.clear();
    }
}

/// Each figure of the world as it is by default, each thing in it left out.
fn setup(story: &Story, edits: &mut Vec<Edit>) {
    let mut add = |change: Change| {
        edits.push(Box::new(move |story: &mut Story| change(&mut story.setup)));
    };
    let setup = &story.setup;
    clocks(setup, &mut add);
    policies(&mut add);
    if setup.target.service != Service::Bits {
        delivery(&mut add);
    }
    for n in 0..setup.volumes.len() {
        add(Box::new(move |setup| drop(setup.volumes.remove(n))));
    }
    for (n, file) in setup.local_files.iter().enumerate() {
        add(Box::new(move |setup| drop(setup.local_files.remove(n))));
        for size in size::simpler_bytes(file.size) {
            add(Box::new(move |setup| setup.local_files[n].size = size));
        }
    }
    for n in 0..setup.users.len() {
        add(Box::new(move |setup| setup.users[n].kind = UserKind::Standard));
        add(Box::new(move |setup| setup.users[n].logged_on = true));
    }
    for n in 0..setup.clients.len() {
        add(Box::new(move |setup| setup.clients[n].elevated = false));
        add(Box::new(move |setup| setup.clients[n].running = true));
    }
    for (n, server) in setup.servers.iter().enumerate() {
        self::server(n, server, &mut add);
    }
}

/// A change of the world alone.
type Change = Box<dyn Fn(&mut Setup)>;

/// Takes changes.
type Add<'a> = &'a mut dyn FnMut(Change);

/// Version, seed, clock and network.
fn clocks(setup: &Setup, add: Add<'_>) {
    add(Box::new(|setup| {
        setup.target.version = Target::BITS.version;
        setup.stands = Stands::recommended(setup.target);
    }));
    add(Box::new(|setup| setup.stands = Stands::recommended(setup.target)));
    add(Box::new(|setup| setup.seed = 0));
    for seed in 1..=3 {
        if setup.seed > 3 {
            add(Box::new(move |setup| setup.seed = seed));
        }
    }
    add(Box::new(|setup| setup.wall_start = WallTime::DEFAULT_START));
    add(Box::new(|setup| setup.network = true));
    add(Box::new(|setup| setup.time_slice = Span::secs(300)));
}

fn policies(add: Add<'_>) {
    add(Box::new(|setup| setup.policies = Policies::default()));
    let policies: [fn(&mut Policies, Policies); 6] = [
        |here, usual| here.job_inactivity_timeout = usual.job_inactivity_timeout,
        |here, usual| here.max_download_time = usual.max_download_time,
        |here, usual| here.max_jobs_per_user = usual.max_jobs_per_user,
        |here, usual| here.max_jobs_per_machine = usual.max_jobs_per_machine,
        |here, usual| here.max_files_per_job = usual.max_files_per_job,
        |here, usual| here.bandwidth = usual.bandwidth,
    ];
    for reset in policies {
        add(Box::new(move |setup| reset(&mut setup.policies, Policies::default())));
    }
}

fn delivery(add: Add<'_>) {
    add(Box::new(|setup| setup.delivery = Delivery::of(setup.target)));
    let figures: [fn(&mut Delivery, Delivery); 13] = [
        |here, usual| here.no_progress_foreground = usual.no_progress_foreground,
        |here, usual| here.no_progress_background = usual.no_progress_background,
        |here, usual| here.least_no_progress = usual.least_no_progress,
        |here, usual| here.progress_check = usual.progress_check,
        |here, usual| here.retry_delays = usual.retry_delays,
        |here, usual| here.network_check = usual.network_check,
        |here, usual| here.connect_timeout = usual.connect_timeout,
        |here, usual| here.notify_again = usual.notify_again,
        |here, usual| here.age_limit = usual.age_limit,
        |here, usual| here.slots = usual.slots,
        |here, usual| here.visible_after = usual.visible_after,
        |here, usual| here.cache_host = usual.cache_host,
        |here, usual| here.defects = usual.defects,
    ];
    for reset in figures {
        add(Box::new(move |setup| reset(&mut setup.delivery, Delivery::of(setup.target))));
    }
}

fn server(n: usize, server: &Server, add: Add<'_>) {
    let figures: [fn(&mut Server); 8] = [
        |server| server.latency_min = server.latency_max,
        |server| (server.latency_min, server.latency_max) = (Span::millis(20), Span::millis(20)),
        |server| server.bandwidth = 1 << 20,
        |server| server.ranges = true,
        |server| server.content_length = true,
        |server| server.max_upload = u64::MAX,
        |server| server.reply_size = 0,
        |server| server.replies = true,
    ];
    for reset in figures {
        add(Box::new(move |setup| reset(&mut setup.servers[n])));
    }
    for (place, file) in server.files.iter().enumerate() {
        add(Box::new(move |setup| drop(setup.servers[n].files.remove(place))));
        for size in size::simpler_bytes(file.size) {
            add(Box::new(move |setup| setup.servers[n].files[place].size = size));
        }
    }
}

/// Names as a scenario gives them if nothing is said: who there is, where files go.
fn names(story: &Story, edits: &mut Vec<Edit>) {
    edits.push(Box::new(|story| {
        let Setup { users, clients, .. } = &mut story.setup;
        if let [user] = users.as_mut_slice() {
            "owner".clone_into(&mut user.name);
        }
        if let [client] = clients.as_mut_slice() {
            "app".clone_into(&mut client.name);
        }
    }));
    if story.setup.servers.len() == 1 {
        edits.push(Box::new(|story| renumber::rename_server(story, 0, "cdn.test")));
    }
    for (from, to) in paths(story) {
        if from != to && !to.is_empty() && !renumber::mentions(story, &to) {
            edits.push(Box::new(move |story| renumber::rename(story, &from, &to)));
        }
    }
    for from in urls(story) {
        let Some((folder, last)) = from.rsplit_once('/') else { continue };
        // A file that is not there is best called so.
        for name in ["a.bin", "b.bin", "c.bin"].into_iter().filter(|_| last != "missing.bin") {
            let (from, to) = (from.clone(), format!("{folder}/{name}"));
            if from.len() > to.len() && !renumber::mentions(story, &to) {
                edits.push(Box::new(move |story| rename_remote(story, &from, &to)));
            }
        }
    }
}

/// Every URL that something is fetched from.
fn urls(story: &Story) -> BTreeSet<String> {
    let offered = story.setup.servers.iter().flat_map(|server| &server.files);
    let jobs = story.jobs.iter().filter(|job| !job.job_type.uploads());
    let declared = jobs.flat_map(|job| {
        let uri = job.settings.iter().find_map(|(property, value)| match value {
            Value::Text(text) if *property == DownloadProperty::Uri => Some(text.clone()),
            _ => None,
        });
        job.files.iter().map(|file| file.remote.clone()).chain(uri)
    });
    offered.map(|file| file.url.clone()).chain(declared).collect()
}

/// Another URL, and with it the local names that follow from it.
fn rename_remote(story: &mut Story, from: &str, to: &str) {
    let usual = paths(story).into_iter().map(|(local, usual)| local == usual);
    let usual: Vec<bool> = usual.collect();
    renumber::rename(story, from, to);
    for ((local, other), usual) in paths(story).into_iter().zip(usual) {
        if usual && local != other && !renumber::mentions(story, &other) {
            renumber::rename(story, &local, &other);
        }
    }
}

/// Where each file is, and where it would be if nothing were said.
fn paths(story: &Story) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |job: JobId, uploads: bool, remote: &str, local: &str| {
        all.push((local.to_owned(), size::usual_path(job, uploads, remote)));
    };
    for (id, job) in (0..).map(JobId).zip(&story.jobs) {
        for file in &job.files {
            add(id, job.job_type.uploads(), &file.remote, &file.local);
        }
        if let Some((remote, local)) = size::sink(&job.settings) {
            add(id, false, remote, local);
        }
    }
    for step in &story.steps {
        if let Act::Call(_, Call::Job(job, C::AddFile(file) | C::AddFileWithRanges(file))) =
            &step.act
        {
            add(*job, false, &file.remote, &file.local);
        }
    }
    all
}
