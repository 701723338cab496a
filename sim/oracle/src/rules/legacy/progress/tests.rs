use super::*;
use crate::rules::testing::{Story, delivery};
use bitsim_vocab::FileId;
use bitsim_vocab::call::Progress as Figures;
use bitsim_vocab::trace::FileChange;

fn half() -> Story {
    delivery().at(1).file(0, FileChange::Sized(100)).bytes(0, 40)
}

fn told(bytes_transferred: u64, bytes_total: u64, files_transferred: u32) -> Story {
    let figures = Figures { bytes_total, bytes_transferred, files_total: 1, files_transferred };
    half().get(JobCall::GetProgress, Reply::Progress(figures))
}

#[test]
fn nothing_exceeds_its_total() {
    let rule = RuleId::DO_PROGRESS_004;
    half().holds(rule);
    half().bytes(0, 101).breaks(rule);
    told(40, 100, 0).holds(rule);
    told(140, 100, 0).breaks(rule);
    let file = |bytes_transferred| {
        let reply = Reply::FileProgress { bytes_total: 100, bytes_transferred, completed: false };
        half().get(JobCall::GetFileProgress(FileId(0)), reply)
    };
    file(40).holds(rule);
    file(140).breaks(rule);
    delivery().at(1).bytes(0, 140).leaves(rule);
}

#[test]
fn figures_fit_together() {
    let rule = RuleId::DO_PROGRESS_005;
    told(40, 100, 0).holds(rule);
    told(40, 100, 2).breaks(rule);
    told(30, 100, 0).breaks(rule);
}
