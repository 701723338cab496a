//! Error objects that clients hold: what their methods answer.

use super::{FileDue, Info, Seen, absent, codes, same, words};
use crate::findings::Findings;
use crate::rules::about;
use crate::view::View;
use bitsim_vocab::call::ErrorCall;
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::Called;
use bitsim_vocab::world::Setup;
use bitsim_vocab::{ClientId, ErrorObjectId, Event, FileId, Hresult, JobId, Reply, RuleId};

/// Every error object that GetError handed out.
#[derive(Debug, Clone)]
pub(super) struct Objects {
    handed: Vec<Handed>,
    /// How often each client has ended.
    exits: Vec<u32>,
}

/// One object.
#[derive(Debug, Clone, Copy)]
struct Handed {
    job: JobId,
    holder: ClientId,
    /// How often the holder had ended by then.
    exits: u32,
    /// How often the service had started again by then.
    restarts: u32,
    /// What it holds by the rules; nothing if it should not exist.
    info: Option<Info>,
}

impl Objects {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { handed: Vec::new(), exits: vec![0; setup.clients.len()] }
    }

    /// A client ended.
    pub(super) fn ends(&mut self, client: ClientId) {
        if let Some(exits) = self.exits.get_mut(client.index()) {
            *exits += 1;
        }
    }

    /// Every client ended.
    pub(super) fn all_end(&mut self) {
        for exits in &mut self.exits {
            *exits += 1;
        }
    }

    fn exits(&self, client: ClientId) -> u32 {
        self.exits.get(client.index()).copied().unwrap_or(0)
    }

    /// GetError handed out an object.
    pub(super) fn handed(
        &mut self,
        object: ErrorObjectId,
        job: JobId,
        holder: ClientId,
        info: Option<Info>,
        restarts: u32,
    ) {
        if object.index() == self.handed.len() {
            let exits = self.exits(holder);
            self.handed.push(Handed { job, holder, exits, restarts, info });
        }
    }

    /// Judges a call of a method of an object.
    pub(super) fn called(
        &self,
        view: &View,
        event: &Event,
        called: &Called,
        object: ErrorObjectId,
        call: ErrorCall,
        out: &mut Findings,
    ) {
        let Some(handed) = self.handed.get(object.index()) else { return };
        let held = handed.holder == called.by && self.exits(called.by) == handed.exits;
        if !held || view.restarts != handed.restarts {
            return;
        }
        match call {
            ErrorCall::GetError => handed.error(event, called, out),
            ErrorCall::GetFile => handed.file(event, called, out),
            ErrorCall::GetProtocol => {
                absent(view, event, called, handed.job, RuleId::DO_ERROR_005, out);
            }
        }
    }
}

impl Handed {
    /// DO-ERROR-010: code and context are delivered with S_OK.
    fn error(&self, event: &Event, called: &Called, out: &mut Findings) {
        let got = match called.reply {
            Reply::Error(_, info) if called.hr == Hresult::S_OK => Some(info),
            _ => None,
        };
        if let Some(info) = got {
            codes::told(event, info, "IBackgroundCopyError::GetError returned", Seen::Read, out);
        }
        let Some(known) = self.info else { return };
        let ok = got.is_some_and(|info| info.code.failed() && same(info, known.info));
        about::ensure(out, RuleId::DO_ERROR_010, ok, self.job, event, || {
            (
                "IBackgroundCopyError::GetError did not deliver the error of `{job}`".to_owned(),
                format!("S_OK and {}", words(known.info)),
                got.map_or_else(|| WithNumber(called.hr).to_string(), words),
            )
        });
    }

    /// DO-ERROR-007: the file for the failure of a file, else DO_E_FILE_NOT_AVAILABLE.
    fn file(&self, event: &Event, called: &Called, out: &mut Findings) {
        let (hr, not_available) = (called.hr, Hresult::DO_E_FILE_NOT_AVAILABLE);
        let none = hr == not_available && called.reply == Reply::None;
        let file = match called.reply {
            Reply::File(file) if hr == Hresult::S_OK => Some(file),
            _ => None,
        };
        let due = self.info.map_or(FileDue::Open, |info| info.file);
        let ok = match due {
            FileDue::File(due) => file == Some(due),
            FileDue::Nothing => none,
            FileDue::Open => none || file.is_some(),
        };
        about::ensure(out, RuleId::DO_ERROR_007, ok, self.job, event, || {
            let number = |file: FileId| format!("S_OK and file {}", file.0 + 1);
            let nothing = format!("{} and no file", WithNumber(not_available));
            let about = self.info.map_or_else(
                || "an error".to_owned(),
                |info| WithNumber(info.info.code).to_string(),
            );
            (
                format!(
                    "IBackgroundCopyError::GetFile told the wrong file for {about} of `{{job}}`"
                ),
                match due {
                    FileDue::File(file) => number(file),
                    FileDue::Nothing => nothing,
                    FileDue::Open => format!("S_OK and a file, or {nothing}"),
                },
                match called.reply {
                    Reply::File(file) => {
                        format!("{} and file {}", WithNumber(hr), file.0 + 1)
                    }
                    _ => format!("{} and no file", WithNumber(hr)),
                },
            )
        });
    }
}
