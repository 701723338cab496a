//! Breaks the transition table on purpose, one cell and one change at a time, and demands that some
//! scenario turns red: a rule broken, an expectation not met, a run that does not come to rest.
//!
//! What no run can show is listed here with the reason ([`is_idle`], [`OUT_OF_REACH`]), and the test
//! demands that it is so. For everything else there has to be a scenario.

use bitsim::engine::World;
use bitsim::engine::bits::{Case, Effect, Guard, Hr, Table, Touched};
use bitsim::replay::{self, Options, Run};
use bitsim::scenario::{self, Plan};
use bitsim::vocab::{Hresult, JobState, Service, Stimulus};
use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A case of the table: its cell, and its number within the cell.
type Spot = (Stimulus, JobState, usize);

/// A scenario on one target, and the cases that it takes.
struct Story {
    plan: Plan,
    events: usize,
    spots: BTreeSet<Spot>,
}

/// One thing that is wrong with a table.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// The job goes elsewhere, or stays.
    Next(Option<JobState>),
    /// The call returns something else.
    Returns(Hresult),
    /// The effect at this place is left out.
    Without(usize),
    /// The case never applies.
    Never,
}

#[derive(Debug, Clone, Copy)]
struct Mutant {
    spot: Spot,
    change: Change,
}

impl Change {
    /// Everything that is tried on a case.
    fn all(state: JobState, case: &Case) -> Vec<Self> {
        let mut changes: Vec<Self> =
            elsewhere(state, case).into_iter().take(2).map(Self::Next).collect();
        match case.hr {
            Hr::Is(Hresult::S_OK) => changes.push(Self::Returns(Hresult::BG_E_INVALID_STATE)),
            Hr::Is(_) | Hr::RenameFailure => changes.push(Self::Returns(Hresult::S_OK)),
            Hr::Event => {}
        }
        changes.extend((0..case.effects.len()).map(Self::Without));
        if case.when != Guard::Otherwise {
            changes.push(Self::Never);
        }
        changes
    }

    fn text(self, case: &Case) -> String {
        match self {
            Self::Next(None) => "stays".to_owned(),
            Self::Next(Some(next)) => format!("goes to {next}"),
            Self::Returns(code) => format!("returns {code}"),
            Self::Without(place) => format!("without {:?}", case.effects[place]),
            Self::Never => "never applies".to_owned(),
        }
    }
}

/// Where else a case could leave the job: where it is, if it moves, then other states.
fn elsewhere(state: JobState, case: &Case) -> Vec<Option<JobState>> {
    let now = case.next.filter(|next| *next != state);
    let mut others: Vec<Option<JobState>> = now.map(|_| None).into_iter().collect();
    let likely = [JobState::Queued, JobState::Suspended, JobState::Error];
    others.extend(likely.into_iter().filter(|to| *to != state && now != Some(*to)).map(Some));
    others
}

impl Mutant {
    fn case(self, table: &Table) -> Case {
        let (stimulus, state, case) = self.spot;
        table.cell(stimulus, state)[case]
    }

    fn table(self) -> Table {
        let mut table = (*Table::documented()).clone();
        let (stimulus, state, place) = self.spot;
        let cell = table.cell_mut(stimulus, state);
        let case = &mut cell[place];
        match self.change {
            Change::Next(next) => case.next = next,
            Change::Returns(code) => case.hr = Hr::Is(code),
            Change::Without(effect) => {
                let mut effects = case.effects.to_vec();
                effects.remove(effect);
                case.effects = effects.leak();
            }
            Change::Never => {
                cell.remove(place);
            }
        }
        table
    }

