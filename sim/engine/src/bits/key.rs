//! What tells two states of BITS apart.

use super::Bits;
use super::job::{CommandLine, File, Incident, Job, Moving, Notice, Phase, Stage, Stamp, Texts};
use crate::key::{Jobs, Key, Manner};
use crate::link::Flow;
use bitsim_vocab::call::Proxy;
use bitsim_vocab::stands::{AtRestart, ErrorInformation, ResumeAndNoProgress};
use bitsim_vocab::time::TICKS_PER_SECOND;
use bitsim_vocab::trace::ErrorInfo;
use bitsim_vocab::{ClientId, JobId, JobState, Span};

impl Bits {
    pub(crate) fn tell_key(&self, manner: Manner, into: &mut Vec<u8>) {
        let Self {
            env,
            // They are those of the run, and nothing changes them.
            table: _,
            touched: _,
            hook: _,
            jobs,
            // Timers, places in line and mail and the pointers to a job are told with the job.
            reschedule,
            next_place: _,
            line: _,
            // Whoever is in CONNECTING or TRANSFERRING.
            in_slot: _,
            mail: _,
            // What has been found out about the mail, not what is so.
            quiet: _,
            // The deliveries that jobs tell; their numbers are running ones.
            outstanding: _,
            next_note: _,
            // An error object is asked when it is handed out; whoever asks later must not rely on
            // keys. Objects are never given back, so there would be no end to them.
            error_objects: _,
            pointers: _,
        } = self;
        let mut key = Key::new(into, env, manner.longest);
        key.flags([*reschedule]);
        key.surroundings(env, |path| self.is_of_a_job(path));
        key.number(jobs.len() as u64);
        let from = key.bytes.len();
        if manner.jobs == Jobs::InOrder || jobs.len() < 2 {
            for id in self.ids() {
                self.tell_job(&mut key, id);
            }
            return;
        }
        let mut ends = Vec::with_capacity(jobs.len());
        for id in self.ids() {
            self.tell_job(&mut key, id);
            ends.push(key.bytes.len());
        }
        key.sort(from, &ends);
    }

    fn is_of_a_job(&self, path: &str) -> bool {
        let live = self.jobs.iter().filter(|job| !job.gone);
        live.flat_map(|job| job.files.iter()).any(|file| file.local.eq_ignore_ascii_case(path))
    }

    fn tell_job(&self, key: &mut Key<'_>, id: JobId) {
        let Job {
            // A running number, texts that are only read back, and dates.
            guid: _,
            texts,
            created: _,
            modified: _,
            job_type,
            owner,
            state,
            priority,
            files,
            completed,
            error,
            error_count,
            in_phase,
            // Told as periods below.
            error_at: _,
            first_transient: _,
            active_at: _,
            minimum_retry_delay,
            no_progress_timeout,
            maximum_download_time,
            // Told as the time that is left below.
            active: _,
            running_since: _,
            notify_flags,
            interface,
            notice,
            modification_due,
            modification,
            phase,
            // Set by bytes that move and read at once.
            advanced: _,
            // A running number.
            attempts: _,
            slice_over,
            // Told as the order in the line.
            place: _,
            reply_done,
            reply_size,
            reply_finished,
            reply_renamed,
            posted,
            session,
            cancelling,
            gone,
            delivering,
            // Told with the period that it interrupts.
            blocked_since: _,
            // Told with the periods.
            timers: _,
        } = self.job(id);
        let Texts { name: _, description: _, proxy, command_line, reply_file } = &**texts;
        key.flags([*gone]);
        if *gone {
            // Nothing reaches it, and every call on it is refused.
            return;
        }
        let live = !state.is_final();
        key.flags([
            completed.is_some(),
            // Every way out of a state at rest ends the phase.
            *in_phase && live && !is_at_rest(*state),
            *modification_due,
            *slice_over,
            *posted,
            // It is asked for when an upload is cancelled.
            *session && job_type.uploads(),
        ]);
        key.flags([*reply_finished, *reply_renamed, *cancelling]);
        key.byte(*job_type as u8);
        key.number(owner.0);
        key.byte(state.value());
        key.byte(*priority as u8);
        self.tell_error(key, *state, *error);
        key.count(*error_count);
        key.number(*minimum_retry_delay);
        key.number(*no_progress_timeout);
        key.maybe(*maximum_download_time, Key::number);
        let Proxy { usage, list, bypass } = proxy;
        key.number(*usage);
        key.maybe(list.as_deref(), Key::text);
        key.maybe(bypass.as_deref(), Key::text);
        key.number(*notify_flags);
        key.maybe(*interface, |key, client| key.number(client.0));
        key.maybe(command_line.as_ref(), |key, line| {
            let CommandLine { program, parameters, user } = line;
            key.text(program);
            key.text(parameters);
            key.number(user.0);
        });
        key.maybe(*notice, |key, notice| {
            let Notice { kind, stage, tries, .. } = notice;
            let Notice { program_only, interface_only, told_to, lost, .. } = notice;
            key.byte(kind as u8);
            key.byte(stage as u8);
            key.count(tries);
            key.flags([program_only, interface_only, lost]);
            key.maybe(told_to, |key, client| key.number(client.0));
        });
        key.maybe(modification.as_deref(), Key::note);
        key.maybe(delivering.as_deref(), Key::note);
        key.list(files, |key, file| self.tell_file(key, self.job(id), file));
        key.maybe(reply_file.as_deref(), |key, path| key.local_file(&self.env, path, None));
        key.number(*reply_done);
        key.maybe(*reply_size, Key::number);
        self.tell_phase(key, *phase);
        self.tell_place(key, id);
        self.tell_periods(key, id);
        self.tell_pointers(key, id);
    }

