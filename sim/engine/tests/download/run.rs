//! A world with one download, and ways to look at what happened to it.

use bitsim_engine::{Callback, Client, Dice, Outside, World};
use bitsim_vocab::download::{DownloadCall, DownloadProperty, DownloadStatus, Value};
use bitsim_vocab::trace::{FileChange, Note, NoteResult, Recipient, Timer, TimerEvent};
use bitsim_vocab::world::{
    self, Delivery, Disturbance, Fault, FaultKind, Part, Policies, RemoteFile, Server, Setup, User,
    UserKind,
};
use bitsim_vocab::{
    Call, ClientId, Event, Happened, Hresult, JobId, Reply, ServerId, SimTime, Span, Stands,
    Target, UserId, WallTime,
};

pub(crate) const URL: &str = "https://cdn.test/model.bin";
pub(crate) const OTHER_URL: &str = "https://cdn.test/other.bin";
pub(crate) const PATH: &str = "C:\\downloads\\model.bin";
pub(crate) const MIB: u64 = 1 << 20;
pub(crate) const SIZE: u64 = 60 * MIB;
pub(crate) const JOB: JobId = JobId(0);
pub(crate) const APP: ClientId = ClientId(0);

pub(crate) fn setup(target: Target) -> Setup {
    let client = |name: &str| world::Client {
        name: name.into(),
        user: UserId(0),
        running: true,
        elevated: false,
    };
    Setup {
        target,
        stands: Stands::recommended(target),
        seed: 0,
        wall_start: WallTime::DEFAULT_START,
        network: true,
        time_slice: Span::secs(300),
        policies: Policies::default(),
        users: vec![User { name: "owner".into(), kind: UserKind::Standard, logged_on: true }],
        clients: vec![client("app"), client("viewer")],
        servers: vec![Server {
            name: "cdn.test".into(),
            bandwidth: MIB,
            latency_min: Span::ZERO,
            latency_max: Span::ZERO,
            ranges: true,
            content_length: true,
            max_upload: u64::MAX,
            reply_size: 0,
            replies: true,
            files: vec![
                RemoteFile { url: URL.into(), size: SIZE },
                RemoteFile { url: OTHER_URL.into(), size: SIZE },
            ],
        }],
        volumes: vec![],
        local_files: vec![],
        delivery: Delivery::of(target),
    }
}

/// Returns from each callback after a while.
pub(crate) struct Listener(pub(crate) Span);

impl Client for Listener {
    fn notified(&mut self, _: &Note, _: &mut Callback<'_>) -> Span {
        self.0
    }

    fn returns(&mut self, _: &Note, _: &mut Callback<'_>) -> NoteResult {
        NoteResult::Returned(Hresult::E_FAIL)
    }
}

pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) events: Vec<Event>,
    pub(crate) dice: Dice,
    pub(crate) client: Listener,
}

impl Run {
    pub(crate) fn empty(setup: Setup) -> Self {
        let mut run = Self {
            world: World::new(setup),
            events: vec![],
            dice: Dice::new(0),
            client: Listener(Span::ZERO),
        };
        assert_eq!(run.ask(APP, Call::CreateDownload), (Hresult::S_OK, Reply::Job(JOB)));
        run
    }

    pub(crate) fn of(setup: Setup) -> Self {
        let mut run = Self::empty(setup);
        run.text(DownloadProperty::Uri, URL);
        run.text(DownloadProperty::LocalPath, PATH);
        run
    }

    pub(crate) fn new(target: Target) -> Self {
        Self::of(setup(target))
    }

    /// A download that has been transferring for `secs`.
    pub(crate) fn started(target: Target, secs: u64) -> Self {
        let mut run = Self::new(target);
        run.start();
        run.until(secs);
        run
    }

    pub(crate) fn ask(&mut self, who: ClientId, call: Call) -> (Hresult, Reply) {
        let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
        let returned = self.world.call(&mut out, who, &call);
        (returned.hr, returned.reply)
    }

    pub(crate) fn call(&mut self, call: DownloadCall) -> Hresult {
        self.ask(APP, Call::Download(JOB, call)).0
    }

