//! A whole file: its top-level fields, in the order in which they need each other.

use crate::checks;
use crate::codes;
use crate::context::{Context, Fields};
use crate::delivery;
use crate::diagnostic::{Diagnostic, Mistakes};
use crate::dialect::Part;
use crate::grammar::{LIMITS, ROOT};
use crate::jobs;
use crate::lint;
use crate::names::Names;
use crate::node::{Node, shown};
use crate::plan::{Act, At, JobPlan, JobRef, Limits, Place, Plan, Step, When};
use crate::story::Story;
use crate::suggest::closest;
use crate::timeline;
use crate::world;
use bitsim_vocab::target::BITS_VERSIONS;
use bitsim_vocab::world::{Block, Delivery, Disturbance, Policies, Setup};
use bitsim_vocab::{RuleId, Service, SimTime, Span, Stands, StepId, Target, WallTime};
use std::collections::{BTreeMap, BTreeSet};

/// The format that this reader reads.
const FORMAT: u64 = 1;

/// A time slice that nothing is said about.
const TIME_SLICE: Span = Span::secs(5 * 60);

/// How many characters all repeated texts of a scenario may have together.
const REPEATED: usize = 4 << 20;

/// A scenario, ready for each of its targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) targets: Vec<Target>,
    /// One for each target; never empty.
    plans: Vec<Plan>,
}

impl Document {
    /// The plan of the first target, for what does not differ from target to target.
    pub(crate) fn common(&self) -> &Plan {
        &self.plans[0]
    }

    /// The plan for one target.
    pub(crate) fn plan(&self, target: Target) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.target == target)
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

/// Reads the tree of a file, once for each target.
pub(crate) fn read(root: &Node, mut mistakes: Mistakes) -> (Option<Document>, Mistakes) {
    let (targets, readable) = targets(root);
    let readings: Vec<Target> = if targets.is_empty() {
        vec![probable_target(root)]
    } else {
        targets.iter().map(|target| target.value).collect()
    };
    let mut plans = Vec::with_capacity(readings.len());
    let mut found: Vec<Mistakes> = Vec::with_capacity(readings.len());
    for target in &readings {
        let mut cx = context(*target, targets.clone(), Mistakes::default());
        // The second reading of `run_on` is the one that reports.
        cx.targets.clear();
        plans.extend(document(&mut cx, root));
        if !readable {
            cx.mistakes.forget_services();
        }
        found.push(cx.mistakes);
    }
    mistakes.take_in(&found);
    let complete = !plans.is_empty() && plans.len() == targets.len();
    let targets = targets.into_iter().map(|target| target.value).collect();
    (complete.then_some(Document { targets, plans }), mistakes)
}

/// The targets that `run_on` names, and whether that is all that it names. What is wrong with it is
/// said when the file is read.
fn targets(root: &Node) -> (Vec<At<Target>>, bool) {
    let mut cx = context(Target::BITS, Vec::new(), Mistakes::default());
    let entries = root.entries().unwrap_or_default();
    let Some(entry) = entries.iter().find(|entry| entry.key.value == "run_on") else {
        return (Vec::new(), false);
    };
    named_targets(&mut cx, &entry.value);
    let known = |text: &str| words(text).all(|word| word.parse::<Target>().is_ok());
    let all_known = match entry.value.scalar() {
        Some(text) => known(&text.to_ascii_lowercase()),
        None => entry.value.one_or_many().iter().filter_map(Node::scalar).all(known),
    };
    let readable = all_known && !cx.targets.is_empty();
    (cx.targets, readable)
}

/// The words of `bits, do-legacy`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ', '[', ']']).filter(|word| !word.is_empty())
}

/// Whose words a file probably speaks that does not say on what it runs.
fn probable_target(root: &Node) -> Target {
    let entries = root.entries().unwrap_or_default();
    let named = entries.iter().find(|entry| entry.key.value == "run_on");
    let named = named.map(|entry| entry.value.one_or_many()).unwrap_or_default();
    let meant = |word: &str| named.iter().filter_map(Node::scalar).any(|text| text.contains(word));
    if meant("downl") {
        Target::DO_DOWNLOAD
    } else if meant("leg") {
        Target::DO_LEGACY
    } else {
        Target::BITS
    }
}

fn context(target: Target, targets: Vec<At<Target>>, mistakes: Mistakes) -> Context {
    let shared = targets.iter().any(|other| other.value.service != target.service);
    Context {
        mistakes,
        names: Names::new(target.service, shared),
        targets,
        target,
        part: Part::Declaration,
        read_for: None,
        only_here: BTreeSet::new(),
        setup: plain_setup(target),
        remote: BTreeMap::new(),
        local: BTreeMap::new(),
        story: Story::default(),
        repeats_left: REPEATED,
    }
}

fn plain_setup(target: Target) -> Setup {
    Setup {
        target,
        stands: Stands::recommended(target),
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
        delivery: Delivery::of(target),
    }
}

