//! A whole file: its top-level fields, in the order in which they need each other.

use crate::checks;
use crate::codes;
use crate::context::{Context, Fields};
use crate::diagnostic::{Diagnostic, Mistakes};
use crate::jobs;
use crate::names::Names;
use crate::node::{Node, shown};
use crate::plan::{Act, At, JobPlan, JobRef, Limits, Place, Plan, Step, When};
use crate::story::Story;
use crate::suggest::closest;
use crate::timeline::{self, Draft};
use crate::world;
use bitsim_vocab::target::BITS_VERSIONS;
use bitsim_vocab::world::{Block, Disturbance, Policies, Setup};
use bitsim_vocab::{RuleId, Service, SimTime, Span, Stands, StepId, Target, WallTime};
use std::collections::BTreeMap;

/// Every top-level field.
const ROOT: &[&str] = &[
    "scenario", "format", "run_on", "rules", "stands", "seed", "limits", "world", "policies",
    "users", "clients", "servers", "volumes", "jobs", "timeline", "never", "finally",
];

/// The format that this reader reads.
const FORMAT: u64 = 1;

/// A time slice that nothing is said about.
const TIME_SLICE: Span = Span::secs(5 * 60);

/// How many characters all repeated texts of a scenario may have together.
const REPEATED: usize = 4 << 20;

/// A scenario, with what differs from target to target still apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) targets: Vec<Target>,
    /// Everything but the steps; target and stands are those of the first target.
    plan: Plan,
    steps: Vec<Draft>,
    metered: Option<Place>,
    readings: Vec<(String, String)>,
}

impl Document {
    /// What does not differ from target to target.
    pub(crate) fn common(&self) -> &Plan {
        &self.plan
    }

    /// The plan for one target.
    pub(crate) fn plan(&self, target: Target) -> Plan {
        let mut plan = self.plan.clone();
        plan.target = target;
        plan.setup.target = target;
        plan.setup.stands = Stands::recommended(target);
        for (question, reading) in &self.readings {
            // Both were checked when the file was read.
            let _ = plan.setup.stands.take(question, reading);
        }
        plan.steps = Vec::with_capacity(self.steps.len() + 1);
        plan.steps.extend(self.metered.map(metered_from_the_start));
        plan.steps.extend(self.steps.iter().map(|draft| draft.on(target)));
        plan
    }
}

/// A step that stands in no timeline: the network is metered before anything happens.
fn metered_from_the_start(place: Place) -> Step {
    let what = Disturbance::BlockBegins(Block::Cost);
    Step {
        id: StepId(u32::MAX),
        place,
        label: "the start".to_owned(),
        when: When::At(SimTime::ZERO),
        acts: vec![At { value: Act::Disturb { what, ends: None }, place }],
    }
}

/// Reads the tree of a file.
pub(crate) fn read(root: &Node, mistakes: Mistakes) -> (Option<Document>, Mistakes) {
    let mut cx = Context {
        mistakes,
        names: Names::new(),
        targets: Vec::new(),
        other_service: false,
        setup: plain_setup(),
        remote: BTreeMap::new(),
        local: BTreeMap::new(),
        story: Story::default(),
        repeats_left: REPEATED,
    };
    let document = document(&mut cx, root);
    (document, cx.mistakes)
}

fn plain_setup() -> Setup {
    Setup {
        target: Target::BITS,
        stands: Stands::recommended(Target::BITS),
        seed: 0,
        wall_start: WallTime::DEFAULT_START,
        network: true,
        time_slice: TIME_SLICE,
        policies: Policies::default(),
        users: Vec::new(),
        clients: Vec::new(),
        servers: Vec::new(),
        volumes: Vec::new(),
        local_files: Vec::new(),
    }
}