    pub(crate) fn set(&mut self, property: DownloadProperty, value: Value) -> Hresult {
        self.call(DownloadCall::SetProperty(u32::from(property.value()), value))
    }

    pub(crate) fn text(&mut self, property: DownloadProperty, text: &str) {
        assert_eq!(self.set(property, Value::Text(text.into())), Hresult::S_OK);
    }

    pub(crate) fn listen(&mut self, who: ClientId) {
        let number = u32::from(DownloadProperty::CallbackInterface.value());
        let call = Call::Download(JOB, DownloadCall::SetProperty(number, Value::Object));
        assert_eq!(self.ask(who, call).0, Hresult::S_OK);
    }

    pub(crate) fn timeout(&mut self, secs: u64) -> Hresult {
        self.set(DownloadProperty::NoProgressTimeoutSeconds, Value::Number(secs))
    }

    pub(crate) fn get(&mut self, property: DownloadProperty) -> (Hresult, Reply) {
        let number = u32::from(property.value());
        self.ask(APP, Call::Download(JOB, DownloadCall::GetProperty(number)))
    }

    pub(crate) fn start(&mut self) {
        assert_eq!(self.call(DownloadCall::Start(Some(vec![]))), Hresult::S_OK);
    }

    pub(crate) fn disturb(&mut self, what: &Disturbance) {
        let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
        self.world.disturb(&mut out, what);
    }

    pub(crate) fn fault(&mut self, kind: FaultKind, times: Option<u32>) {
        self.disturb(&Disturbance::FaultBegins(Box::new(Fault {
            number: 1,
            server: ServerId(0),
            url: None,
            part: Part::Any,
            kind,
            times,
            class: None,
        })));
    }

    pub(crate) fn until(&mut self, secs: u64) {
        let end = SimTime::ZERO + Span::secs(secs);
        loop {
            let mut out = Outside { sink: &mut self.events, choose: &mut self.dice };
            if self.world.step(&mut out, &mut self.client) {
                continue;
            }
            if self.world.now() >= end {
                return;
            }
            self.world.advance_to(end);
        }
    }

    pub(crate) fn status(&mut self) -> DownloadStatus {
        match self.ask(APP, Call::Download(JOB, DownloadCall::GetStatus)) {
            (Hresult::S_OK, Reply::Status(status)) => status,
            other => panic!("GetStatus answered {other:?}"),
        }
    }

    pub(crate) fn standing(&mut self) -> String {
        self.status().standing.to_string()
    }

    /// When something happened, in seconds.
    pub(crate) fn when(&self, what: impl Fn(&Happened) -> bool) -> Vec<u64> {
        let hit = self.events.iter().filter(|event| what(&event.what));
        hit.map(|event| event.at.since(SimTime::ZERO).as_secs()).collect()
    }

    pub(crate) fn requests(&self) -> Vec<u64> {
        let held = |event: &Event| match event.what {
            Happened::Requested { held, .. } => Some(held),
            _ => None,
        };
        self.events.iter().filter_map(held).collect()
    }

    pub(crate) fn attempts(&self) -> Vec<u64> {
        self.when(|what| matches!(what, Happened::AttemptBegan { .. }))
    }

    pub(crate) fn fired(&self, timer: Timer) -> Vec<u64> {
        let fires = |what: &Happened| {
            matches!(what, Happened::Timer { timer: which, what: TimerEvent::Fired, .. }
                if *which == timer)
        };
        self.when(fires)
    }

    pub(crate) fn file_events(&self) -> Vec<FileChange> {
        let change = |event: &Event| match &event.what {
            Happened::File(file) => Some(file.what.clone()),
            _ => None,
        };
        self.events.iter().filter_map(change).collect()
    }

    pub(crate) fn notes(&self) -> Vec<(u64, ClientId, DownloadStatus)> {
        let note = |event: &Event| match &event.what {
            Happened::NoteBegan(note) => {
                let Recipient::Interface(to) = note.to else { return None };
                Some((event.at.since(SimTime::ZERO).as_secs(), to, note.status?))
            }
            _ => None,
        };
        self.events.iter().filter_map(note).collect()
    }
}