/// The plan for the target that the file is read for.
fn document(cx: &mut Context, root: &Node) -> Option<Plan> {
    let top = Place { line: 1, column: 1, offset: 0, len: 0 };
    if root.entries().is_none() && !root.is_broken() {
        no_fields(cx, root);
        return None;
    }
    let fields = cx.fields(root, "the scenario", top, &ROOT.names())?;
    // Complaints about every name of a section would only repeat that its title is misspelled.
    for (section, broken) in [
        ("users", &mut cx.names.users),
        ("clients", &mut cx.names.clients),
        ("servers", &mut cx.names.servers),
        ("jobs", &mut cx.names.jobs),
    ] {
        if fields.is_meant(section) || (section == "jobs" && fields.is_meant("downloads")) {
            broken.give_up();
        }
    }
    format(cx, &fields);
    let title = fields.required(cx, "scenario");
    let title = title.and_then(|node| cx.text(node, "a sentence about the scenario"));
    run_on(cx, &fields);
    let rules = rule_list(cx, &fields, "rules");
    let breaks = rule_list(cx, &fields, "breaks");
    stands(cx, &fields);
    let limits = limits(cx, &fields);
    let metered = world::read(cx, &fields);
    delivery::read(cx, &fields);
    let breaks = broken_by_defects(cx, &fields, breaks);
    let jobs = jobs(cx, &fields);
    let mut steps: Vec<Step> = metered.map(metered_from_the_start).into_iter().collect();
    if let Some(node) = fields.required(cx, "timeline") {
        steps.extend(timeline::read(cx, node));
    }
    cx.part = Part::Check;
    let never = fields.get("never").map_or_else(Vec::new, |node| checks::never(cx, node));
    let finally = fields.get("finally").map_or_else(Vec::new, |node| checks::checks(cx, node));
    second_thoughts(cx, &jobs);

    let plan = Plan {
        title: title?.value.split_whitespace().collect::<Vec<_>>().join(" "),
        target: cx.target,
        setup: cx.setup.clone(),
        rules,
        breaks,
        jobs,
        steps,
        never,
        finally,
        limits,
    };
    lint::read(cx, root, &plan);
    Some(plan)
}

/// A file that does not even begin like a scenario.
fn no_fields(cx: &mut Context, root: &Node) {
    let message = format!("a scenario is made of fields, and this is {}", root.describe());
    let mut place = root.head();
    place.len = if place.line == root.place.line { place.len.min(1) } else { 1 };
    cx.report(
        Diagnostic::error(codes::WRONG_KIND, place, message)
            .label("a scenario begins with `scenario:`")
            .help("a scenario needs at least `scenario`, `run_on` and `timeline`"),
    );
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
    if let Some(node) = fields.required(cx, "run_on") {
        named_targets(cx, node);
    }
}

fn named_targets(cx: &mut Context, node: &Node) {
    if let Some(text) = node.scalar() {
        let text = text.to_ascii_lowercase();
        let named: Vec<&str> = words(&text).collect();
        let better = format!("[{}]", named.join(", "));
        let message = "`run_on` is a list of targets";
        cx.report(Diagnostic::error(codes::WRONG_KIND, node.place, message).edit(
            format!("write `{better}`"),
            node.place,
            better,
        ));
        // What is meant is clear all the same.
        for value in named.iter().filter_map(|word| word.parse::<Target>().ok()) {
            if !cx.targets.iter().any(|known| known.value == value) {
                cx.targets.push(At { value, place: node.place });
            }
        }
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
                        .label("the second time")
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
    let mut known: Vec<String> = vec!["bits".to_owned()];
    known.extend(BITS_VERSIONS.iter().map(|version| format!("bits@{version}")));
    let delivery = [Target::DO_LEGACY, Target::DO_DOWNLOAD, Target::DO_AGENT];
    known.extend(delivery.map(|target| target.to_string()));
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if service == "bits" {
        let message = format!("there is no version `{}`", shown(word));
        let help = format!("known: {}", crate::suggest::any_of(&known[1..=BITS_VERSIONS.len()]));
        cx.report(Diagnostic::error(codes::UNKNOWN_TARGET, node.place, message).help(help));
    } else if closest(word, known.iter().copied()).is_some() {
        cx.unknown(codes::UNKNOWN_TARGET, node, "target", &known);
    } else {
        let message = format!("unknown target `{}`", shown(word));
        let help =
            "known: `bits`, `bits@VERSION`, `do-legacy`, `do-download` or `do-download@agent`";
        cx.report(Diagnostic::error(codes::UNKNOWN_TARGET, node.place, message).help(help));
    }
    None
}

/// The rules that the defects of the scenario break, on the targets that have the defects.
fn broken_by_defects(
    cx: &mut Context,
    fields: &Fields<'_>,
    breaks: Vec<At<RuleId>>,
) -> Vec<At<RuleId>> {
    let Some(entry) = fields.entry("breaks") else { return Vec::new() };
    let has_defects = !cx.setup.delivery.defects.is_empty();
    let agent = cx.targets.iter().any(|target| target.value == Target::DO_AGENT);
    if has_defects && cx.target == Target::DO_AGENT {
        return breaks;
    }
    if !agent || cx.target == Target::DO_AGENT {
        let message = "`breaks` names rules that a defect breaks, and there is no defect";
        cx.report(Diagnostic::error(codes::BAD_COMBINATION, entry.key.place, message).help(
            "run it on `do-download@agent` with `delivery: {defects: [...]}`, or take the line \
                 out: a run without a defect must hold",
        ));
    }
    Vec::new()
}

fn rule_list(cx: &mut Context, fields: &Fields<'_>, key: &str) -> Vec<At<RuleId>> {
    let Some(node) = fields.get(key) else { return Vec::new() };
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
                    .label("the second time")
                    .related(first, "the first time"),
            );
            continue;
        }
        other_service(cx, rule, item.place);
        rules.push(At { value: rule, place: item.place });
    }
    rules
}