fn document(cx: &mut Context, root: &Node) -> Option<Document> {
    let top = Place { line: 1, column: 1, offset: 0, len: 0 };
    let fields = cx.fields(root, "the scenario", top, ROOT)?;
    format(cx, &fields);
    let title = fields.required(cx, "scenario");
    let title = title.and_then(|node| cx.text(node, "a sentence about the scenario"));
    run_on(cx, &fields);
    let rules = rules(cx, &fields);
    let readings = stands(cx, &fields);
    let limits = limits(cx, &fields);
    let metered = world::read(cx, &fields);
    let jobs = jobs(cx, &fields);
    let steps = match fields.required(cx, "timeline") {
        Some(node) => timeline::read(cx, node),
        None => Vec::new(),
    };
    let never = fields.get("never").map_or_else(Vec::new, |node| checks::never(cx, node));
    let finally = fields.get("finally").map_or_else(Vec::new, |node| checks::checks(cx, node));
    second_thoughts(cx, &jobs);

    let targets: Vec<Target> = cx.targets.iter().map(|target| target.value).collect();
    let target = *targets.first()?;
    let plan = Plan {
        title: title?.value.split_whitespace().collect::<Vec<_>>().join(" "),
        target,
        setup: cx.setup.clone(),
        rules,
        jobs,
        steps: Vec::new(),
        never,
        finally,
        limits,
    };
    Some(Document { targets, plan, steps, metered, readings })
}

fn format(cx: &mut Context, fields: &Fields<'_>) {
    let Some(node) = fields.get("format") else { return };
    if let Some(number) = cx.number(node, 0, u64::MAX)
        && number != FORMAT
    {
        let message = format!("format {number} is not known");
        cx.report(
            Diagnostic::error(codes::UNKNOWN_FORMAT, node.place, message)
                .help(format!("this version of bitsim reads format {FORMAT}")),
        );
    }
}

fn run_on(cx: &mut Context, fields: &Fields<'_>) {
    let Some(node) = fields.required(cx, "run_on") else { return };
    if let Some(word) = node.scalar() {
        let better = format!("[{word}]");
        let message = "`run_on` is a list of targets";
        cx.report(Diagnostic::error(codes::WRONG_KIND, node.place, message).edit(
            format!("write `{better}`"),
            node.place,
            better,
        ));
        return;
    }
    let items = cx.list(node, "a list of targets (`[bits, bits@1.5]`)");
    if items.is_empty() && matches!(node.kind, crate::node::Kind::List(_)) {
        let message = "the scenario runs on nothing";
        cx.report(
            Diagnostic::error(codes::EMPTY, node.place, message)
                .help("name at least one target: `[bits]`"),
        );
    }
    for item in items {
        let Some(value) = target(cx, item) else { continue };
        match cx.targets.iter().find(|known| known.value == value) {
            Some(first) => {
                let first = first.place;
                let message = format!("the target `{value}` is named twice");
                cx.report(
                    Diagnostic::error(codes::TWICE, item.place, message)
                        .related(first, "the first time"),
                );
            }
            None => cx.targets.push(At { value, place: item.place }),
        }
    }
}

fn target(cx: &mut Context, node: &Node) -> Option<Target> {
    let Some(word) = node.scalar() else {
        cx.wrong_kind(node, "a target such as `bits`");
        return None;
    };
    if let Ok(target) = word.parse::<Target>() {
        return Some(target);
    }
    let service = word.split('@').next().unwrap_or_default();
    for known in [Service::DoLegacy, Service::DoDownload] {
        if service == known.name() {
            cx.other_service = true;
            let message = format!("`{service}` (Delivery Optimization) is not simulated yet");
            cx.report(
                Diagnostic::error(codes::NOT_SIMULATED, node.place, message)
                    .help("`bits` and its versions are: `bits`, `bits@1.5`"),
            );
            return None;
        }
    }
    let mut known: Vec<String> = vec!["bits".to_owned()];
    known.extend(BITS_VERSIONS.iter().map(|version| format!("bits@{version}")));
    known.extend([Service::DoLegacy, Service::DoDownload].map(|service| service.name().to_owned()));
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if service == "bits" {
        let message = format!("there is no version `{}`", shown(word));
        let help = format!("known: {}", crate::suggest::any_of(&known[1..=BITS_VERSIONS.len()]));
        cx.report(Diagnostic::error(codes::UNKNOWN_TARGET, node.place, message).help(help));
    } else {
        cx.unknown(codes::UNKNOWN_TARGET, node, "target", &known);
    }
    None
}

