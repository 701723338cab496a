//! Client calls: which row of the table they are, and what they answer.

use super::apply::Cause;
use super::guards::no_uri;
use super::properties;
use super::record::Download;
use super::table::Effect;
use super::{Downloads, Hook};
use crate::env::Returned;
use crate::outside::Outside;
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadState, Row, Value};
use bitsim_vocab::trace::DownloadCreated;
use bitsim_vocab::{Call, ClientId, Happened, Hresult, JobId, Reply, Span};

impl Downloads {
    pub(super) fn answer_call(
        &mut self,
        out: &mut Outside<'_>,
        by: ClientId,
        call: &Call,
    ) -> Returned {
        match call {
            Call::CreateDownload | Call::EnumDownloads(_)
                if self.closed && !self.is_sabotaged(Hook::ClosedServiceAnswers) =>
            {
                self.env.answer(out, by, call, Hresult::DO_E_NO_SERVICE, Reply::None)
            }
            Call::CreateDownload => self.create(out, by, call),
            Call::EnumDownloads(category) => {
                let (hr, reply) = self.enumerate(by, category.as_ref());
                self.env.answer(out, by, call, hr, reply)
            }
            Call::Download(id, method) => self.download_call(out, by, call, *id, method),
            // The interfaces of BITS are another service's.
            Call::CreateJob { .. }
            | Call::GetJob(_)
            | Call::EnumJobs { .. }
            | Call::Job(..)
            | Call::ErrorObject(..) => {
                self.env.answer(out, by, call, Hresult::E_NOTIMPL, Reply::None)
            }
        }
    }

    fn create(&mut self, out: &mut Outside<'_>, by: ClientId, call: &Call) -> Returned {
        let job = JobId(self.downloads.len() as u32);
        let guid = self.env.guid(out, job);
        let returned = self.env.answer(out, by, call, Hresult::S_OK, Reply::Job(job));
        let owner = self.env.user_of(by);
        let mut new = Download::new(guid, owner, by, self.env.now);
        if self.is_sabotaged(Hook::NewDownloadsHaveASize) {
            new.total = 4096;
        }
        self.downloads.push(new);
        let created = DownloadCreated { job, guid, owner, by };
        self.env.emit(out, Happened::DownloadCreated(Box::new(created)));
        let due = self.env.now + self.env.setup.delivery.age_limit;
        self.downloads.set(job, crate::timers::Due::AgeLimit, due);
        returned
    }

    /// EnumDownloads: the downloads of the caller's user that match the category.
    fn enumerate(&self, by: ClientId, category: Option<&(u32, String)>) -> (Hresult, Reply) {
        let property = match category {
            None => None,
            Some((number, text)) => match DownloadProperty::from_value(*number) {
                Some(property) if is_category(property) => Some((property, text.as_str())),
                _ => return (Hresult::E_INVALIDARG, Reply::None),
            },
        };
        let user = self.env.user_of(by);
        let cause = Cause { by: Some(by), ..Cause::event(Row::EnumDownloads) };
        let listed = |id: &JobId| {
            let download = self.download(*id);
            if download.gone || download.owner != user {
                return false;
            }
            let case = self.decide(*id, &cause);
            let matches = property.is_none_or(|(property, text)| match property {
                DownloadProperty::Id => is_guid(text, download.guid),
                _ => download.text(property) == Some(text),
            });
            matches && case.is_some_and(|case| case.effects.contains(&Effect::List))
        };
        let found: Vec<JobId> = self.ids().filter(listed).collect();
        if found.is_empty() {
            return (Hresult::DO_E_NO_DOWNLOADS, Reply::None);
        }
        (Hresult::S_OK, Reply::Jobs(found))
    }

    fn download_call(
        &mut self,
        out: &mut Outside<'_>,
        by: ClientId,
        call: &Call,
        id: JobId,
        method: &DownloadCall,
    ) -> Returned {
        let row = match self.row_of(by, id, method) {
            Ok(row) => row,
            Err(hr) => return self.env.answer(out, by, call, hr, Reply::None),
        };
        self.settle_bytes(out, id);
        let cause = Cause { row, by: Some(by), call: Some(method), incident: None };
        let case = self.decide(id, &cause);
        let hr = case.and_then(|case| case.hr).unwrap_or(Hresult::DO_E_INVALID_STATE);
        let reply = if hr.succeeded() { self.read(id, method) } else { Reply::None };
        let returned = self.env.answer(out, by, call, hr, reply);
        if let Some(case) = case {
            if case.effects.contains(&Effect::MakeOutput) && hr.succeeded() && !self.is_agent() {
                self.take_path(out, id);
            }
            self.apply(out, id, &case, &cause);
        }
        returned
    }

    /// The row of the table that a call belongs to, or what keeps it from reaching the table: no
    /// such download, no right, or arguments that no state accepts.
    fn row_of(&self, by: ClientId, id: JobId, method: &DownloadCall) -> Result<Row, Hresult> {
        let known = self.downloads.get(id).filter(|download| !download.gone);
        let Some(download) = known else { return Err(Hresult::E_NOT_SET) };
        if self.env.user_of(by) != download.owner && !self.env.is_administrator(by) {
            return Err(Hresult::E_ACCESSDENIED);
        }
        match method {
            DownloadCall::Start(ranges) => self.start_row(download, ranges.as_deref()),
            DownloadCall::Pause => Ok(Row::Pause),
            DownloadCall::Finalize => Ok(Row::Finalize),
            DownloadCall::Abort => Ok(Row::Abort),
            DownloadCall::GetStatus => Ok(Row::GetStatus),
            DownloadCall::SetProperty(number, value) => self.setter_row(download, *number, value),
            DownloadCall::GetProperty(number) => Ok(self.getter_row(download, *number)),
        }
    }

