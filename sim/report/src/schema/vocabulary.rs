//! The documented names that scenarios are written with, each with its meaning: states, HRESULTs,
//! rules, targets, properties of downloads, defects, open questions.

use crate::{families, rulebook};
use bitsim_vocab::download::{DownloadProperty, DownloadState};
use bitsim_vocab::hresult::{self, Class, Known};
use bitsim_vocab::target::BITS_VERSIONS;
use bitsim_vocab::world::Defect;
use bitsim_vocab::{Hresult, JobState, RuleId, Stands, Target};

/// A name and what it means, in Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) name: String,
    pub(super) means: String,
}

impl Name {
    pub(super) fn new(name: impl Into<String>, means: impl Into<String>) -> Self {
        Self { name: name.into(), means: means.into() }
    }
}

/// Names that belong together. An editor shows the whole group beside a name of it.
pub(super) type Group = Vec<Name>;

/// What each state of a job means.
pub(super) fn job_states() -> Group {
    let name = |state: &JobState| Name::new(state.name(), job_state(*state));
    JobState::ALL.iter().map(name).collect()
}

const fn job_state(state: JobState) -> &'static str {
    match state {
        JobState::Queued => {
            "The job can go on, but does not transfer just now: it waits for its turn, for its \
             owner to log on, or for a slot of `do-legacy`."
        }
        JobState::Connecting => "The service asks the server and waits for its first answer.",
        JobState::Transferring => "The service moves data. On `do-legacy` also while it connects.",
        JobState::Suspended => {
            "The job rests until the client calls Resume: a new job is so, and one after \
             Suspend."
        }
        JobState::Error => {
            "The job failed for good: nothing happens until the client does something. Resume \
             tries again, Cancel gives up, Complete keeps the files that are finished."
        }
        JobState::TransientError => {
            "The job failed for now, or there is no network: the service goes on by itself \
             after the retry delay or when the cause ends."
        }
        JobState::Transferred => {
            "Every file has been transferred; the files get their names when the client calls \
             Complete."
        }
        JobState::Acknowledged => {
            "The client called Complete. Final: the job is gone from every list."
        }
        JobState::Cancelled => "The job was cancelled by the client or for inactivity. Final.",
    }
}

/// What each state of a download means.
pub(super) fn download_states() -> Group {
    let name = |state: &DownloadState| Name::new(state.name(), download_state(*state));
    DownloadState::ALL.iter().map(name).collect()
}

const fn download_state(state: DownloadState) -> &'static str {
    match state {
        DownloadState::Created => "The download was made and waits for its first Start.",
        DownloadState::Transferring => {
            "The download runs: it connects, moves data, or waits to try again after an error \
             (`extended_error`, on the agent `error`)."
        }
        DownloadState::Transferred => {
            "Everything asked for has arrived; it is done with when the client calls Finalize."
        }
        DownloadState::Finalized => "The client called Finalize. Final.",
        DownloadState::Aborted => "The client called Abort. Final.",
        DownloadState::Paused => {
            "The download rests. `error` and `extended_error` tell why: both S_OK, the client \
             called Pause; `extended_error` alone, something is in the way (no network, its \
             cost) and the download goes on by itself when it ends; `error` as well, it failed. \
             After Pause and after a failure only Start goes on."
        }
    }
}

/// All states with and without their prefixes, in four groups.
pub(super) fn states() -> Vec<Group> {
    let jobs = JobState::ALL.iter().map(|state| Name::new(state.full_name(), job_state(*state)));
    let downloads = DownloadState::ALL.iter();
    let downloads = downloads.map(|state| Name::new(state.full_name(), download_state(*state)));
    vec![job_states(), download_states(), jobs.collect(), downloads.collect()]
}

