//! DO-RESUME-007: a new remote name outlives the service from the next Resume on.

use crate::findings::Findings;
use crate::view::View;
use bitsim_vocab::call::{Call, JobCall, Reply};
use bitsim_vocab::trace::{Called, Happened};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{Event, FileId, JobId, RuleId};

/// Remote names that SetRemoteName gave.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    given: Vec<Name>,
}

/// A remote name on its way to the disk.
#[derive(Debug, Clone)]
struct Name {
    job: JobId,
    file: FileId,
    /// The name on the disk.
    stored: String,
    /// The name given last; `None` once Resume has stored it or a restart has forgotten it.
    fresh: Option<String>,
    /// The service has restarted since the name was given.
    restarted: bool,
}

impl Names {
    pub(super) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
        match &event.what {
            Happened::Env(what) => {
                let restart = matches!(
                    **what,
                    Disturbance::ServiceRestarts { .. } | Disturbance::ComputerRestarts
                );
                if restart {
                    for name in &mut self.given {
                        name.fresh = None;
                        name.restarted = true;
                    }
                }
            }
            Happened::Called(called) if called.hr.succeeded() => {
                self.called(view, event, called, out);
            }
            _ => {}
        }
    }

    fn called(&mut self, view: &View, event: &Event, called: &Called, out: &mut Findings) {
        let Call::Job(id, call) = &called.call else { return };
        let Some(job) = view.job(*id).filter(|job| !job.gone) else { return };
        match (call, &called.reply) {
            (JobCall::SetRemoteName { file, url }, _) => {
                let Some(known) = job.file(*file) else { return };
                let mut given = self.given.iter_mut();
                match given.find(|name| name.job == *id && name.file == *file) {
                    Some(name) => {
                        name.fresh = Some(url.clone());
                        name.restarted = false;
                    }
                    None => self.given.push(Name {
                        job: *id,
                        file: *file,
                        stored: known.remote.clone(),
                        fresh: Some(url.clone()),
                        restarted: false,
                    }),
                }
            }
            (JobCall::Resume, _) => {
                for name in self.given.iter_mut().filter(|name| name.job == *id) {
                    name.stored = name.fresh.take().unwrap_or_else(|| name.stored.clone());
                }
            }
            (JobCall::GetRemoteName(file), Reply::Text(told)) => {
                let of_file = |name: &&Name| name.job == *id && name.file == *file;
                let Some(name) = self.given.iter().find(of_file).filter(|name| name.restarted)
                else {
                    return;
                };
                out.ensure(RuleId::DO_RESUME_007, *told == name.stored, event, || {
                    (
                        "a file of `{job}` has the wrong remote name after a restart".to_owned(),
                        format!("`{}`, the name in force at the last Resume", name.stored),
                        format!("`{told}`"),
                    )
                });
            }
            _ => {}
        }
    }
}