    fn start_row(
        &self,
        download: &Download,
        ranges: Option<&[(u64, u64)]>,
    ) -> Result<Row, Hresult> {
        let state = download.standing.state;
        let row = match ranges {
            None => Row::StartNull,
            Some([]) => Row::StartWhole,
            Some(_) => Row::StartRanges,
        };
        if state.is_final() {
            return Ok(row);
        }
        let created = state == DownloadState::Created;
        if created && (no_uri(download) || (download.path().is_none() && !download.streams())) {
            return Ok(Row::StartIncomplete);
        }
        check_ranges(ranges.unwrap_or_default())?;
        let begins_or_resumes = created || state == DownloadState::Paused;
        if begins_or_resumes && row == Row::StartWhole && download.streams() {
            return Err(Hresult::DO_E_DOWNLOAD_RANGES_EXPECTED);
        }
        let mandatory = download.flag(DownloadProperty::IntegrityCheckMandatory);
        let info = download.get(DownloadProperty::IntegrityCheckInfo).is_some();
        // Nothing given is the whole file to the agent, which has no ranges.
        let begins = created && (row != Row::StartNull || self.is_agent());
        if begins && mandatory && !info {
            return Err(Hresult::DO_E_INTEGRITYCHECKINFO_UNSPECIFIED);
        }
        if (begins || state == DownloadState::Paused) && self.has_no_output(download) {
            return Ok(Row::StartNoOutput);
        }
        Ok(row)
    }

    /// A value of a wrong type is refused in whatever state that is not final; what the catalogue
    /// has a row for is left to the table.
    fn setter_row(&self, download: &Download, number: u32, value: &Value) -> Result<Row, Hresult> {
        use DownloadProperty as P;
        let Some(property) = P::from_value(number) else { return Ok(Row::UnknownProperty) };
        let row = match property {
            P::Id => return Ok(Row::SetId),
            P::Uri => Row::SetUri,
            P::LocalPath => Row::SetLocalPath,
            P::StreamInterface => Row::SetStream,
            P::NoProgressTimeoutSeconds => Row::SetNoProgress,
            _ => Row::SetOther,
        };
        let over = download.standing.state.is_final();
        let value = match properties::accept(property, value, self.profile()) {
            Ok(value) => value,
            // The URL is looked at before the state is (DOD-PROP-007).
            Err(_) if over && (row != Row::SetUri || self.is_agent()) => return Ok(row),
            Err(code) => return Err(code),
        };
        Ok(match (row, value) {
            (Row::SetUri, Value::Text(text)) if !properties::is_url(&text) => Row::SetUriMalformed,
            (Row::SetNoProgress, Value::Number(secs))
                if Span::secs(secs) < self.env.setup.delivery.least_no_progress =>
            {
                Row::SetNoProgressTooLow
            }
            _ => row,
        })
    }

    fn getter_row(&self, download: &Download, number: u32) -> Row {
        let Some(property) = DownloadProperty::from_value(number) else {
            return Row::UnknownProperty;
        };
        if property.is_write_only() {
            Row::GetWriteOnly
        } else if self.value(download, property).is_none() {
            Row::GetUnset
        } else {
            Row::GetProperty
        }
    }

    /// What GetProperty returns, if there is something.
    fn value(&self, download: &Download, property: DownloadProperty) -> Option<Value> {
        if property == DownloadProperty::Id {
            return Some(Value::Guid(download.guid));
        }
        let set = download.get(property).cloned();
        let default = || {
            let agent = properties::agent_default(property).filter(|_| self.is_agent());
            properties::default(property).or(agent)
        };
        set.or_else(default)
    }

    fn read(&self, id: JobId, method: &DownloadCall) -> Reply {
        match method {
            DownloadCall::GetStatus if self.is_sabotaged(Hook::StatusTellsNothing) => Reply::None,
            DownloadCall::GetStatus => Reply::Status(self.visible_status(id)),
            DownloadCall::GetProperty(number) => DownloadProperty::from_value(*number)
                .and_then(|property| self.value(self.download(id), property))
                .map_or(Reply::None, Reply::Value),
            _ => Reply::None,
        }
    }
}

/// The properties that EnumDownloads can filter by.
fn is_category(property: DownloadProperty) -> bool {
    matches!(
        property,
        DownloadProperty::Id
            | DownloadProperty::Uri
            | DownloadProperty::ContentId
            | DownloadProperty::DisplayName
            | DownloadProperty::LocalPath
    )
}

/// A GUID as a text, with or without braces and dashes.
fn is_guid(text: &str, guid: u128) -> bool {
    let digits: String = text.chars().filter(|c| !matches!(c, '{' | '}' | '-')).collect();
    u128::from_str_radix(&digits, 16) == Ok(guid)
}

/// No range may be empty, run beyond all numbers, or overlap another (DOD-RANGES-001).
fn check_ranges(ranges: &[(u64, u64)]) -> Result<(), Hresult> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut end = 0_u64;
    for (offset, length) in sorted {
        let to_end = length == u64::MAX;
        let next = if to_end { Some(u64::MAX) } else { offset.checked_add(length) };
        let Some(next) = next.filter(|_| length > 0) else {
            return Err(Hresult::DO_E_INVALID_RANGE);
        };
        if offset < end {
            return Err(Hresult::DO_E_OVERLAPPING_RANGES);
        }
        end = next;
    }
    Ok(())
}