fn rules(cx: &mut Context, fields: &Fields<'_>) -> Vec<At<RuleId>> {
    let Some(node) = fields.get("rules") else { return Vec::new() };
    let mut rules: Vec<At<RuleId>> = Vec::new();
    let mut seen: BTreeMap<RuleId, Place> = BTreeMap::new();
    for item in cx.list(node, "a list of rules (`[BITS-ERRCOUNT-004]`)") {
        let Some(text) = item.scalar() else {
            cx.wrong_kind(item, "the id of a rule such as `BITS-ERRCOUNT-004`");
            continue;
        };
        let Some(rule) = RuleId::parse(text) else {
            unknown_rule(cx, item, text);
            continue;
        };
        if let Some(first) = seen.insert(rule, item.place) {
            let message = format!("{rule} is named twice");
            cx.report(
                Diagnostic::error(codes::TWICE, item.place, message)
                    .related(first, "the first time"),
            );
            continue;
        }
        if !text.starts_with("BITS") && !cx.targets.is_empty() {
            let message = format!("{rule} is no rule of BITS");
            let mut diagnostic = Diagnostic::error(codes::OTHER_SERVICE, item.place, message)
                .label("it cannot be exercised here");
            if let Some(first) = cx.targets.first() {
                diagnostic = diagnostic.related(first.place, "the scenario runs on BITS");
            }
            cx.report(diagnostic);
        }
        rules.push(At { value: rule, place: item.place });
    }
    rules
}

fn unknown_rule(cx: &mut Context, node: &Node, text: &str) {
    let message = format!("no rule has the id `{}`", shown(text));
    let diagnostic = Diagnostic::error(codes::UNKNOWN_RULE, node.place, message);
    if cx.mistakes.is_full() {
        return cx.report(diagnostic);
    }
    // Of two ids that differ in a digit neither is a better guess; a wrong word can be guessed.
    let family = |id: &str| id.rsplit_once('-').map(|(family, _)| family.to_owned());
    let families = RuleId::ALL.iter().filter_map(|rule| family(rule.text()));
    let mut families: Vec<String> = families.collect();
    families.dedup();
    let given = family(text);
    let numbers = |family: &str| {
        let prefix = format!("{family}-");
        let mut rules = RuleId::ALL.iter().filter(|rule| rule.text().starts_with(&prefix));
        (rules.clone().next(), rules.next_back())
    };
    let meant = closest(text, RuleId::ALL.iter().map(|rule| rule.text()));
    cx.report(match (given, meant) {
        (Some(given), _) if families.contains(&given) => match numbers(&given) {
            (Some(first), Some(last)) => {
                diagnostic.help(format!("the rules of this family are {first} to {last}"))
            }
            _ => diagnostic,
        },
        (_, Some(meant)) => diagnostic.edit(format!("did you mean `{meant}`?"), node.place, meant),
        _ => diagnostic.help("`bitsim rules` lists all ids"),
    });
}

/// The readings that the scenario takes, as (question, reading).
fn stands(cx: &mut Context, fields: &Fields<'_>) -> Vec<(String, String)> {
    let Some(entry) = fields.entry("stands") else { return Vec::new() };
    let questions: Vec<&str> = Stands::QUESTIONS.iter().map(|(key, ..)| *key).collect();
    let Some(entries) = entry.value.entries() else {
        cx.wrong_kind(&entry.value, "a map of readings by question");
        return Vec::new();
    };
    let mut taken = Vec::new();
    for entry in entries {
        let question = &entry.key.value;
        let known = Stands::QUESTIONS.iter().find(|(key, ..)| key == question);
        let Some((_, _, readings)) = known else {
            unknown_question(cx, &entry.key, &questions);
            continue;
        };
        match entry.value.scalar() {
            None => cx.wrong_kind(&entry.value, &crate::suggest::any_of(readings)),
            Some(reading) if readings.contains(&reading) => {
                taken.push((question.clone(), reading.to_owned()));
            }
            Some(_) => cx.unknown(codes::UNKNOWN_READING, &entry.value, "reading", readings),
        }
    }
    taken
}