    fn tell_file(&self, key: &mut Key<'_>, job: &Job, file: &File) {
        let File {
            remote,
            stored_remote,
            server,
            local,
            requested,
            size,
            done,
            highest,
            version,
            volume,
            finished,
            renamed,
            temporary,
        } = file;
        // Nobody compares versions of what has not begun, is complete or belongs to a final job.
        let live = !job.state.is_final();
        let compared = live && !finished && (*done > 0 || matches!(job.phase, Phase::Moving(_)));
        // Of a final job, getters read how far its files came; nothing goes on with them.
        let kept = *temporary && live;
        key.flags([*finished, *renamed, kept, compared, stored_remote != remote]);
        if compared {
            self.tell_versions(key, job, local, *version);
        }
        key.text(remote);
        if stored_remote != remote {
            key.text(stored_remote);
        }
        key.maybe(*server, |key, server| key.number(server.0));
        let begun_on = (live && !finished).then_some(*volume);
        key.local_file(&self.env, local, begun_on);
        let shared = |other: &File| !std::ptr::eq(other, file) && other.local == *local;
        if self.jobs.iter().flat_map(|job| job.files.iter()).any(shared) {
            key.text(local);
        }
        key.maybe(*requested, Key::number);
        key.maybe(*size, Key::number);
        key.number(*done);
        key.number(if live { *highest - *done } else { 0 });
    }

    /// How the version that a file has so far compares with those of its source, for downloads under
    /// any name: SetRemoteName may come. A name whose version has to catch up with the one that the
    /// file has may do so; how far it is behind is not told.
    fn tell_versions(&self, key: &mut Key<'_>, job: &Job, local: &str, has: u32) {
        let mut tell = |version: u32| key.byte(version.cmp(&has) as u8);
        if job.job_type.uploads() {
            tell(self.env.disk.file(local).map_or(0, |stored| stored.version));
        } else {
            self.env.servers.offered.values().for_each(|offered| tell(offered.version));
        }
    }

    fn tell_phase(&self, key: &mut Key<'_>, phase: Phase) {
        match phase {
            Phase::Idle => key.byte(0),
            Phase::Opening { of, known } => {
                key.byte(1);
                key.byte(of as u8);
                key.maybe(known, |key, incident| {
                    // What an error object would hold is all of it but the class.
                    let Incident { code: _, class, context: _, file: _, protocol: _ } = incident;
                    key.byte(class as u8);
                    key.error(incident.info());
                });
            }
            Phase::Moving(Moving { of, flow }) => {
                key.byte(2);
                key.byte(of as u8);
                // How far it has come and how far it goes, not where and when it began.
                let Flow { since, base, limit, rate, stop } = flow;
                let now = key.now();
                let moved = u128::from(now.since(since).0) * u128::from(rate);
                let (done, end) = (flow.done_at(now), base + limit);
                key.number(done);
                key.number(end - done);
                key.number(rate);
                key.byte(stop as u8);
                let part = moved % u128::from(TICKS_PER_SECOND);
                key.number(if done == end { 0 } else { part as u64 });
            }
            Phase::Posting => key.byte(3),
        }
    }

