//! The names that a trace's numbers stand for, as the scenario wrote them.

use bitsim_replay::Run;
use bitsim_vocab::{ClientId, JobId, ServerId, Service, Target, UserId};
use std::path::Path;

/// The name of a test: `bits::error_count::pulled_cable_is_free` for a file of that name in those
/// folders, seen from the folder of all scenarios.
#[must_use]
pub fn test_name(file: &Path, target: Target) -> String {
    let path = file.with_extension("");
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("::") + &suffix(target)
}

/// What sets the tests of one file apart: nothing for BITS as current Windows ships it, `@1.5`
/// for another version.
fn suffix(target: Target) -> String {
    match target.service {
        _ if target == Target::BITS => String::new(),
        Service::Bits => format!("@{}", target.version),
        Service::DoLegacy | Service::DoDownload => format!("@{target}"),
    }
}

/// Names of jobs, users, clients and servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    jobs: Vec<String>,
    users: Vec<String>,
    clients: Vec<(String, UserId)>,
    servers: Vec<String>,
}

impl Names {
    /// The names in a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let setup = &run.trace.setup;
        Self {
            jobs: run.job_names.clone(),
            users: setup.users.iter().map(|user| user.name.clone()).collect(),
            clients: setup.clients.iter().map(|one| (one.name.clone(), one.user)).collect(),
            servers: setup.servers.iter().map(|server| server.name.clone()).collect(),
        }
    }

    /// The job's name.
    #[must_use]
    pub fn job(&self, id: JobId) -> String {
        self.jobs.get(id.index()).cloned().unwrap_or_else(|| format!("job {}", id.0 + 1))
    }

    /// The job with this name.
    #[must_use]
    pub fn find_job(&self, name: &str) -> Option<JobId> {
        let index = self.jobs.iter().position(|job| job == name)?;
        u32::try_from(index).ok().map(JobId)
    }

    /// Every job's name, in order of creation.
    #[must_use]
    pub fn jobs(&self) -> &[String] {
        &self.jobs
    }

    /// The user's name.
    #[must_use]
    pub fn user(&self, id: UserId) -> String {
        self.users.get(id.index()).cloned().unwrap_or_else(|| format!("user {}", id.0 + 1))
    }

    /// The client's name.
    #[must_use]
    pub fn client(&self, id: ClientId) -> String {
        match self.clients.get(id.index()) {
            Some((name, _)) => name.clone(),
            None => format!("client {}", id.0 + 1),
        }
    }

    /// True if it needs saying which client makes a call.
    #[must_use]
    pub fn several_clients(&self) -> bool {
        self.clients.len() > 1
    }

    /// True if it needs saying which user owns something.
    #[must_use]
    pub fn several_users(&self) -> bool {
        self.users.len() > 1
    }

    /// The server's name.
    #[must_use]
    pub fn server(&self, id: ServerId) -> String {
        self.servers.get(id.index()).cloned().unwrap_or_else(|| format!("server {}", id.0 + 1))
    }

    /// The longest name of a job or server, in characters.
    #[must_use]
    pub fn longest(&self) -> usize {
        let all = self.jobs.iter().chain(&self.servers).chain(&self.users);
        all.map(|name| name.chars().count()).max().unwrap_or(0)
    }
}
