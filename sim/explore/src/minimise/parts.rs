//! Fewer jobs, and less that is said about each.

use super::{Edit, renumber, size, values};
use crate::story::{Act, Answer, Exit, Job, Story};
use bitsim_vocab::call::NewFile;
use bitsim_vocab::{Hresult, JobId, JobType, Span};

/// Without jobs, with one job in the place of two, with jobs from the start.
pub(super) fn jobs(story: &Story) -> Vec<Edit> {
    let count = story.jobs.len();
    let mut edits: Vec<Edit> = Vec::new();
    for gone in (0..count).rev() {
        edits.push(Box::new(move |story| renumber::without_job(story, gone)));
    }
    for gone in (0..count).rev() {
        for heir in (0..count).filter(|heir| *heir != gone) {
            edits.push(Box::new(move |story| renumber::merge_job(story, gone, heir)));
        }
        if story.jobs[gone].later {
            edits.push(Box::new(move |story| from_the_start(story, gone)));
        }
    }
    edits
}

/// The job exists before the first step.
fn from_the_start(story: &mut Story, job: usize) {
    let made = Act::Create(JobId(job as u32));
    let steps = story.steps.clone();
    super::steps::leave_out(story, |place| steps[place].act == made, true);
    story.jobs[job].later = false;
}

/// Jobs of which less is said.
pub(super) fn of_jobs(story: &Story) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for (place, job) in story.jobs.iter().enumerate() {
        for simpler in simpler_jobs(job) {
            edits.push(Box::new(move |story| story.jobs[place] = simpler.clone()));
        }
        if job.job_type.uploads() {
            edits.push(Box::new(move |story| as_download(story, place)));
        }
    }
    edits
}

/// The job fetches what it was to send.
fn as_download(story: &mut Story, place: usize) {
    let job = &mut story.jobs[place];
    job.job_type = JobType::Download;
    let offered = story.setup.servers.iter().find_map(|server| server.files.first());
    if let (Some(file), Some(offered)) = (job.files.first_mut(), offered) {
        file.remote.clone_from(&offered.url);
    }
}

fn simpler_jobs(job: &Job) -> Vec<Job> {
    let mut all = Vec::new();
    let mut add = |change: &dyn Fn(&mut Job)| {
        let mut simpler = job.clone();
        change(&mut simpler);
        all.push(simpler);
    };
    add(&|job| job.answers.clear());
    add(&|job| job.to_modification.clear());
    add(&|job| job.exits.clear());
    add(&|job| job.setters.clear());
    add(&|job| job.display_name = None);
    for n in (0..job.files.len()).rev() {
        add(&|job| drop(job.files.remove(n)));
        add(&|job| job.files[n].ranges.clear());
        for ranges in simpler_ranges(&job.files[n].ranges) {
            add(&|job| job.files[n].ranges.clone_from(&ranges));
        }
    }
    for n in (0..job.settings.len()).rev() {
        add(&|job| drop(job.settings.remove(n)));
        for value in values::simpler_values(&job.settings[n].1) {
            add(&|job| job.settings[n].1 = value.clone());
        }
    }
    for n in (0..job.setters.len()).rev() {
        add(&|job| drop(job.setters.remove(n)));
        for call in values::simpler_job_calls(&job.setters[n]) {
            add(&|job| job.setters[n] = call.clone());
        }
    }
    for n in (0..job.answers.len()).rev() {
        add(&|job| drop(job.answers.remove(n)));
        for answer in simpler_answers(&job.answers[n]) {
            add(&|job| job.answers[n] = answer.clone());
        }
    }
    for n in (0..job.to_modification.len()).rev() {
        add(&|job| drop(job.to_modification.remove(n)));
        for answer in simpler_answers(&job.to_modification[n]) {
            add(&|job| job.to_modification[n] = answer.clone());
        }
    }
    for n in (0..job.exits.len()).rev() {
        add(&|job| job.exits.truncate(n));
        add(&|job| job.exits[n] = Exit::With { code: 0, after: Span::ZERO });
        add(&|job| job.exits[n] = Exit::With { code: 1, after: Span::ZERO });
    }
    all
}

fn simpler_answers(answer: &Answer) -> Vec<Answer> {
    let mut all = vec![Answer::ok()];
    all.push(Answer { calls: Vec::new(), ..answer.clone() });
    all.push(Answer { returns: Some(Hresult::S_OK), ..answer.clone() });
    all.push(Answer { returns: Some(Hresult::E_FAIL), ..answer.clone() });
    for after in size::simpler_spans(answer.after) {
        all.push(Answer { after, ..answer.clone() });
    }
    for n in 0..answer.calls.len() {
        let mut fewer = answer.clone();
        fewer.calls.remove(n);
        all.push(fewer);
    }
    all
}

/// Fewer ranges, or rounder ones.
pub(super) fn simpler_ranges(ranges: &[(u64, u64)]) -> Vec<Vec<(u64, u64)>> {
    let mut all = Vec::new();
    for n in (0..ranges.len()).rev() {
        let mut fewer = ranges.to_vec();
        fewer.remove(n);
        all.push(fewer);
        for simpler in [(0, 1 << 10), (0, ranges[n].1), (ranges[n].0, 1 << 10)] {
            let mut rounder = ranges.to_vec();
            rounder[n] = simpler;
            all.push(rounder);
        }
    }
    all
}

/// The file without ranges, or with fewer.
pub(super) fn simpler_files(file: &NewFile) -> Vec<NewFile> {
    let with = |ranges| NewFile { ranges, ..file.clone() };
    [Vec::new()].into_iter().chain(simpler_ranges(&file.ranges)).map(with).collect()
}
