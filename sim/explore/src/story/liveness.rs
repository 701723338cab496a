//! Once all trouble is over, every job comes to an end.

use super::stage::Stage;
use super::{Act, Broken, Last, Step, Story};
use bitsim_engine::sabotage::Bug;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::download::{DownloadCall, Situation};
use bitsim_vocab::{Call, JobId, JobState, Service, Span, StepId};

/// What keeps a job of the story from coming to an end two days after all trouble, or as long after
/// as a job was told to wait or its world makes it wait, on an engine that may have a deliberate
/// bug.
pub fn broken(story: &Story, bug: Option<&Bug>) -> Option<Broken> {
    let mut stage = Stage::new(story, bug);
    stage.create(&story.jobs);
    stage.play_from(story, 0);
    unfinished(story, stage)
}

/// What keeps a job from coming to an end once everything is healed on a stage on which the steps
/// of the story have been played.
pub fn unfinished(story: &Story, mut stage: Stage) -> Option<Broken> {
    for (number, act) in (story.steps.len() as u32..).zip(story.healing()) {
        stage.play(StepId(number), &Step { after: Span::ZERO, act });
    }
    stage.end();
    // A job may have been told to wait for longer.
    stage.run(stage.world.now() + longest_delay(story), true);
    if !stage.sound {
        return None;
    }
    if story.setup.target.service == Service::DoDownload {
        return downloads_go_on(story, stage);
    }
    let (id, state) = (0..).map(JobId).zip(stage.states()).find(|(_, state)| !rests(*state))?;
    told(&stage, id, &format!("is {state} two days after all trouble"), None)
}

/// What was started is all there or has failed for good; what is there can be finalized, and the
/// rest aborted.
fn downloads_go_on(story: &Story, mut stage: Stage) -> Option<Broken> {
    use Situation as S;
    let all = |stage: &Stage| (0..).map(JobId).zip(stage.situations()).collect::<Vec<_>>();
    let waits = |now: Option<S>| matches!(now, Some(S::Transferring | S::PausedTransient));
    if let Some((id, _)) = all(&stage).into_iter().find(|(_, now)| waits(*now)) {
        return told(&stage, id, "goes on two days after all trouble", None);
    }
    for (id, now) in all(&stage) {
        let last = match now {
            Some(S::Transferred) => DownloadCall::Finalize,
            Some(S::Finalized | S::Aborted) | None => continue,
            Some(_) => DownloadCall::Abort,
        };
        if let Some(job) = stage.job(id) {
            stage.call(story.jobs[job.index()].client, &Call::Download(id, last));
        }
    }
    let left = |now: Option<S>| !matches!(now, Some(S::Finalized | S::Aborted) | None);
    let (id, now) = all(&stage).into_iter().find(|(_, now)| left(*now))?;
    let there = now == Some(S::Transferred);
    let (by, last) = if there { ("Finalize", Last::Finalize) } else { ("Abort", Last::Abort) };
    told(&stage, id, &format!("cannot be brought to an end by {by}"), Some(last))
}

/// The longest retry delay that the story asks for, or that its world has.
fn longest_delay(story: &Story) -> Span {
    let secs = |call: &JobCall| match call {
        JobCall::SetMinimumRetryDelay(secs) => Some(*secs),
        _ => None,
    };
    let of_call = |call: &Call| match call {
        Call::Job(_, call) => secs(call),
        _ => None,
    };
    let jobs = story.jobs.iter().flat_map(|job| {
        let answers = job.answers.iter().chain(&job.to_modification);
        let answered = answers.flat_map(|answer| &answer.calls).filter_map(of_call);
        job.setters.iter().filter_map(secs).chain(answered)
    });
    let steps = story.steps.iter().filter_map(|step| match &step.act {
        Act::Call(_, call) => of_call(call),
        _ => None,
    });
    let asked = Span::secs(u64::from(jobs.chain(steps).max().unwrap_or(0)));
    story.setup.delivery.retry_delays.iter().copied().fold(asked, Span::max)
}

fn told(stage: &Stage, id: JobId, what: &str, fails: Option<Last>) -> Option<Broken> {
    let job = stage.job(id);
    let text = format!("{} {what}", job.map_or_else(|| "a job".to_owned(), Story::job_name));
    Some(Broken { job, fails, ..Broken::new("liveness", text) })
}

/// States in which a job waits for nobody but its owner, or for nothing.
fn rests(state: JobState) -> bool {
    use JobState as S;
    state.is_final() || matches!(state, S::Suspended | S::Error | S::Transferred)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{self, Mix};
    use bitsim_engine::sabotage::bugs;
    use bitsim_vocab::Target;

    #[test]
    fn only_a_wrong_engine_leaves_something_unfinished() {
        let bug = bugs().find(|bug| bug.name == "finalize-is-refused").expect("the bug");
        let mut caught = 0;
        for seed in 0..80 {
            let story = draw::story(Target::DO_AGENT, seed, Mix::Plain);
            assert_eq!(broken(&story, None), None, "seed {seed}");
            let found = broken(&story, Some(bug));
            caught += u32::from(found.is_some_and(|it| it.fails == Some(Last::Finalize)));
        }
        assert!(caught > 0);
    }

    #[test]
    fn whoever_was_told_to_wait_longer_may_wait_longer() {
        let mut story = draw::story(Target::BITS, 1, Mix::Plain);
        let least = longest_delay(&story);
        story.jobs[0].setters.push(JobCall::SetMinimumRetryDelay(30 * 86_400));
        assert!(least < longest_delay(&story));
        assert_eq!(longest_delay(&story), Span::days(30));
        story.setup.delivery.retry_delays = vec![Span::days(60)];
        assert_eq!(longest_delay(&story), Span::days(60));
    }
}
