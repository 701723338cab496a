//! What each family of rules is about, in one line.

use bitsim_vocab::RuleId;

/// The families by name, those of BITS first.
const ABOUT: &[(&str, &str)] = &[
    ("BITS-STATE", "the nine states of a job and the moves between them"),
    ("BITS-RESUME", "Resume: in which states, and what it does"),
    ("BITS-SUSPEND", "Suspend: in which states, and what it does"),
    ("BITS-COMPLETE", "Complete: final names, partial completion, leftovers"),
    ("BITS-CANCEL", "Cancel: temporary files, leftovers, final jobs"),
    ("BITS-ERROR", "when a job has error information, what it says, what ends it"),
    ("BITS-ERRCOUNT", "what raises the error count and what does not"),
    ("BITS-RETRY", "transient errors, retry delay, no-progress timeout"),
    ("BITS-PROGRESS", "bytes and files of GetProgress"),
    ("BITS-TIMES", "creation, modification and completion times of a job"),
    ("BITS-FILE", "temporary files, changed files, what is transferred again"),
    ("BITS-HTTPSTATUS", "which HTTP statuses are retried and which are fatal"),
    ("BITS-NOTIFY", "callbacks: JobTransferred, JobError, JobModification, flags"),
    ("BITS-ADDFILE", "AddFile and AddFileSet: limits, names, states"),
    ("BITS-CREATE", "CreateJob and what a new job is like"),
    ("BITS-PROP", "setters and getters of a job, and what they refuse"),
    ("BITS-SCHED", "whose turn it is: priorities, time slices, order of files"),
    ("BITS-GROUPPOLICY", "group policies: inactivity, bandwidth limits, maximum time"),
    ("BITS-USER", "log-on and log-off, owners, rights, service accounts"),
    ("BITS-NET", "the network goes away and comes back"),
    ("BITS-SERVICE", "restarts of service and computer, the stored list of jobs"),
    ("BITS-ENUM", "listing jobs and files"),
    ("BITS-REPLY", "upload-reply jobs: reply data, file name, progress"),
    ("BITS-UPLOAD", "upload jobs, client side"),
    ("BITS-NOTIFYCMD", "the notification program: SetNotifyCmdLine"),
    ("BITS-NOTIFYCLSID", "callbacks by class id"),
    ("BITS-REMOTENAME", "changing remote names: SetRemoteName"),
    ("BITS-RANGES", "downloads of parts of a file: AddFileWithRanges"),
    ("BITS-ACLFLAGS", "owner and access list of files from a share"),
    ("BITS-MAXTIME", "the maximum download time of a job"),
    ("BITS-OWNER", "elevation and integrity level of the owner"),
    ("BITS-COST", "metered networks and other policies that block transfers"),
    ("BITS-FILECB", "the callback FileTransferred"),
    ("BITS-VALIDATION", "content that the client declares valid or not"),
    ("BITS-TEMPFILE", "reading the temporary file; changes of the remote file"),
    ("BITS-PEER", "peer caching and BranchCache"),
    ("BITS-ONDEMAND", "random access: ranges asked for while the job runs"),
    ("BITS-PROPERTY", "properties by number, of jobs and files"),
    ("BITS-DYNAMIC", "content whose size is not known before"),
    ("BITS-HIGHPERF", "high-performance jobs"),
    ("BITS-HTTP", "HTTP options: headers, redirects, certificates, security"),
    ("BITS-HTTPMETHOD", "another HTTP method than GET"),
    ("BITS-SERVERCERT", "the callback that looks at the server's certificate"),
    ("BITS-HTTPREQ", "what BITS needs of an HTTP server"),
    ("BITS-TOKEN", "helper tokens"),
    ("BITS-CRED", "credentials for servers and proxies"),
    ("BITS-UPLOADPROTO", "the upload protocol between client and server"),
    ("BITS-SERVERAPP", "the upload server and the application behind it"),
    ("DO-STATE", "the states of a job and the moves between them"),
    ("DO-RESUME", "Resume: in which states, and what it does"),
    ("DO-SUSPEND", "Suspend: in which states, and what it does"),
    ("DO-CANCEL", "Cancel: in which states, and what it does"),
    ("DO-COMPLETE", "Complete: in which states, and what it does"),
    ("DO-CREATE", "CreateJob, GetJob and what a new job is like"),
    ("DO-ADDFILE", "adding files: limits, names, states"),
    ("DO-RANGES", "downloads of parts of a file"),
    ("DO-PROGRESS", "bytes, files and times of a job"),
    ("DO-INTERFACE", "which interfaces of BITS a job has"),
    ("DO-ERROR", "error information: when there is some, and what ends it"),
    ("DO-NOTIFY", "callbacks: which, how often, what their answers do"),
    ("DO-RETRY", "transient errors, retries, no-progress timeout"),
    ("DO-PRIORITY", "foreground and background, how many jobs at once"),
    ("DO-PROP", "properties of jobs and files, and what they refuse"),
    ("DO-COST", "over which networks a job may transfer"),
    ("DO-INTEGRITY", "piece hashes and failed checks"),
    ("DO-MODE", "download modes and the fall-back to plain HTTP"),
    ("DO-STATS", "the statistics of a job: where its bytes came from"),
    ("DO-ENUM", "listing files; jobs cannot be listed"),
    ("DO-PERSIST", "how long a job is kept, and through what"),
    ("DOD-STATE", "the states of a download and its pair of errors"),
    ("DOD-START", "Start: what it needs, what it asks for, resuming"),
    ("DOD-PAUSE", "Pause: in which states, and that only Start ends it"),
    ("DOD-FINALIZE", "Finalize: in which states, and when the file appears"),
    ("DOD-ABORT", "Abort: in which states, and which file it deletes"),
    ("DOD-STATUS", "bytes of GetStatus"),
    ("DOD-RETRY", "retries, no-progress timeout, connect timeout, no network"),
    ("DOD-PROP", "properties: types, defaults, when they can be set"),
    ("DOD-NOTIFY", "the callback OnStatusChange"),
    ("DOD-RANGES", "ranges and streams"),
    ("DOD-INTEGRITY", "piece hashes and failed checks"),
    ("DOD-COST", "over which networks a download may transfer"),
    ("DOD-PRIORITY", "foreground and background, bandwidth policies"),
    ("DOD-MODE", "cache hosts, peers and the fall-back to HTTP"),
    ("DOD-ENUM", "listing downloads"),
    ("DOD-PERSIST", "what outlives the caller and a restart of the service"),
    ("DOD-SERVICE", "calls while the service is not there"),
    ("DOD-INTERNAL", "the interface IDODownloadInternal"),
];

