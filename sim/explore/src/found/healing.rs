//! The end of a scenario that shows a job which never comes to rest.

use crate::story::{Act, Broken, Last, Story};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{Service, Target};

/// The story with the end of all trouble that there is in it.
pub(super) fn healed(story: &Story) -> Story {
    let mut healed = story.clone().with_everything_healed();
    let mut place = 0;
    healed.steps.retain(|step| {
        place += 1;
        place <= story.steps.len() || ends_something(story, &step.act)
    });
    healed
}

/// True for what ends some trouble of the story.
fn ends_something(story: &Story, act: &Act) -> bool {
    use Disturbance as D;
    let setup = &story.setup;
    let any = |wanted: &dyn Fn(&D) -> bool| {
        story.steps.iter().any(|step| matches!(&step.act, Act::Disturb(what) if wanted(what)))
    };
    let restarts = any(&|what| *what == D::ComputerRestarts);
    match act {
        Act::Heal(server) => story
            .steps
            .iter()
            .any(|step| matches!(&step.act, Act::Misbehave(what) if what.server == *server)),
        Act::Disturb(end) => match end {
            D::BlockEnds(block) => any(&|what| *what == D::BlockBegins(*block)),
            D::LogOn(user) => {
                let there = setup.users[user.index()].logged_on;
                restarts || !there || any(&|what| *what == D::LogOff(*user))
            }
            D::ClientStarts(client) => {
                let there = setup.clients[client.index()].running;
                restarts || !there || any(&|what| *what == D::ClientExits(*client))
            }
            D::NetworkRegained => {
                restarts || !setup.network || any(&|what| *what == D::NetworkLost)
            }
            D::NetworkConditions(_) => any(&|what| matches!(what, D::NetworkConditions(_))),
            D::Bandwidth(_) => {
                setup.policies.bandwidth.is_some() || any(&|what| matches!(what, D::Bandwidth(_)))
            }
            D::VolumeUnlocked(volume) => any(&|what| *what == D::VolumeLocked(volume.clone())),
            D::VolumeSpace(..) => {
                !setup.volumes.is_empty() || any(&|what| matches!(what, D::VolumeSpace(..)))
            }
            D::ServiceStarts => any(&|what| *what == D::ServiceStops),
            _ => true,
        },
        _ => true,
    }
}

/// The last step: the job must come to rest.
pub(super) fn ending(story: &Story, broken: &Broken) -> Vec<String> {
    let Some(job) = broken.job else { return Vec::new() };
    let name = Story::job_name(job);
    let downloads = story.setup.target.service == Service::DoDownload;
    if let Some(last) = broken.fails {
        let (call, state) = match last {
            Last::Finalize => ("finalize", "Finalized"),
            Last::Abort => ("abort", "Aborted"),
        };
        let mut last = vec!["  - at: 3d".to_owned(), format!("    do: {{{call}: {name}}}")];
        // The agent forgets at once what is over.
        if story.setup.target != Target::DO_AGENT {
            last.push(format!("    expect: {{download: {name}, state: {state}}}"));
        }
        return last;
    }
    let check = match downloads {
        true => format!("{{download: {name}, state: [Created, Transferred, Finalized, Aborted]}}"),
        false => {
            let states = "SUSPENDED, ERROR, TRANSFERRED, ACKNOWLEDGED, CANCELLED";
            format!("{{job: {name}, state: [{states}]}}")
        }
    };
    vec![format!("  - until: {check}"), "    within: 2d".to_owned()]
}