/// Every HRESULT with a documented name: those of BITS, of HTTP, of Delivery Optimization, of
/// Windows. The words that stand for one come last.
pub(super) fn hresults() -> Vec<Group> {
    let mut groups: [Group; 5] = Default::default();
    let tables = [
        (hresult::KNOWN, hresult::MEANINGS),
        (hresult::delivery::KNOWN, hresult::delivery::MEANINGS),
    ];
    let mut seen: Vec<&str> = Vec::new();
    for (known, meaning) in tables.iter().flat_map(|(known, means)| known.iter().zip(*means)) {
        if seen.contains(&known.name) {
            continue;
        }
        seen.push(known.name);
        let group = match known.name {
            name if name.starts_with("BG_E_HTTP_ERROR_") => 1,
            name if name.starts_with("BG_") => 0,
            name if name.starts_with("DO_") => 2,
            _ => 3,
        };
        let means = meaning_of(known, meaning);
        // The reader takes what stands between the brackets alone.
        let short = known.name.strip_prefix("HRESULT_FROM_WIN32(");
        if let Some(short) = short.and_then(|rest| rest.strip_suffix(')')) {
            groups[group].push(Name::new(short, means.clone()));
        }
        groups[group].push(Name::new(known.name, means));
    }
    groups[4].push(Name::new(
        "unavailable",
        "The code by which the service says that there is no error information: \
         `BG_E_ERROR_INFORMATION_UNAVAILABLE` on `bits`, `DO_E_ERROR_INFORMATION_UNAVAILABLE` on \
         `do-legacy`.",
    ));
    groups.into()
}

fn meaning_of(known: &Known, meaning: &str) -> String {
    let words = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
    let class = match known.class {
        Class::Transient => " As the error of a job it is transient: the service tries again.",
        Class::Fatal => " As the error of a job it is fatal.",
        _ => "",
    };
    let here = match known.code {
        Hresult::ERROR_NOT_LOGGED_ON => " No call returns it in bitsim; see `log_off`.",
        _ => "",
    };
    format!("{words}{class}{here} `0x{:08X}`", known.code.0)
}

