//! Why a callback did not come: nobody was registered for it, or the flags do not ask for it.

use super::Case;
use crate::names::Names;
use crate::places;
use bitsim_replay::{ExpectationFailure, Run};
use bitsim_scenario::plan::{Claim, Number};
use bitsim_vocab::call::{
    BG_NOTIFY_DISABLE, BG_NOTIFY_JOB_ERROR, BG_NOTIFY_JOB_TRANSFERRED, Call, JobCall,
};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, Value};
use bitsim_vocab::trace::{Called, Event, Happened, NoteKind, Recipient};
use bitsim_vocab::world::Disturbance;
use bitsim_vocab::{ClientId, JobId};

/// Why fewer callbacks came than were expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unheard {
    /// In a clause: ``no callback was registered from 00:05:00 on: client `updater` exited``.
    pub(super) text: String,
    /// The event that made it so, if it was one.
    pub(super) event: Option<u32>,
}

/// Why the callbacks that a demand expects did not come, if it is for want of somebody to call or
/// of a flag that asks for them.
pub(super) fn unheard(case: &Case<'_>, demand: &ExpectationFailure) -> Option<Unheard> {
    let job = demand.job?;
    let claim = places::claim_at(case.plan, demand.place)?;
    let Claim::Callbacks(kind, wanted) = claim.value else { return None };
    let events = case.run.trace.events.get(..demand.event as usize)?;
    let came = events.iter().filter(|event| is_delivery(event, job, kind)).count() as u64;
    let least = match wanted {
        Number::Exactly(n) | Number::AtLeast(n) => n,
        Number::AtMost(_) => return None,
    };
    (came < least).then(|| why(case.run, events, job, kind)).flatten()
}

fn is_delivery(event: &Event, job: JobId, kind: NoteKind) -> bool {
    match &event.what {
        Happened::NoteBegan(note) => {
            note.job == job && note.kind == kind && matches!(note.to, Recipient::Interface(_))
        }
        _ => false,
    }
}

/// Who is registered for the callbacks of a job, and what the latest call about that was.
#[derive(Debug, Default)]
struct Registered {
    client: Option<ClientId>,
    /// What took the registration away, and when.
    lost: Option<(u32, String)>,
    flags: Option<(u32, u32)>,
}

fn why(run: &Run, events: &[Event], job: JobId, kind: NoteKind) -> Option<Unheard> {
    let names = Names::of(run);
    let mut registered = Registered::default();
    for event in events {
        registered.take_in(event, job, &names);
    }
    let Registered { client, lost, flags } = registered;
    match (client, lost) {
        (None, Some((event, text))) => return Some(Unheard { text, event: Some(event) }),
        (None, None) => {
            let text = "no callback was ever registered".to_owned();
            return Some(Unheard { text, event: None });
        }
        (Some(_), _) => {}
    }
    let (event, flags) = match flags {
        Some((event, flags)) => (Some(event), flags),
        None => (None, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR),
    };
    let text = if kind.flag() == 0 {
        return None;
    } else if flags & BG_NOTIFY_DISABLE != 0 {
        format!("the notification flags 0x{flags:02X} hold BG_NOTIFY_DISABLE: nobody is called")
    } else if flags & kind.flag() == 0 {
        let name = kind.name();
        format!("the notification flags 0x{flags:02X} do not ask for {name}")
    } else {
        return None;
    };
    Some(Unheard { text, event })
}

impl Registered {
    fn take_in(&mut self, event: &Event, job: JobId, names: &Names) {
        let gone = |why: String| {
            let from = places::short(event.at);
            Some((event.seq, format!("no callback was registered from {from} on: {why}")))
        };
        match &event.what {
            Happened::Env(what) => {
                let why = match what.as_ref() {
                    Disturbance::ClientExits(client) if self.client == Some(*client) => {
                        format!("client `{}` exited", names.client(*client))
                    }
                    Disturbance::ServiceRestarts { .. } => "the service restarted".to_owned(),
                    Disturbance::ComputerRestarts => "the computer restarted".to_owned(),
                    _ => return,
                };
                if self.client.take().is_some() {
                    self.lost = gone(why);
                }
            }
            Happened::Called(called) if called.hr.succeeded() && called.call.job() == Some(job) => {
                if let Some(set) = registers(called) {
                    let before = self.client.take();
                    self.client = set.then_some(called.by);
                    if !set && before.is_some() {
                        self.lost = gone("the client took it back".to_owned());
                    }
                }
                if let Call::Job(_, JobCall::SetNotifyFlags(flags)) = called.call {
                    self.flags = Some((event.seq, flags));
                }
            }
            _ => {}
        }
    }
}

/// True for a call that registers the caller, false for one that registers nobody.
fn registers(called: &Called) -> Option<bool> {
    match &called.call {
        Call::Job(_, JobCall::SetNotifyInterface(set)) => Some(*set),
        Call::Download(_, DownloadCall::SetProperty(id, value)) => {
            let property = DownloadProperty::from_value(*id);
            (property == Some(DownloadProperty::CallbackInterface))
                .then_some(!matches!(value, Value::Empty))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use bitsim_vocab::{Hresult, Reply, SimTime, Span, WallTime};

    fn called(seq: u32, call: JobCall) -> Event {
        let wall = WallTime::default();
        let call = Call::Job(sample::JOB, call);
        let called = Called { by: ClientId(0), call, hr: Hresult::S_OK, reply: Reply::None };
        Event {
            seq,
            at: SimTime::ZERO,
            wall,
            source: None,
            what: Happened::Called(Box::new(called)),
        }
    }

    #[test]
    fn what_keeps_a_callback_away_is_named() {
        let run = sample::run();
        let why = |events: &[Event]| {
            why(&run, events, sample::JOB, NoteKind::JobModification)
                .map(|why| (why.event, why.text))
        };
        let never = "no callback was ever registered".to_owned();
        assert_eq!(why(&[]), Some((None, never)));
        let mut events = vec![called(1, JobCall::SetNotifyInterface(true))];
        let flags = "the notification flags 0x03 do not ask for JobModification".to_owned();
        assert_eq!(why(&events), Some((None, flags)));
        events.push(called(2, JobCall::SetNotifyFlags(0x0C)));
        let disabled = "the notification flags 0x0C hold BG_NOTIFY_DISABLE: nobody is called";
        assert_eq!(why(&events), Some((Some(2), disabled.to_owned())));
        events.push(called(3, JobCall::SetNotifyFlags(0x08)));
        assert_eq!(why(&events), None, "there is somebody to call");
        let exits = Happened::Env(Box::new(Disturbance::ClientExits(ClientId(0))));
        let at = SimTime::ZERO + Span::secs(300);
        let wall = WallTime::default();
        events.push(Event { seq: 4, at, wall, source: None, what: exits });
        let (event, text) = why(&events).expect("nobody is registered");
        assert_eq!(event, Some(4));
        let name = Names::of(&run).client(ClientId(0));
        let said = format!("no callback was registered from 00:05:00 on: client `{name}` exited");
        assert_eq!(text, said);
        events.push(called(5, JobCall::SetNotifyInterface(true)));
        assert_eq!(why(&events), None);
        events.push(called(6, JobCall::SetNotifyInterface(false)));
        assert_eq!(why(&events).and_then(|(event, _)| event), Some(6));
    }
}