    /// Why no run can show this change, if none can.
    fn is_invisible(self) -> Option<&'static str> {
        let case = self.case(&Table::documented());
        let (stimulus, state, _) = self.spot;
        match self.change {
            Change::Next(_) if READS.contains(&stimulus) => {
                Some("a read is asked for its code only")
            }
            Change::Returns(_)
                if (stimulus, state) == (Stimulus::GetError, JobState::Transferring) =>
            {
                Some("the error is discarded on the way here, so that there is none to return")
            }
            Change::Never if (stimulus, state) == (Stimulus::Cancel, JobState::Transferred) => {
                (case.when == Guard::Uploads).then_some("an upload that is complete stays")
            }
            Change::Without(place) => is_idle(case.effects[place], stimulus, state, &case),
            Change::Next(_) | Change::Returns(_) | Change::Never => None,
        }
    }
}

/// Why an effect does nothing in this place, if so.
fn is_idle(
    effect: Effect,
    stimulus: Stimulus,
    state: JobState,
    case: &Case,
) -> Option<&'static str> {
    let moves = case.next.is_some_and(|next| next != state);
    match effect {
        Effect::Recheck => Some("the source is looked at again anyway"),
        Effect::Touch if moves => Some("the change of the state moves ModificationTime"),
        Effect::Touch if VAGUE.contains(&stimulus) => {
            Some("the pages leave open whether this moves ModificationTime, and so does the judge")
        }
        Effect::Settle if !TELLING.contains(&state) => {
            Some("the notice is dropped when its state is left")
        }
        Effect::Offer if stimulus == Stimulus::SetNotifyFlags => {
            Some("a notice that nobody wanted waits in the mail")
        }
        Effect::CancelUpload if case.when == Guard::CannotDelete => {
            Some("uploads have no temporary files")
        }
        Effect::CancelUpload if state == JobState::Transferred => {
            Some("an upload that is complete stays")
        }
        Effect::DeleteTemps if case.when == Guard::Uploads => {
            Some("uploads have no temporary files")
        }
        Effect::DropUnfinished if case.when == Guard::CannotDelete => {
            Some("the one file that is begun and not finished is the one that stays")
        }
        Effect::DropUnfinished if state == JobState::Transferred => {
            Some("nothing is fetched of a file that was added here")
        }
        _ => None,
    }
}

/// Calls that the page of GetTimes does not name.
const VAGUE: [Stimulus; 2] = [Stimulus::TakeOwnership, Stimulus::SetRemoteName];

/// Calls that only read.
const READS: [Stimulus; 5] = [
    Stimulus::GetError,
    Stimulus::GetErrorCount,
    Stimulus::Getters,
    Stimulus::EnumFiles,
    Stimulus::GetJob,
];

/// States that have something to tell the client.
const TELLING: [JobState; 2] = [JobState::Error, JobState::Transferred];

/// Cases that the catalogue has and no run can take: stimulus, states, guard if it is about one
/// case alone, and the reason.
type OutOfReach = (Stimulus, &'static [JobState], Option<Guard>, &'static str);

const OUT_OF_REACH: &[OutOfReach] = {
    use JobState::{
        Acknowledged, Cancelled, Connecting, Error, Queued, Suspended, Transferred, Transferring,
        TransientError,
    };
    &[
        (Stimulus::EnumJobs, JobState::ALL, None, "the list is made without asking any job"),
        (
            Stimulus::NoProgressTimeoutExpires,
            &[Queued, Connecting, Transferring],
            None,
            "the timer runs in TRANSIENT_ERROR only",
        ),
        (
            Stimulus::NoProgressTimeoutExpires,
            &[TransientError],
            Some(Guard::WaitsForBlock),
            "the timer rests while the job waits for a block",
        ),
        (
            Stimulus::HigherPriorityJobBecomesRunnable,
            &[Queued, Suspended, Error, TransientError, Transferred, Acknowledged, Cancelled],
            None,
            "only a job that runs can be made to yield",
        ),
        (
            Stimulus::HigherPriorityJobBecomesRunnable,
            &[Connecting, Transferring],
            Some(Guard::Foreground),
            "there is no higher priority",
        ),
        (
            Stimulus::InactivityTimeoutExpires,
            &[Acknowledged, Cancelled],
            None,
            "a final job has no such timer",
        ),
        (
            Stimulus::BlockEnds,
            &[Connecting, Transferring],
            None,
            "no job runs while a block is in force",
        ),
        (
            Stimulus::Complete,
            &[Connecting, Transferring, Error],
            Some(Guard::Otherwise),
            "a job with nothing left to transfer is not there",
        ),
    ]
};