/// The family of a rule: its id without the number.
#[must_use]
pub fn of(rule: RuleId) -> &'static str {
    rule.text().rsplit_once('-').map_or(rule.text(), |(family, _)| family)
}

/// Every family once, those of BITS first, else in the order of the catalogue.
#[must_use]
pub fn all() -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for family in RuleId::ALL.iter().map(|rule| of(*rule)) {
        if !names.contains(&family) {
            names.push(family);
        }
    }
    names.sort_by_key(|name| !name.starts_with("BITS-"));
    names
}

/// What a family is about, in a few words; nothing for a name that is none.
#[must_use]
pub fn about(family: &str) -> &'static str {
    ABOUT.iter().find(|(name, _)| *name == family).map_or("", |(_, about)| about)
}

/// The names of all families with what each is about, one to a line.
#[must_use]
pub fn list() -> String {
    let names = all();
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    let line = |name: &&str| format!("  {name:<width$}  {}\n", about(name));
    names.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_is_described_once_and_nothing_else_is() {
        let described: Vec<&str> = ABOUT.iter().map(|(name, _)| *name).collect();
        let mut sorted = (described.clone(), all());
        sorted.0.sort_unstable();
        sorted.1.sort_unstable();
        assert_eq!(sorted.0, sorted.1);
        for (name, about) in ABOUT {
            assert!((10..=64).contains(&about.len()), "{name}: {about}");
            assert!(!about.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn families_whose_rules_stand_apart_are_listed_once() {
        assert_eq!(all().iter().filter(|name| **name == "DO-PROP").count(), 1);
        assert!(list().lines().all(|line| line.len() <= 100));
    }
}
