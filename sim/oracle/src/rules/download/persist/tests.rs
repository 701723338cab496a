use super::*;
use crate::rules::download::testing::{OK, Tale, of, paused};
use crate::rules::testing::{APP, OTHER};
use bitsim_vocab::download::{DownloadCall, Value};
use bitsim_vocab::{ClientId, Reply, Target};

const RESTART: Disturbance = Disturbance::ServiceRestarts { list_readable: true };
const NOT_SET: Hresult = Hresult::E_NOT_SET;

fn list(tale: Tale, by: ClientId, jobs: &[u32]) -> Tale {
    let jobs: Vec<JobId> = jobs.iter().copied().map(JobId).collect();
    let none = jobs.is_empty();
    let hr = if none { Hresult::DO_E_NO_DOWNLOADS } else { OK };
    let reply = if none { Reply::None } else { Reply::Jobs(jobs) };
    tale.called(by, Call::EnumDownloads(None), hr, reply)
}

fn aborted(tale: Tale) -> Tale {
    tale.call(DownloadCall::Abort, OK).to(of(DownloadState::Aborted), Row::Abort)
}

#[test]
fn only_saved_downloads_outlive_the_service() {
    let rule = RuleId::DOD_PERSIST_001;
    let tale = Tale::windows().start().at(1).env(RESTART);
    tale.clone().gone().call(DownloadCall::GetStatus, NOT_SET).follows(rule);
    tale.clone().at(100).breaks(rule);
    tale.clone().gone().call(DownloadCall::Pause, OK).breaks(rule);
    list(tale.gone(), APP, &[0]).breaks(rule);
    let saved = Tale::windows().set(DownloadProperty::NonVolatile, Value::Flag(true), OK);
    let saved = saved.start().at(1).env(RESTART);
    let halted = saved.clone().ends(AttemptOutcome::Halted { by: Row::RestartSaved });
    let rests = halted.to(paused(OK, OK), Row::RestartSaved).at(100);
    list(rests.clone(), APP, &[0]).follows(rule);
    rests.clone().follows(rule);
    list(rests.clone(), APP, &[]).breaks(rule);
    saved.gone().breaks(rule);
    // Nothing is owed to a list that cannot be read.
    let lost = rests.env(Disturbance::ServiceRestarts { list_readable: false }).gone();
    lost.at(200).call(DownloadCall::GetStatus, NOT_SET).leaves(rule);
}

#[test]
fn what_was_saved_once_need_not_be_saved_again() {
    let rule = RuleId::DOD_PERSIST_001;
    let saved = |tale: Tale, saved| tale.set(DownloadProperty::NonVolatile, Value::Flag(saved), OK);
    let halted = |tale: Tale| {
        let tale = tale.env(RESTART).ends(AttemptOutcome::Halted { by: Row::RestartSaved });
        tale.to(paused(OK, OK), Row::RestartSaved).at(10)
    };
    let tale = halted(saved(Tale::windows(), true).start().at(1));
    let volatile = saved(tale.clone(), false).env(RESTART);
    volatile.clone().gone().at(100).follows(rule);
    volatile.at(100).breaks(rule);
    tale.env(RESTART).gone().breaks(rule);
}

#[test]
fn a_download_outlives_its_creator() {
    let rule = RuleId::DOD_PERSIST_002;
    for tale in Tale::both() {
        let tale = tale.start().at(1).env(Disturbance::ClientExits(APP));
        tale.clone().at(5).arrives().follows(rule);
        tale.clone().to(of(DownloadState::Aborted), Row::ClientExits).breaks(rule);
        tale.clone().to(of(DownloadState::Aborted), Row::Abort).breaks(rule);
        tale.clone().ends(AttemptOutcome::Halted { by: Row::ClientExits }).breaks(rule);
        tale.gone().breaks(rule);
    }
}

#[test]
fn the_agent_forgets_everything() {
    let rule = RuleId::DOD_PERSIST_003;
    let tale = Tale::agent().start().at(1).env(RESTART);
    tale.clone().gone().call(DownloadCall::GetStatus, NOT_SET).follows(rule);
    tale.clone().at(100).breaks(rule);
    tale.gone().call(DownloadCall::Pause, OK).breaks(rule);
}

#[test]
fn the_agent_does_not_know_what_has_ended() {
    let rule = RuleId::DOD_PERSIST_004;
    let tale = aborted(Tale::agent()).gone().at(1);
    tale.clone().call(DownloadCall::GetStatus, NOT_SET).follows(rule);
    tale.clone().call(DownloadCall::Abort, Hresult::DO_E_INVALID_STATE).breaks(rule);
    tale.call(DownloadCall::GetStatus, OK).breaks(rule);
}

#[test]
fn enum_lists_the_downloads_of_the_user() {
    let rule = RuleId::DOD_ENUM_001;
    let tale = Tale::windows().create().ready();
    list(tale.clone(), APP, &[0, 1]).follows(rule);
    list(tale.clone(), APP, &[1]).breaks(rule);
    list(tale.clone(), OTHER, &[]).follows(rule);
    list(tale.clone(), OTHER, &[0]).breaks(rule);
    tale.called(APP, Call::EnumDownloads(None), Hresult::E_NOTIMPL, Reply::None).breaks(rule);
}

#[test]
fn enum_does_not_list_what_has_ended() {
    let rule = RuleId::DOD_ENUM_003;
    let tale = aborted(Tale::windows()).at(1);
    list(tale.clone(), APP, &[]).follows(rule);
    list(tale.clone(), APP, &[0]).breaks(rule);
    let nothing = Reply::Jobs(Vec::new());
    tale.called(APP, Call::EnumDownloads(None), OK, nothing).breaks(rule);
}

#[test]
fn no_download_without_the_service() {
    let rule = RuleId::DOD_SERVICE_001;
    for target in [Target::DO_DOWNLOAD, Target::DO_AGENT] {
        let create = |tale: Tale, hr| tale.called(APP, Call::CreateDownload, hr, Reply::None);
        let stopped = Tale::on(target).env(Disturbance::ServiceStops);
        create(stopped.clone(), Hresult::DO_E_NO_SERVICE).follows(rule);
        create(stopped.clone(), Hresult::E_FAIL).breaks(rule);
        stopped.clone().create().breaks(rule);
        let runs = stopped.env(Disturbance::ServiceStarts);
        create(runs, Hresult::DO_E_NO_SERVICE).breaks(rule);
    }
}