fn is_out_of_reach((stimulus, state, case): Spot) -> bool {
    let when = Table::documented().cell(stimulus, state)[case].when;
    OUT_OF_REACH.iter().any(|(row, states, guard, _)| {
        *row == stimulus && states.contains(&state) && guard.is_none_or(|guard| guard == when)
    })
}

/// Every change of every case.
fn mutants() -> Vec<Mutant> {
    let table = Table::documented();
    let mut mutants = Vec::new();
    for (stimulus, state, case) in spots() {
        let changes = Change::all(state, &table.cell(stimulus, state)[case]);
        mutants.extend(
            changes.into_iter().map(|change| Mutant { spot: (stimulus, state, case), change }),
        );
    }
    mutants
}

/// Every case of every cell.
fn spots() -> Vec<Spot> {
    let table = Table::documented();
    let cells = Stimulus::BITS
        .iter()
        .flat_map(|stimulus| JobState::ALL.iter().map(|state| (*stimulus, *state)));
    let spots = cells.flat_map(|(stimulus, state)| {
        (0..table.cell(stimulus, state).len()).map(move |case| (stimulus, state, case))
    });
    spots.collect()
}

/// Every scenario of BITS on each of its targets, the short ones first, and the paths of those that
/// prove nothing: they have mistakes, or are red on the table as documented. To complain about that
/// is the business of the test that runs the scenarios.
fn stories() -> (Vec<Story>, BTreeSet<String>) {
    let mut files = Vec::new();
    find(Path::new("scenarios"), &mut files);
    let (mut stories, mut left_out) = (Vec::new(), BTreeSet::new());
    for file in files {
        let bytes = std::fs::read(&file).expect("a scenario can be read");
        let path = file.display().to_string();
        let Ok(scenario) = scenario::load(&path, &bytes) else {
            left_out.insert(path);
            continue;
        };
        let targets = scenario.targets().iter().filter(|target| target.service == Service::Bits);
        for plan in targets.filter_map(|target| scenario.plan(*target)) {
            match Story::of(plan) {
                Some(story) => stories.push(story),
                None => {
                    left_out.insert(path.clone());
                }
            }
        }
    }
    stories.sort_by_key(|story| story.events);
    (stories, left_out)
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of scenarios") {
        let path = entry.expect("an entry of a folder").path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            files.push(path);
        }
    }
    files.sort();
}

impl Story {
    /// The scenario as it is played on the table as documented. `None` if it is red even so: then
    /// it proves nothing.
    fn of(mut plan: Plan) -> Option<Self> {
        let touched = Arc::new(Touched::default());
        let record = Arc::clone(&touched);
        let run = play(&plan, move |world| world.record(record))?;
        if !run.holds() {
            return None;
        }
        assert_eq!(touched.impossible(), [], "{}: what cannot arise arose", plan.title);
        let events = run.trace.events.len();
        // A wrong table may keep things going for ever; that is noticed soon enough.
        plan.limits.events = plan.limits.events.min(events as u32 * 4 + 500);
        Some(Self { plan, events, spots: touched.cases().into_iter().collect() })
    }

    fn notices(&self, table: &Arc<Table>) -> bool {
        let table = Arc::clone(table);
        let run = play(&self.plan, move |world| world.set_table(table));
        if run.is_none() {
            GAVE_UP.fetch_add(1, Ordering::Relaxed);
        }
        run.is_none_or(|run| !run.holds())
    }
}

