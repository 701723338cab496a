//! Draws stories: the same numbers, the same story.
//!
//! Worlds and jobs are drawn first (`world`, `jobs`, `downloads`), then what happens: either
//! any acts at any times, or threads (`lives`) that are woven into one timeline (`weave`).

mod calls;
mod download_calls;
mod downloads;
mod events;
mod jobs;
mod kinds;
mod lives;
mod numbers;
mod times;
mod told;
mod vary;
mod weave;
mod world;

pub use told::told_by;
pub use vary::vary;

use crate::story::{Act, Job, Story};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{JobId, Service, Target};
use jobs::Traits;
use kinds::{Kind, Weights};
use lives::Scene;
use numbers::{Numbers, Streams};
use times::Times;
use world::Style;

/// How stories are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mix {
    /// Everything as likely as everything else: the arm that the others are compared with.
    Plain,
    /// Each seed leaves kinds of acts out and draws how likely the others are.
    Swarm,
    /// Many steps at the same instant by several actors, in an order of random priorities with a
    /// few changes; jobs are created in any order.
    Order,
}

impl Mix {
    /// Every mix.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Swarm, Self::Order];
}

/// The story that belongs to these numbers.
pub fn story(target: Target, seed: u64, mix: Mix) -> Story {
    let Streams { mut world, mut jobs, mut steps, times } = Streams::new(target, seed, mix);
    let patient = steps.one_in(5);
    let crowd = mix != Mix::Plain && steps.one_in(16);
    let style = Style { patient, even: mix == Mix::Order, crowd };
    let traits = match mix {
        Mix::Plain => Traits::EVEN,
        Mix::Swarm | Mix::Order if crowd => Traits::CROWD,
        Mix::Swarm | Mix::Order => Traits::drawn(&mut jobs),
    };
    let weights = match mix {
        Mix::Plain => Weights::even(target),
        Mix::Swarm | Mix::Order => Weights::swarm(target, &mut steps),
    };
    let mut setup = world::setup(target, style, &mut world);
    let cast = cast(&mut setup, style, traits, mix, &mut jobs);
    let times = Times::new(&setup, &cast, patient, times);
    let started = vec![false; cast.len()];
    let mut scene = Scene { setup: &setup, jobs: &cast, weights, steps, times, started };
    let threads = match mix {
        Mix::Plain => vec![plain(&mut scene)],
        Mix::Swarm | Mix::Order => threads(&mut scene, mix),
    };
    let steps = match mix {
        Mix::Order => weave::by_priority(threads, &mut scene),
        Mix::Plain | Mix::Swarm => weave::in_order(threads),
    };
    Story { setup, jobs: cast, steps }
}

/// The jobs, and what they need of the world.
fn cast(setup: &mut Setup, style: Style, traits: Traits, mix: Mix, d: &mut Numbers) -> Vec<Job> {
    let count = match mix {
        _ if style.crowd => d.within(5, 7),
        Mix::Plain => d.within(1, 4),
        Mix::Swarm => 1 + d.weighted(&[6, 3, 1, 1]) as u64,
        Mix::Order => d.within(2, 4),
    };
    let mut jobs: Vec<Job> = (0..count as u32)
        .map(JobId)
        .map(|id| match setup.target.service {
            Service::DoDownload => downloads::download(setup, traits, id, d),
            Service::Bits | Service::DoLegacy => jobs::job(setup, style, traits, id, d),
        })
        .collect();
    admit(setup, &mut jobs);
    let uploads = jobs.iter().filter(|job| job.job_type.uploads()).flat_map(|job| &job.files);
    setup.local_files = world::uploaded(uploads.map(|file| file.local.clone()));
    if setup.target.service == Service::DoDownload && d.one_in(8) {
        setup.local_files = world::uploaded([downloads::path_of("job_1")].into_iter());
    }
    jobs
}

/// A job that policies forbid at the start is made later, if it can be.
fn admit(setup: &Setup, jobs: &mut [Job]) {
    let kind = |job: &Job| setup.users[setup.clients[job.client.index()].user.index()].kind;
    let user = |job: &Job| setup.clients[job.client.index()].user;
    for place in 0..jobs.len() {
        let (before, [job, ..]) = jobs.split_at_mut(place) else { return };
        let there = || before.iter().filter(|other| !other.later);
        let own = there().filter(|other| user(other) == user(job)).count();
        let policies = &setup.policies;
        let full = there().count() >= policies.max_jobs_per_machine as usize
            || own >= policies.max_jobs_per_user as usize;
        job.later |= full && !kind(job).is_exempt();
    }
}

/// Any acts at any times. Nothing happens to jobs that nobody resumes, so the first call on each
/// that does little resumes it.
fn plain(scene: &mut Scene<'_>) -> lives::Thread {
    let mut acts = lives::Thread::new();
    let mut begun = vec![false; scene.jobs.len()];
    for job in (0..).map(JobId).zip(scene.jobs).filter(|(_, job)| job.later).map(|(id, _)| id) {
        acts.push((scene.times.short(), Act::Create(job)));
    }
    for _ in 0..scene.steps.within(1, 40) {
        let job = scene.some_job();
        let mut kind = scene.weights.any(&mut scene.steps);
        let idle = matches!(kind, Kind::Rest | Kind::Finish | Kind::Ask);
        if idle && !begun[job.index()] {
            kind = Kind::Go;
        }
        begun[job.index()] |= kind == Kind::Go;
        let after = scene.times.any();
        acts.push((after, scene.act(kind, job)));
    }
    acts
}

/// A thread for each job, and sometimes one for what befalls them all.
fn threads(scene: &mut Scene<'_>, mix: Mix) -> Vec<lives::Thread> {
    let d = &mut scene.steps;
    let most = match (mix, d.weighted(&[6, 3, 1])) {
        (Mix::Order, _) => d.within(4, 16),
        (_, 0) => d.within(1, 6),
        (_, 1) => d.within(4, 12),
        _ => d.within(8, 24),
    };
    let windy = d.one_in(3);
    let count = scene.jobs.len() as u32;
    let each = (most / u64::from(count)).max(2) as usize;
    let mut threads: Vec<lives::Thread> =
        (0..count).map(|job| scene.life(JobId(job), each)).collect();
    if windy {
        threads.push(scene.weather(1 + each / 2));
    }
    threads
}