/// Reports a rule of a service that the scenario does not run on.
fn other_service(cx: &mut Context, rule: RuleId, place: Place) {
    let Some(first) = cx.targets.first().map(|target| target.place) else { return };
    let holds_on: &[Service] = match rule.text() {
        // A rule of the BITS catalogue about the Delivery Optimization flavour of its interface.
        "BITS-ERROR-020" => &[Service::Bits, Service::DoLegacy],
        text if text.starts_with("BITS-") => &[Service::Bits],
        text if text.starts_with("DOD-") => &[Service::DoDownload],
        _ => &[Service::DoLegacy],
    };
    if cx.targets.iter().any(|target| holds_on.contains(&target.value.service)) {
        return;
    }
    let mut services: Vec<&str> = Vec::new();
    for target in &cx.targets {
        let name = target.value.service.name();
        if !services.contains(&name) {
            services.push(name);
        }
    }
    let message = format!("{rule} is no rule of `{}`", services.join("` or `"));
    cx.report(
        Diagnostic::error(codes::OTHER_SERVICE, place, message)
            .label("it cannot be exercised here")
            .related(first, "the scenario runs on nothing else")
            .help(format!("it is a rule of `{}`", holds_on[0].name())),
    );
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
    let padded = text.rsplit_once('-').map(|(family, number)| format!("{family}-{number:0>3}"));
    let padded = padded.filter(|padded| RuleId::parse(padded).is_some());
    let of_diagnostic = crate::DIAGNOSTICS.iter().any(|(id, _)| *id == text);
    cx.report(match (given, meant) {
        _ if padded.is_some() => {
            let padded = padded.unwrap_or_default();
            diagnostic.edit(format!("did you mean `{padded}`?"), node.place, padded)
        }
        _ if of_diagnostic => diagnostic
            .label("the id of a diagnostic")
            .help("`rules` names documented rules; `bitsim rules` lists them"),
        (Some(given), _) if families.contains(&given) => match numbers(&given) {
            (Some(first), Some(last)) => {
                diagnostic.help(format!("the rules with this name are {first} to {last}"))
            }
            _ => diagnostic,
        },
        (_, Some(meant)) => diagnostic.edit(format!("did you mean `{meant}`?"), node.place, meant),
        _ => diagnostic.help("`bitsim rules` lists all ids"),
    });
}

/// Takes the readings of the scenario in place of the recommended ones.
fn stands(cx: &mut Context, fields: &Fields<'_>) {
    let Some(entry) = fields.entry("stands") else { return };
    let questions: Vec<&str> = Stands::QUESTIONS.iter().map(|(key, ..)| *key).collect();
    let Some(entries) = entry.value.entries() else {
        return cx.wrong_kind(&entry.value, "a map of readings by question");
    };
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
                // Question and reading have just been found among the known ones.
                let _ = cx.setup.stands.take(question, reading);
            }
            Some(_) => cx.unknown(codes::UNKNOWN_READING, &entry.value, "reading", readings),
        }
    }
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
    let Some(fields) = cx.fields(&entry.value, "`limits`", entry.key.place, &LIMITS.names()) else {
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
    let entries = jobs::declare(cx, fields);
    let jobs = jobs::read(cx, &entries);
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
                    .label("no `create` step makes it")
                    .help(format!(
                        "add `do: {{create: {}}}` to a step, or take `created: later` out",
                        shown(&job.name)
                    )),
            );
        }
    }
    let checked = std::mem::take(&mut cx.story.checked_paths);
    for (path, place) in checked {
        let key = path.to_lowercase();
        if !cx.story.knows_path(&key) {
            let known = cx.story.known_paths.values().map(String::as_str);
            let meant = closest(&key, known.clone()).map(str::to_owned);
            let known: Vec<&str> = known.take(4).collect();
            let message = format!("no job reads or writes `{}`", shown(&path));
            let diagnostic = Diagnostic::warning(codes::UNKNOWN_PATH, place, message)
                .label("nothing happens to this file");
            cx.report(match meant {
                Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
                None if known.len() < 4 && !known.is_empty() => {
                    diagnostic.help(format!("the jobs know {}", crate::suggest::and_of(&known)))
                }
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
