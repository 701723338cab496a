//! When each guard of the transition table holds, and what forbids a download to run.

use super::Downloads;
use super::apply::Cause;
use super::properties;
use super::record::{Download, Output};
use super::table::Guard;
use crate::disk::directory_of;
use bitsim_vocab::download::{CostPolicy, DownloadCall, DownloadProperty, Row};
use bitsim_vocab::world::{Defect, NetworkCondition, PathOperation};
use bitsim_vocab::{Hresult, JobId, Profile};

impl Downloads {
    /// True if the guard holds for a download that the cause reaches.
    pub(super) fn holds(&self, guard: Guard, id: JobId, cause: &Cause<'_>) -> bool {
        let download = self.download(id);
        let path = download.path().unwrap_or_default();
        let directory = directory_of(path);
        match guard {
            Guard::Otherwise => true,
            Guard::Agent => self.is_agent(),
            Guard::Windows => !self.is_agent(),
            Guard::Defect(defect) => self.has_defect(defect),
            Guard::NoUri => no_uri(download),
            Guard::OtherSink => match cause.row {
                Row::SetStream => download.path().is_some(),
                _ => download.streams(),
            },
            Guard::SameRanges => match cause.call {
                Some(DownloadCall::Start(Some(ranges))) => download.ranges.as_ref() == Some(ranges),
                _ => true,
            },
            Guard::LengthUnknown => self.is_agent() && download.done > 0 && download.total == 0,
            Guard::ProcessEnds => {
                self.has_defect(Defect::EndsProcess)
                    && download.done > 0
                    && download.total < download.done
            }
            Guard::OutputExists => self.env.disk.file(path).is_some(),
            Guard::NoDirectory => self.env.disk.is_denied(directory, PathOperation::Exist),
            Guard::CannotRename => {
                let disk = &self.env.disk;
                let kept = disk.is_locked(path) || disk.is_denied(path, PathOperation::Rename);
                !self.is_agent() && kept
            }
            Guard::AnotherCause => {
                let code = cause.incident.map(|incident| incident.code);
                code != Some(download.standing.extended_error)
            }
            Guard::StillBlocked => self.forbidding(id).is_some(),
            Guard::TransientZone => !self.is_agent() && cause.code().is_transient_delivery(),
        }
    }

    pub(super) fn profile(&self) -> Profile {
        self.env.setup.target.profile
    }

    pub(super) fn is_agent(&self) -> bool {
        self.profile() == Profile::Agent
    }

    /// The run asks for this defect of the agent.
    pub(super) fn has_defect(&self, defect: Defect) -> bool {
        self.is_agent() && self.env.setup.delivery.defects.contains(&defect)
    }

    /// The code of what forbids a download to run: the network first, then policies.
    pub(super) fn forbidding(&self, id: JobId) -> Option<Hresult> {
        if self.env.network {
            self.policy_against(id)
        } else {
            Some(Hresult::DO_E_BLOCKED_BY_NO_NETWORK)
        }
    }

    /// The code of the policy that forbids a download to run: blocks in force in the order in which
    /// they began, then the kind of the network.
    pub(super) fn policy_against(&self, id: JobId) -> Option<Hresult> {
        let block = self.env.blocks.iter().find_map(|block| block.delivery_code());
        block.or_else(|| self.conditions_against(self.download(id)))
    }

    fn conditions_against(&self, download: &Download) -> Option<Hresult> {
        let any = |of: &[NetworkCondition]| self.conditions.iter().any(|it| of.contains(it));
        use NetworkCondition::{Cellular, Metered, NearDataLimit, OverDataLimit, Roaming};
        let policy = cost_policy(download);
        let disallowed = download.flag(DownloadProperty::DisallowOnCellular);
        let cellular = disallowed || policy == CostPolicy::NoCellular;
        if cellular && any(&[Cellular]) {
            return Some(Hresult::DO_E_BLOCKED_BY_CELLULAR_POLICY);
        }
        let forbidden = match policy {
            CostPolicy::Always | CostPolicy::NoCellular => false,
            CostPolicy::Unrestricted => any(&[Metered, NearDataLimit, OverDataLimit, Roaming]),
            CostPolicy::Standard => any(&[NearDataLimit, OverDataLimit]),
            CostPolicy::NoRoaming => any(&[Roaming]),
            CostPolicy::NoSurcharge => any(&[OverDataLimit]),
        };
        forbidden.then_some(Hresult::DO_E_BLOCKED_BY_COST_TRANSFER_POLICY)
    }

    /// True if the output file of a start cannot be had.
    pub(super) fn has_no_output(&self, download: &Download) -> bool {
        let Some(path) = download.path() else { return false };
        if download.ranges.is_some() {
            let missing = self.env.disk.file(path).is_none();
            return self.is_agent() && download.output != Output::None && missing;
        }
        let directory = directory_of(path);
        let denied = self.env.disk.is_denied(directory, PathOperation::Write);
        let agent = self.is_agent()
            && (self.env.disk.file(path).is_some()
                || self.env.disk.is_denied(directory, PathOperation::Exist));
        denied || agent
    }
}

/// Nothing says what is to be fetched.
pub(super) fn no_uri(download: &Download) -> bool {
    download.uri().is_empty() && download.text(DownloadProperty::ContentId).is_none()
}

/// The policy in force; without one of its own a foreground download runs always and a background
/// one stays away from the data limit (DOD-COST-004).
fn cost_policy(download: &Download) -> CostPolicy {
    let own = download.number(DownloadProperty::CostPolicy).and_then(properties::policy);
    let foreground = download.flag(DownloadProperty::ForegroundPriority);
    own.unwrap_or(if foreground { CostPolicy::Always } else { CostPolicy::Standard })
}