/// Every rule, one group for each family.
pub(super) fn rules() -> Vec<Group> {
    let mut groups: Vec<(String, Group)> = Vec::new();
    for rule in RuleId::ALL {
        let family = families::of(*rule);
        let sentence = rulebook::rule(*rule).map_or("", |rule| rule.rule.trim());
        let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = Name::new(rule.text(), sentence);
        match groups.iter_mut().find(|(known, _)| known == family) {
            Some((_, group)) => group.push(name),
            None => groups.push((family.to_owned(), vec![name])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Every target that `run_on` takes.
pub(super) fn targets() -> Group {
    let mut names = vec![Name::new("bits", "BITS as current Windows ships it, version 10.3.")];
    for version in BITS_VERSIONS {
        names.push(Name::new(format!("bits@{version}"), format!("BITS {version}.")));
    }
    let delivery = [
        (Target::DO_LEGACY, "Delivery Optimization behind the interfaces of BITS."),
        (Target::DO_DOWNLOAD, "Delivery Optimization of Windows: IDOManager and IDODownload."),
        (Target::DO_AGENT, "The same interfaces as the open-source agent of Linux has them."),
    ];
    names.extend(delivery.map(|(target, means)| Name::new(target.to_string(), means)));
    names
}

/// Every target, and the names that stand for several.
pub(super) fn targets_and_services() -> Group {
    let mut names = targets();
    for name in &mut names {
        match name.name.as_str() {
            "bits" => name.means = "Every version of BITS in `run_on`.".to_owned(),
            "do-download" => {
                name.means = "Both `do-download` and `do-download@agent`, as far as `run_on` \
                              names them."
                    .to_owned();
            }
            _ => {}
        }
    }
    names.push(Name::new("do-download@windows", "Downloads of Windows, without the agent."));
    names
}

/// Properties of a download, in two groups: without and with their prefix.
pub(super) fn properties() -> Vec<Group> {
    let all = DownloadProperty::ALL.iter();
    let means =
        |known: &DownloadProperty| format!("{} Number {}.", property(*known), known.value());
    let short = all.clone().map(|known| Name::new(known.name(), means(known)));
    let full = all.map(|known| Name::new(known.full_name(), means(known)));
    vec![short.collect(), full.collect()]
}

const fn property(property: DownloadProperty) -> &'static str {
    use DownloadProperty as P;
    match property {
        P::Id => "The GUID of the download; can only be read.",
        P::Uri => "Where the file comes from.",
        P::ContentId => "The id of published content.",
        P::DisplayName => "A text for people.",
        P::LocalPath => "The full path of the file that is written.",
        P::HttpCustomHeaders => "Headers of each request.",
        P::CostPolicy => "Over which networks the download may transfer.",
        P::SecurityFlags => "Flags of the connection; can only be set.",
        P::CallbackFreqPercent => "Percent of the whole between two callbacks about progress.",
        P::CallbackFreqSeconds => "Seconds between two callbacks about progress.",
        P::NoProgressTimeoutSeconds => "Seconds without a new byte until the download fails.",
        P::ForegroundPriority => "True for a download in the foreground.",
        P::BlockingMode => "True if Start returns only when the download ends.",
        P::CallbackInterface => "The object whose OnStatusChange is called.",
        P::StreamInterface => "The object that takes the bytes.",
        P::SecurityContext => "A certificate; can only be set.",
        P::NetworkToken => "A token for the network; can only be set.",
        P::CorrelationVector => "A text by which telemetry is brought together.",
        P::DecryptionInfo => "How the file is decrypted; can only be set.",
        P::IntegrityCheckInfo => "Where the hashes of the pieces come from; can only be set.",
        P::IntegrityCheckMandatory => "True if a failed check of hashes ends the download.",
        P::TotalSizeBytes => "The size of the file as the caller knows it.",
        P::DisallowOnCellular => "True if nothing is transferred over a cellular network.",
        P::HttpCustomAuthHeaders => "The answer to a server that asks who is there.",
        P::HttpAllowSecureToNonSecureRedirect => {
            "True if a redirect from https to http is followed."
        }
        P::NonVolatile => "True if the download outlives a restart of the service.",
    }
}

/// What the agent can be made to do wrong.
pub(super) fn defects() -> Group {
    let means = |defect: Defect, rule: &str| {
        let what = match defect {
            Defect::AppendsFullAnswer => {
                "A server that answers a request for the rest of a file with the whole file makes \
                 the file too long."
            }
            Defect::EndsProcess => {
                "An answer of unknown length that is cut off ends the whole process of the agent."
            }
            Defect::PauseIsNotSticky => {
                "Pause while an error is being waited out does not keep the download from going \
                 on by itself."
            }
            Defect::StaleNetworkCheck => {
                "A look at the network that was planned before Start happens all the same and \
                 resumes the download a second time."
            }
            Defect::AbortDeletesForeignFile => "Abort deletes whatever lies at the local path.",
        };
        format!("{what} Breaks {rule}.")
    };
    let name = |(defect, name, rule): &(Defect, &str, &str)| Name::new(*name, means(*defect, rule));
    Defect::ALL.iter().map(name).collect()
}

/// An open question of the documentation.
pub(super) struct Question {
    pub(super) key: &'static str,
    pub(super) rules: &'static str,
    pub(super) readings: &'static [&'static str],
    /// What the pages leave open, in Markdown.
    pub(super) open: String,
}

/// Every open question that a scenario may answer its own way.
pub(super) fn questions() -> Vec<Question> {
    let question =
        |(key, rules, readings): &(&'static str, &'static str, &'static [&'static str])| {
            let ids = rules.split([',', ' ']).filter_map(RuleId::parse);
            let mut notes =
                ids.filter_map(rulebook::rule).filter_map(|rule| rule.ambiguity.as_ref());
            let note = notes.next().map_or("", |ambiguity| ambiguity.note.trim());
            let note = note.split_whitespace().collect::<Vec<_>>().join(" ");
            Question { key, rules, readings, open: note }
        };
    Stands::QUESTIONS.iter().map(question).collect()
}
