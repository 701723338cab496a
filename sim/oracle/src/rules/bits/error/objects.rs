//! Error objects that clients hold: what their methods answer.

use crate::findings::Findings;
use crate::rules::about;
use crate::view::View;
use bitsim_vocab::call::ErrorCall;
use bitsim_vocab::hresult::WithNumber;
use bitsim_vocab::trace::{Called, ErrorInfo, Protocol};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{ClientId, ErrorContext, ErrorObjectId, Event, Hresult, JobId, Reply, RuleId};

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
    info: ErrorInfo,
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

    /// How often the client has ended.
    pub(super) fn exits(&self, client: ClientId) -> u32 {
        self.exits.get(client.index()).copied().unwrap_or(0)
    }

    /// GetError handed out an object.
    pub(super) fn handed(
        &mut self,
        object: ErrorObjectId,
        job: JobId,
        holder: ClientId,
        info: ErrorInfo,
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
        if handed.holder != called.by {
            return;
        }
        if self.exits(called.by) != handed.exits {
            return about::ensure(
                out,
                RuleId::BITS_ERROR_008,
                called.hr.failed(),
                handed.job,
                event,
                || {
                    (
                        "an error object of `{job}` outlived the client that held it".to_owned(),
                        "the object to be void".to_owned(),
                        WithNumber(called.hr).to_string(),
                    )
                },
            );
        }
        if view.restarts != handed.restarts {
            return;
        }
        match call {
            ErrorCall::GetError => handed.error(event, called, out),
            ErrorCall::GetFile => handed.file(event, called, out),
            ErrorCall::GetProtocol => handed.protocol(event, called, out),
        }
    }
}

impl Handed {
    /// BITS-ERROR-010: code and context are delivered with S_OK.
    fn error(&self, event: &Event, called: &Called, out: &mut Findings) {
        let got = match called.reply {
            Reply::Error(_, info) if called.hr == Hresult::S_OK => Some(info),
            _ => None,
        };
        let ok = got.is_some_and(|info| {
            info.code.failed() && info.code == self.info.code && info.context == self.info.context
        });
        about::ensure(out, RuleId::BITS_ERROR_010, ok, self.job, event, || {
            let words = |info: ErrorInfo| format!("{} in {}", WithNumber(info.code), info.context);
            (
                "IBackgroundCopyError::GetError did not deliver the error of `{job}`".to_owned(),
                format!("{} with {}", Hresult::S_OK, words(self.info)),
                got.map_or_else(|| WithNumber(called.hr).to_string(), words),
            )
        });
    }

    /// BITS-ERROR-012: a file for the contexts that are about one, else
    /// BG_E_FILE_NOT_AVAILABLE.
    fn file(&self, event: &Event, called: &Called, out: &mut Findings) {
        let none = called.hr == Hresult::BG_E_FILE_NOT_AVAILABLE && called.reply == Reply::None;
        let file = match called.reply {
            Reply::File(file) if called.hr == Hresult::S_OK => {
                self.info.file.is_none_or(|known| known == file)
            }
            _ => false,
        };
        let (ok, expected) = match self.info.context {
            ErrorContext::LocalFile | ErrorContext::RemoteFile => (file, Hresult::S_OK),
            // The upload file is known, but the fault is elsewhere.
            ErrorContext::RemoteApplication => (file || none, Hresult::S_OK),
            _ => (none, Hresult::BG_E_FILE_NOT_AVAILABLE),
        };
        about::ensure(out, RuleId::BITS_ERROR_012, ok, self.job, event, || {
            let number = |file: Option<u32>| {
                file.map_or_else(String::new, |file| format!(" and file {}", file + 1))
            };
            let known = self.info.file.filter(|_| expected.succeeded());
            let got = match called.reply {
                Reply::File(file) => Some(file.0),
                _ => None,
            };
            (
                format!("GetFile of an error of `{{job}}` in {}", self.info.context),
                format!("{}{}", WithNumber(expected), number(known.map(|file| file.0))),
                format!("{}{}", WithNumber(called.hr), number(got)),
            )
        });
    }

    /// BITS-ERROR-013: `http` or `file` for the contexts that are about the transfer, else
    /// BG_E_PROTOCOL_NOT_AVAILABLE.
    fn protocol(&self, event: &Event, called: &Called, out: &mut Findings) {
        let none = called.hr == Hresult::BG_E_PROTOCOL_NOT_AVAILABLE && called.reply == Reply::None;
        let text = match &called.reply {
            Reply::Text(text) if called.hr == Hresult::S_OK => {
                let known = |protocol: Protocol| protocol.text() == text;
                match self.info.protocol {
                    Some(protocol) => known(protocol),
                    None => known(Protocol::Http) || known(Protocol::File),
                }
            }
            _ => false,
        };
        let about_transfer = matches!(
            self.info.context,
            ErrorContext::RemoteFile
                | ErrorContext::GeneralTransport
                | ErrorContext::RemoteApplication
        );
        let ok = if about_transfer { text } else { none };
        about::ensure(out, RuleId::BITS_ERROR_013, ok, self.job, event, || {
            let expected = match (about_transfer, self.info.protocol) {
                (false, _) => WithNumber(Hresult::BG_E_PROTOCOL_NOT_AVAILABLE).to_string(),
                (true, Some(protocol)) => format!("`{}`", protocol.text()),
                (true, None) => "`http` or `file`".to_owned(),
            };
            let got = match &called.reply {
                Reply::Text(text) => format!("`{text}`"),
                _ => WithNumber(called.hr).to_string(),
            };
            (
                format!("GetProtocol of an error of `{{job}}` in {}", self.info.context),
                expected,
                got,
            )
        });
    }
}