/// How many runs on wrong tables made the simulator itself give up.
static GAVE_UP: AtomicUsize = AtomicUsize::new(0);

/// `None` if the simulator itself gives up, which a wrong table may well make it do.
fn play(plan: &Plan, prepare: impl FnOnce(&mut World)) -> Option<Run> {
    let options = Options { sabotage: Some(Box::new(prepare)), ..Options::default() };
    panic::catch_unwind(AssertUnwindSafe(|| replay::play_with(plan, options))).ok()
}

/// The mutants that no story notices although one comes by.
fn survivors(mutants: &[Mutant], stories: &[Story]) -> Vec<Mutant> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(mutant) = mutants.get(number) else { break };
            let table = Arc::new(mutant.table());
            let mut witnesses = stories.iter().filter(|story| story.spots.contains(&mutant.spot));
            if !witnesses.any(|story| story.notices(&table)) {
                found.lock().expect("no thread gave up").push((number, *mutant));
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut found = found.into_inner().expect("no thread gave up");
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, mutant)| mutant).collect()
}

/// A line for each thing that was left, with the states of a stimulus together.
fn lines(left: impl IntoIterator<Item = (Spot, String)>) -> String {
    let mut lines: Vec<(Stimulus, String, Vec<&str>)> = Vec::new();
    for ((stimulus, state, _), what) in left {
        match lines.iter_mut().find(|(other, same, _)| *other == stimulus && *same == what) {
            Some((_, _, states)) => states.push(state.name()),
            None => lines.push((stimulus, what, vec![state.name()])),
        }
    }
    let line = |(stimulus, what, states): (Stimulus, String, Vec<&str>)| {
        format!("  {stimulus} in {}: {what}\n", states.join(", "))
    };
    lines.into_iter().map(line).collect()
}

#[test]
fn some_scenario_notices_every_wrong_cell() {
    // A wrong table may make the simulator give up, which is as good as a red run. It does so in
    // threads without a name.
    let aloud = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().name().is_some() {
            aloud(info);
        }
    }));
    let (stories, left_out) = stories();
    let touched: BTreeSet<Spot> = stories.iter().flat_map(|story| &story.spots).copied().collect();
    let astray: Vec<&Spot> = touched.iter().filter(|spot| is_out_of_reach(**spot)).collect();
    assert!(astray.is_empty(), "not out of reach: {astray:?}");
    let reached = mutants().into_iter().filter(|mutant| touched.contains(&mutant.spot));
    let (invisible, mutants): (Vec<Mutant>, Vec<Mutant>) =
        reached.partition(|mutant| mutant.is_invisible().is_some());
    let unseen = survivors(&invisible, &stories).len();
    let survivors = survivors(&mutants, &stories);
    println!(
        "{} stories take {} of {} cases; {} of {} changes there are noticed, {} because it gave up",
        stories.len(),
        touched.len(),
        spots().iter().filter(|spot| !is_out_of_reach(**spot)).count(),
        mutants.len() - survivors.len(),
        mutants.len(),
        GAVE_UP.load(Ordering::Relaxed),
    );
    assert_eq!(unseen, invisible.len(), "a change that is listed as invisible was noticed");
    let table = Table::documented();
    let case = |spot: Spot| table.cell(spot.0, spot.1)[spot.2];
    let unnoticed = lines(survivors.iter().map(|mutant| {
        let case = case(mutant.spot);
        (mutant.spot, format!("[{case}] {}", mutant.change.text(&case)))
    }));
    let left = |spot: &Spot| !touched.contains(spot) && !is_out_of_reach(*spot);
    let untaken =
        lines(spots().into_iter().filter(left).map(|spot| (spot, format!("[{}]", case(spot)))));
    assert!(
        unnoticed.is_empty() && untaken.is_empty(),
        "changes that no scenario notices:\n{unnoticed}\ncases that no scenario takes:\n{untaken}\n\
         scenarios left out because they are wrong or red by themselves: {left_out:?}"
    );
}