    /// Places in the line and in the mail, as order.
    fn tell_place(&self, key: &mut Key<'_>, id: JobId) {
        let job = self.job(id);
        let in_line = |job: &&Job| job.state == JobState::Queued && !job.gone;
        let claim = |job: &Job| (job.priority, job.place);
        let before = |other: &&Job| in_line(other) && claim(other) < claim(job);
        let place = in_line(&job).then(|| self.jobs.iter().filter(before).count());
        key.maybe(place, |key, place| key.number(place as u64));
        // A job that nothing waits for keeps its place in the mail. That matters to others only.
        let waits = job.notice.is_some_and(|notice| notice.stage == Stage::Due);
        let matters = waits || job.modification_due || self.jobs.len() > 1;
        let in_mail = self.mail.iter().position(|other| *other == id).filter(|_| matters);
        key.maybe(in_mail, |key, place| key.number(place as u64));
    }

    /// Timers, and the periods that can still become timers.
    fn tell_periods(&self, key: &mut Key<'_>, id: JobId) {
        let job = self.job(id);
        for (what, due) in self.jobs.of_job(id) {
            key.byte(what as u8);
            key.due(due);
        }
        key.byte(u8::MAX);
        let inactivity = self.env.policies.job_inactivity_timeout;
        let live = !job.state.is_final();
        // Nothing ends the life of a final job; every other state has the period.
        let active = Some(job.active_at).filter(|_| live);
        key.maybe(active, |key, Stamp { ticks, wall }| key.period(ticks, wall, inactivity));
        // Only a retry that is armed is ever set anew.
        let retry = self.jobs.due(id, crate::timers::Due::Retry);
        let error_at = job.error_at.filter(|_| retry.is_some());
        let delay = job.retry_delay();
        key.maybe(error_at, |key, Stamp { ticks, wall }| key.period(ticks, wall, delay));
        // Resume is the only way out of the states at rest, and begins these periods anew.
        let stand = self.env.setup.stands.resume_and_no_progress;
        let resting = is_at_rest(job.state) && stand == ResumeAndNoProgress::Restarts;
        let first = job.first_transient.filter(|_| live && !resting);
        key.maybe(first, |key, first| self.tell_no_progress(key, job, first));
        if live && !resting && self.env.since(3, 0) {
            let own = job.maximum_download_time.map(|secs| Span::secs(u64::from(secs)));
            let limit = own.unwrap_or(self.env.policies.max_download_time);
            let running = if job.state.is_running() {
                key.now().since(job.running_since)
            } else {
                Span::ZERO
            };
            key.limit(limit, job.active + running);
        }
    }

    /// The error where somebody can read it, elsewhere that there is one: it ends or is replaced
    /// before anybody can.
    fn tell_error(&self, key: &mut Key<'_>, state: JobState, error: Option<ErrorInfo>) {
        let read = match state {
            JobState::Error | JobState::TransientError => true,
            JobState::Queued
            | JobState::Connecting
            | JobState::Suspended
            | JobState::Transferred => {
                let stand = self.env.setup.stands.error_information;
                stand == ErrorInformation::UntilTransferring
            }
            JobState::Transferring | JobState::Acknowledged | JobState::Cancelled => false,
        };
        if read {
            key.maybe(error, Key::error);
        } else {
            key.flags([error.is_some() && !state.is_final()]);
        }
    }

    /// The no-progress period. A period that is over counts as over even if a client would make it
    /// longer.
    fn tell_no_progress(&self, key: &mut Key<'_>, job: &Job, first: Stamp) {
        let period = job.no_progress();
        let Stamp { ticks, wall } = first;
        let requeued = self.env.setup.stands.transient_error_at_restart == AtRestart::Requeued;
        match job.blocked_since {
            // The period rests, and every way on adds the rest to it.
            Some(since) if requeued => {
                let rested = key.now().since(since);
                key.period(ticks.saturating_add_unsigned(rested.0), wall + rested, period);
            }
            Some(since) => {
                key.period(ticks, wall, period);
                key.number(key.now().since(since).0);
            }
            None => key.period(ticks, wall, period),
        }
    }

    /// Which clients hold a pointer that may matter: from BITS 4.0 on a pointer is a right, which
    /// is more than that of an owner where somebody can take the job from him.
    fn tell_pointers(&self, key: &mut Key<'_>, id: JobId) {
        let clients = 0..self.env.setup.clients.len();
        let taken = |index| self.env.is_administrator(ClientId(index as u16));
        if !self.env.since(4, 0) || !clients.clone().any(taken) {
            return;
        }
        for index in clients {
            let client = ClientId(index as u16);
            let matters = !self.env.is_administrator(client);
            key.flags([matters && self.pointers.contains(&(client, id))]);
        }
    }
}

/// The states that no event of the environment moves: Resume is the only way on.
fn is_at_rest(state: JobState) -> bool {
    matches!(state, JobState::Suspended | JobState::Error | JobState::Transferred)
}
