//! Stories that follow from a story.

use super::{Act, Job, Step, Story};
use bitsim_vocab::call::Call;
use bitsim_vocab::download::DownloadCall;
use bitsim_vocab::world::{Block, Disturbance, PathOperation};
use bitsim_vocab::{ClientId, JobId, ServerId, Service, Span, UserId};

/// More room than any volume needs, in bytes.
const PLENTY: u64 = 1 << 50;

impl Story {
    /// The same story with an end in which nothing keeps jobs from being transferred any more.
    pub fn with_everything_healed(mut self) -> Self {
        let acts = self.healing();
        self.steps.extend(acts.into_iter().map(|act| Step { after: Span::ZERO, act }));
        self
    }

    /// What happens at that end, all at once.
    pub(super) fn healing(&self) -> Vec<Act> {
        let downloads = self.setup.target.service == Service::DoDownload;
        let mut acts = if downloads { self.reopened() } else { Vec::new() };
        acts.extend(self.healed());
        if downloads {
            let start = |(id, job): (JobId, &Job)| {
                Act::Call(job.client, Call::Download(id, DownloadCall::Start(None)))
            };
            acts.extend((0..).map(JobId).zip(&self.jobs).map(start));
        }
        acts
    }

    /// The service takes calls, every client is there to make them, and every file can be put
    /// where it belongs.
    fn reopened(&self) -> Vec<Act> {
        use Disturbance as D;
        let denied = self.steps.iter().filter_map(|step| match &step.act {
            Act::Disturb(D::PathDenied(path, PathOperation::Rename)) => {
                Some(D::PathAllowed(path.clone(), PathOperation::Rename))
            }
            _ => None,
        });
        let clients = (0..).map(ClientId).take(self.setup.clients.len()).map(D::ClientStarts);
        [D::ServiceStarts].into_iter().chain(clients).chain(denied).map(Act::Disturb).collect()
    }

    fn healed(&self) -> Vec<Act> {
        use Disturbance as D;
        let people = (0..).map(UserId).zip(&self.setup.users);
        let people = people.filter(|(_, user)| !user.kind.is_service_account());
        let log_on = people.map(|(id, _)| Act::Disturb(D::LogOn(id)));
        let heal = (0..).map(ServerId).zip(&self.setup.servers).map(|(id, _)| Act::Heal(id));
        let mut acts: Vec<Act> = log_on.chain(heal).collect();
        let blocks: &[Block] = match self.setup.target.service {
            Service::Bits => &Block::BITS,
            Service::DoLegacy | Service::DoDownload => &Block::DELIVERY,
        };
        acts.extend(blocks.iter().map(|block| Act::Disturb(D::BlockEnds(*block))));
        if self.setup.target.service != Service::Bits {
            acts.push(Act::Disturb(D::NetworkConditions(Vec::new())));
        }
        let volume = || "C:".to_owned();
        let rest = [
            D::Bandwidth(None),
            D::VolumeUnlocked(volume()),
            D::VolumeSpace(volume(), PLENTY),
            D::NetworkRegained,
        ];
        acts.extend(rest.map(Act::Disturb));
        acts
    }

    /// The same story with the wall clock set differently at the start and moved again and again.
    pub fn with_another_wall_clock(mut self) -> Self {
        self.setup.wall_start = self.setup.wall_start + Span::days(1_000);
        let mut steps = Vec::new();
        for (n, step) in (0..).zip(self.steps) {
            let days: i64 = if n % 2 == 0 { 30 - n } else { n - 60 };
            let ticks = days * 86_400 * 10_000_000;
            let early = Span::millis(step.after.0 / 20_000);
            let move_clock = Act::Disturb(Disturbance::WallClockMoves(ticks));
            steps.push(Step { after: early, act: move_clock });
            steps.push(Step { after: Span(step.after.0 - early.0), act: step.act });
        }
        self.steps = steps;
        self
    }

    /// Whether the service or the computer restarts in it.
    pub fn restarts(&self) -> bool {
        self.steps.iter().any(|step| {
            let restart = Act::Disturb(Disturbance::ComputerRestarts) == step.act;
            restart || matches!(step.act, Act::Disturb(Disturbance::ServiceRestarts { .. }))
        })
    }
}