fn unknown_question(cx: &mut Context, key: &At<String>, questions: &[&str]) {
    let message = format!("`{}` is no open question", shown(&key.value));
    let diagnostic = Diagnostic::error(codes::UNKNOWN_READING, key.place, message);
    let full = cx.mistakes.is_full();
    let meant = if full { None } else { closest(&key.value, questions.iter().copied()) };
    cx.report(match meant {
        Some(meant) => diagnostic.edit(format!("did you mean `{meant}`?"), key.place, meant),
        None => diagnostic.help(format!("known: {}", crate::suggest::any_of(questions))),
    });
}

fn limits(cx: &mut Context, fields: &Fields<'_>) -> Limits {
    const MOST_EVENTS: u64 = 10_000_000;
    let mut limits = Limits { events: 1_000_000, settle_within: Span::days(400) };
    let Some(entry) = fields.entry("limits") else { return limits };
    let known = &["events", "settle_within"];
    let Some(fields) = cx.fields(&entry.value, "`limits`", entry.key.place, known) else {
        return limits;
    };
    if let Some(node) = fields.get("events")
        && let Some(events) = cx.number(node, 1, MOST_EVENTS)
    {
        limits.events = u32::try_from(events).unwrap_or(limits.events);
    }
    if let Some(node) = fields.get("settle_within") {
        limits.settle_within = cx.duration(node).unwrap_or(limits.settle_within);
    }
    limits
}

fn jobs(cx: &mut Context, fields: &Fields<'_>) -> Vec<JobPlan> {
    let entries = jobs::declare(cx, fields.get("jobs"));
    let jobs = jobs::read(cx, entries);
    for (number, job) in (0..).map(JobRef).zip(&jobs) {
        cx.story.creators.push(job.client);
        if let Some(file) = job.files.first() {
            cx.story.first_files.insert(number, file.local.clone());
        }
    }
    jobs
}

/// What can be told only after everything has been read.
fn second_thoughts(cx: &mut Context, jobs: &[JobPlan]) {
    for (number, job) in (0..).map(JobRef).zip(jobs) {
        let created = cx.story.created.contains(&number);
        if created && job.from_start {
            let message = format!("job `{}` is created twice", shown(&job.name));
            cx.report(
                Diagnostic::error(codes::CONTRADICTION, job.place, message)
                    .label("it exists from the start, and a `create` step makes it again")
                    .help("write `created: later` here"),
            );
        } else if !created && !job.from_start {
            let message = format!("job `{}` is never created", shown(&job.name));
            cx.report(
                Diagnostic::warning(codes::NEVER_CREATED, job.place, message)
                    .label("no `create` step makes it"),
            );
        }
    }
    let checked = std::mem::take(&mut cx.story.checked_paths);
    for (path, place) in checked {
        let key = path.to_lowercase();
        if !cx.story.known_paths.contains(&key) {
            let known = cx.story.known_paths.iter().map(String::as_str);
            let meant = closest(&key, known).map(str::to_owned);
            let message = format!("no job reads or writes `{}`", shown(&path));
            let diagnostic = Diagnostic::warning(codes::UNKNOWN_PATH, place, message);
            cx.report(match meant {
                Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
                None => diagnostic,
            });
        }
    }
    let unused: Vec<(String, Place)> = cx.names.servers.unused().collect();
    for (name, place) in unused {
        let message = format!("the server `{}` plays no part", shown(&name));
        let label = "no URL leads to it";
        cx.report(Diagnostic::warning(codes::UNUSED, place, message).label(label));
    }
}
