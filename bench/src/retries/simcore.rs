//! BRL on SimCore: one component, an event for each timer.

use std::cell::RefCell;
use std::rc::Rc;

use serde::Serialize;
use simcore::{Event, EventHandler, Simulation, SimulationContext, cast};

use super::brl::Job;

#[derive(Clone, Serialize)]
struct Due {
    job: usize,
}

struct Jobs {
    context: SimulationContext,
    jobs: Vec<Job>,
    most: u64,
    sum: u64,
}

impl EventHandler for Jobs {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Due { job } => {
                let before = self.jobs[job].due;
                let (sum, again) = self.jobs[job].expire(self.most);
                self.sum = self.sum.wrapping_add(sum);
                if again {
                    self.wait(job, self.jobs[job].due - before);
                }
            }
        })
    }
}

impl Jobs {
    fn wait(&self, job: usize, millis: u64) {
        self.context.emit_self(Due { job }, millis as f64 / 1e3);
    }
}

/// The check sum.
pub fn run(jobs: u64, most: u64) -> u64 {
    let mut simulation = Simulation::new(0);
    let context = simulation.create_context("jobs");
    let jobs = Jobs { context, jobs: (0..jobs).map(Job::new).collect(), most, sum: 0 };
    for (number, job) in jobs.jobs.iter().enumerate() {
        jobs.wait(number, job.due);
    }
    let jobs = Rc::new(RefCell::new(jobs));
    simulation.add_handler("jobs", jobs.clone());
    simulation.step_until_no_events();
    let jobs = jobs.borrow();
    assert!(jobs.jobs.iter().all(Job::is_sound));
    jobs.sum
}
