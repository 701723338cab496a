//! What befalls the world: `fault: {disconnect: {for: 2m}}`.

use crate::calls;
use crate::codes;
use crate::context::{Context, Fields, KnownSize};
use crate::diagnostic::Diagnostic;
use crate::dialect::Lack;
use crate::faults;
use crate::files;
use crate::grammar::{
    ALLOW, BANDWIDTH, BLOCK, CHANGE_LOCAL, CHANGE_REMOTE, DENY, FOR_A_WHILE, LOCK_VOLUME, NETWORK,
    NOTHING_MORE, POLICIES, RESTART_SERVICE, Shape, UNBLOCK, VOLUME_SPACE,
};
use crate::node::{Entry, Node, shown};
use crate::plan::{Act, At, Ends, Place};
use crate::world;
use bitsim_vocab::world::{Block, Disturbance, NetworkCondition, PathOperation};
use bitsim_vocab::{Service, SimTime};

const BLOCKS: &[(&str, Block)] = &[
    ("cost", Block::Cost),
    ("standby", Block::Standby),
    ("battery_policy", Block::BatteryPolicy),
    ("battery_saver", Block::BatterySaver),
    ("background_access", Block::BackgroundAccess),
    ("game_mode", Block::GameMode),
    ("system_policy", Block::SystemPolicy),
    ("cellular", Block::Cellular),
    ("power_state", Block::PowerState),
    ("vpn", Block::Vpn),
    ("critical_memory", Block::CriticalMemory),
];

const CONDITIONS: &[(&str, NetworkCondition)] = &[
    ("metered", NetworkCondition::Metered),
    ("near_data_limit", NetworkCondition::NearDataLimit),
    ("over_data_limit", NetworkCondition::OverDataLimit),
    ("roaming", NetworkCondition::Roaming),
    ("cellular", NetworkCondition::Cellular),
];

const OPERATIONS: &[(&str, PathOperation)] = &[
    ("rename", PathOperation::Rename),
    ("delete", PathOperation::Delete),
    ("write", PathOperation::Write),
    ("exist", PathOperation::Exist),
];

/// What an event does, said at `place`; nothing if it has a mistake. A `heal` ends several faults.
pub(crate) fn event(cx: &mut Context, verb: &Entry, place: Place) -> Vec<At<Act>> {
    if verb.key.value == "heal" {
        return faults::heal(cx, verb, place);
    }
    let act = disturbance(cx, verb);
    act.map(|(what, ends)| At { value: Act::Disturb { what, ends }, place }).into_iter().collect()
}

/// A disturbance and how it ends by itself.
pub(crate) type Disturbed = (Disturbance, Option<(Ends, Disturbance)>);

fn disturbance(cx: &mut Context, verb: &Entry) -> Option<Disturbed> {
    let node = &verb.value;
    let once = |what: Disturbance| (what, None);
    match verb.key.value.as_str() {
        "connect" => nothing_more(cx, verb, Disturbance::NetworkRegained),
        "unmeter" => nothing_more(cx, verb, Disturbance::BlockEnds(Block::Cost)),
        "restart_computer" => nothing_more(cx, verb, Disturbance::ComputerRestarts),
        "disconnect" => {
            for_a_while(cx, verb, Disturbance::NetworkLost, Disturbance::NetworkRegained)
        }
        "meter" => {
            let (begins, ends) =
                (Disturbance::BlockBegins(Block::Cost), Disturbance::BlockEnds(Block::Cost));
            for_a_while(cx, verb, begins, ends)
        }
        "block" => block(cx, verb),
        "unblock" => {
            let fields = cx.fields(node, "`unblock`", verb.key.place, &UNBLOCK.names())?;
            let cause = cause(cx, &fields)?;
            Some(once(Disturbance::BlockEnds(cause)))
        }
        "log_off" => cx.user(node).map(Disturbance::LogOff).map(once),
        "log_on" => cx.user(node).map(Disturbance::LogOn).map(once),
        "run_as" => cx.user(node).map(Disturbance::RunAs).map(once),
        "start_client" => cx.client(node).map(Disturbance::ClientStarts).map(once),
        "exit_client" => cx.client(node).map(Disturbance::ClientExits).map(once),
        "http" | "refuse" | "time_out" | "no_name" | "drop" | "fail" | "corrupt" => {
            faults::fault(cx, verb)
        }
        "change_remote" => change_remote(cx, verb).map(once),
        "change_local" => change_local(cx, verb).map(once),
        "lock_volume" => lock_volume(cx, verb),
        "unlock_volume" => world::volume_name(cx, node).map(Disturbance::VolumeUnlocked).map(once),
        "change_volume" => world::volume_name(cx, node).map(Disturbance::VolumeChanged).map(once),
        "volume_space" => volume_space(cx, verb).map(once),
        "deny" => deny(cx, verb),
        "allow" => {
            let fields = cx.fields(node, "`allow`", verb.key.place, &ALLOW.names())?;
            let (path, operation) = path_operation(cx, &fields)?;
            Some(once(Disturbance::PathAllowed(path, operation)))
        }
        "bandwidth" => bandwidth(cx, verb),
        "policies" => policies(cx, verb).map(once),
        "move_wall_clock" => cx.signed_ticks(node).map(Disturbance::WallClockMoves).map(once),
        "network" => network(cx, verb),
        "stop_service" | "start_service" if !cx.downloads() => {
            let lack = Lack { what: "IDOManager", instead: Some("`restart_service`") };
            cx.lacks(verb.key.place, lack, false);
            None
        }
        "stop_service" => {
            for_a_while(cx, verb, Disturbance::ServiceStops, Disturbance::ServiceStarts)
        }
        "start_service" => nothing_more(cx, verb, Disturbance::ServiceStarts),
        "delete_local" => {
            let path = cx.text(node, "a path such as `C:\\downloads\\a.bin`")?;
            Some(once(Disturbance::LocalFileDeleted(path.value)))
        }
        "restart_service" => {
            let known = RESTART_SERVICE.names();
            let fields = cx.fields_or_none(node, "`restart_service`", verb.key.place, &known)?;
            let readable = fields.get("list_readable");
            let list_readable = readable.map_or(Some(true), |node| cx.boolean(node))?;
            Some(once(Disturbance::ServiceRestarts { list_readable }))
        }
        _ => None,
    }
}

fn named(verb: &Entry) -> String {
    format!("`{}`", verb.key.value)
}

/// An event that says all there is to say with its name: `connect: {}`.
fn nothing_more(cx: &mut Context, verb: &Entry, what: Disturbance) -> Option<Disturbed> {
    cx.fields_or_none(&verb.value, named(verb), verb.key.place, &NOTHING_MORE.names())?;
    Some((what, None))
}

fn for_a_while(
    cx: &mut Context,
    verb: &Entry,
    begins: Disturbance,
    over: Disturbance,
) -> Option<Disturbed> {
    let known = FOR_A_WHILE.names();
    let fields = cx.fields_or_none(&verb.value, named(verb), verb.key.place, &known)?;
    let ends = ends(cx, &fields)?;
    Some((begins, ends.map(|ends| (ends, over))))
}

/// The fields `for` and `until`, of which one at most may be there.
pub(crate) fn ends(cx: &mut Context, fields: &Fields<'_>) -> Option<Option<Ends>> {
    let Some(entry) = fields.at_most_one(cx, &["for", "until"]) else { return Some(None) };
    if entry.key.value == "for" {
        return cx.positive_duration(&entry.value).map(Ends::After).map(Some);
    }
    let until = SimTime::ZERO + cx.duration(&entry.value)?;
    if until <= cx.story.earliest {
        let message = format!("{} would end before it begins", fields.owner);
        let mut diagnostic = Diagnostic::error(codes::TIME_GOES_BACK, entry.value.place, message)
            .label("a time since the start of the run")
            .help("to give its length, write `for`");
        if let Some(written) = cx.story.written {
            diagnostic = diagnostic.related(written, "it begins here");
        }
        cx.report(diagnostic);
        return None;
    }
    Some(Some(Ends::At(until)))
}

fn cause(cx: &mut Context, fields: &Fields<'_>) -> Option<Block> {
    let node = fields.required(cx, "cause")?;
    let cause = cx.choice(node, "cause", BLOCKS)?;
    let known: &[Block] =
        if cx.service() == Service::Bits { &Block::BITS } else { &Block::DELIVERY };
    if known.contains(&cause) {
        return Some(cause);
    }
    cx.lacks(node.place, Lack::of("block of this cause"), false);
    None
}

/// What the network is like: `network: {conditions: [metered, roaming]}`.
fn network(cx: &mut Context, verb: &Entry) -> Option<Disturbed> {
    if cx.service() == Service::Bits {
        let lack = Lack { what: "network conditions", instead: Some("`meter`") };
        cx.lacks(verb.key.place, lack, false);
        return None;
    }
    let known = NETWORK.names();
    let fields = cx.fields_or_none(&verb.value, "`network`", verb.key.place, &known)?;
    let mut conditions: Vec<NetworkCondition> = Vec::new();
    if let Some(node) = fields.get("conditions") {
        for item in node.one_or_many() {
            conditions.push(cx.choice(item, "network condition", CONDITIONS)?);
        }
    }
    conditions.sort_unstable();
    conditions.dedup();
    let ends = ends(cx, &fields)?;
    let before = cx.story.conditions.clone();
    if ends.is_none() {
        cx.story.conditions.clone_from(&conditions);
    }
    let over = ends.map(|ends| (ends, Disturbance::NetworkConditions(before)));
    Some((Disturbance::NetworkConditions(conditions), over))
}

fn block(cx: &mut Context, verb: &Entry) -> Option<Disturbed> {
    let fields = cx.fields(&verb.value, "`block`", verb.key.place, &BLOCK.names())?;
    let cause = cause(cx, &fields);
    let ends = ends(cx, &fields);
    let (cause, ends) = (cause?, ends?);
    let over = Disturbance::BlockEnds(cause);
    Some((Disturbance::BlockBegins(cause), ends.map(|ends| (ends, over))))
}

fn change_remote(cx: &mut Context, verb: &Entry) -> Option<Disturbance> {
    let known = CHANGE_REMOTE.names();
    let fields = cx.fields(&verb.value, "`change_remote`", verb.key.place, &known)?;
    let url = fields.required(cx, "url").and_then(|node| files::remote_name(cx, node, false));
    let stamped = fields.get("stamped").map_or(Some(true), |node| cx.boolean(node));
    let size = match fields.get("size") {
        Some(node) => cx.size(node).map(|size| KnownSize { size, place: node.place }),
        None => match &url {
            Some(url) if cx.remote.contains_key(url) => cx.remote.get(url).copied(),
            Some(_) => {
                fields.required(cx, "size");
                None
            }
            None => None,
        },
    };
    let (url, size, stamped) = (url?, size?, stamped?);
    cx.remote.insert(url.clone(), size);
    Some(Disturbance::RemoteFileChanges { url, size: size.size, stamped })
}

fn change_local(cx: &mut Context, verb: &Entry) -> Option<Disturbance> {
    let known = CHANGE_LOCAL.names();
    let fields = cx.fields(&verb.value, "`change_local`", verb.key.place, &known)?;
    let path = match fields.at_most_one(cx, &["path", "job"]) {
        Some(entry) if entry.key.value == "path" => {
            cx.text(&entry.value, "a path").map(|path| path.value)
        }
        Some(entry) => {
            let job = cx.job(&entry.value)?;
            let path = cx.story.first_files.get(&job).cloned();
            if path.is_none() {
                let name = entry.value.describe();
                let message = format!("job {name} is not declared with a file");
                cx.report(
                    Diagnostic::error(codes::CONTRADICTION, entry.value.place, message)
                        .help("write `path` instead of `job`"),
                );
            }
            path
        }
        None => {
            fields.required(cx, "path");
            None
        }
    };
    let size = match fields.get("size") {
        Some(node) => cx.size(node).map(|size| KnownSize { size, place: node.place }),
        None => match &path {
            Some(path) => {
                let known = cx.local.get(&path.to_lowercase()).copied();
                if known.is_none() {
                    fields.required(cx, "size");
                }
                known
            }
            None => None,
        },
    };
    let (path, size) = (path?, size?);
    cx.local.insert(path.to_lowercase(), size);
    Some(Disturbance::LocalFileChanges { path, size: size.size })
}

fn lock_volume(cx: &mut Context, verb: &Entry) -> Option<Disturbed> {
    if verb.value.entries().is_none() {
        let volume = world::volume_name(cx, &verb.value)?;
        return Some((Disturbance::VolumeLocked(volume), None));
    }
    let known = LOCK_VOLUME.names();
    let fields = cx.fields(&verb.value, "`lock_volume`", verb.key.place, &known)?;
    let volume = fields.required(cx, "volume").and_then(|node| world::volume_name(cx, node));
    let ends = ends(cx, &fields);
    let (volume, ends) = (volume?, ends?);
    let over = Disturbance::VolumeUnlocked(volume.clone());
    Some((Disturbance::VolumeLocked(volume), ends.map(|ends| (ends, over))))
}

fn volume_space(cx: &mut Context, verb: &Entry) -> Option<Disturbance> {
    let known = VOLUME_SPACE.names();
    let fields = cx.fields(&verb.value, "`volume_space`", verb.key.place, &known)?;
    let volume = fields.required(cx, "volume").and_then(|node| world::volume_name(cx, node));
    let free = fields.required(cx, "free").and_then(|node| cx.size(node));
    Some(Disturbance::VolumeSpace(volume?, free?))
}

fn path_operation(cx: &mut Context, fields: &Fields<'_>) -> Option<(String, PathOperation)> {
    let path = fields.required(cx, "path").and_then(|node| cx.text(node, "a path"));
    let operation = fields
        .required(cx, "operation")
        .and_then(|node| cx.choice(node, "operation on a path", OPERATIONS));
    Some((path?.value, operation?))
}

fn deny(cx: &mut Context, verb: &Entry) -> Option<Disturbed> {
    let fields = cx.fields(&verb.value, "`deny`", verb.key.place, &DENY.names())?;
    let denied = path_operation(cx, &fields);
    let ends = ends(cx, &fields);
    let ((path, operation), ends) = (denied?, ends?);
    let over = Disturbance::PathAllowed(path.clone(), operation);
    Some((Disturbance::PathDenied(path, operation), ends.map(|ends| (ends, over))))
}

fn bandwidth(cx: &mut Context, verb: &Entry) -> Option<Disturbed> {
    if verb.value.entries().is_none() {
        let limit = cx.limit(&verb.value)?;
        cx.story.bandwidth = limit;
        return Some((Disturbance::Bandwidth(limit), None));
    }
    let fields = cx.fields(&verb.value, "`bandwidth`", verb.key.place, &BANDWIDTH.names())?;
    let limit = fields.required(cx, "limit").and_then(|node| cx.limit(node));
    let ends = ends(cx, &fields);
    let (limit, ends) = (limit?, ends?);
    let before = cx.story.bandwidth;
    if ends.is_none() {
        cx.story.bandwidth = limit;
    }
    Some((Disturbance::Bandwidth(limit), ends.map(|ends| (ends, Disturbance::Bandwidth(before)))))
}

fn policies(cx: &mut Context, verb: &Entry) -> Option<Disturbance> {
    let (place, known) = (verb.key.place, POLICIES.names());
    let fields = cx.fields(&verb.value, "`policies`", place, &known)?;
    cx.require_one_of(&fields, &known);
    if let Some(entry) = fields.entry("bandwidth") {
        let message = "the bandwidth limit has an event of its own";
        cx.report(
            Diagnostic::error(codes::BAD_COMBINATION, entry.key.place, message)
                .help("write `{bandwidth: 64 KiB/s}` beside `policies`"),
        );
    }
    let mut policies = cx.story.policies.clone();
    world::read_policies(cx, &fields, &mut policies);
    cx.story.policies = policies.clone();
    Some(Disturbance::PoliciesChange(Box::new(policies)))
}

/// The one event or call of an entry under `do` or `fault`, with what may stand beside it.
pub(crate) fn verb_of<'n>(
    cx: &mut Context,
    node: &'n Node,
    shape: &Shape,
    what: &str,
) -> Option<&'n Entry> {
    match node.entries() {
        Some(entries) => calls::one_verb(cx, node, entries, shape, what),
        None => {
            match node.scalar() {
                Some(words) if call_in_words(words, shape).is_some() => {
                    let (verb, name) = call_in_words(words, shape).unwrap_or_default();
                    let better = format!("{{{verb}: {name}}}");
                    let message = format!("`{}` is written with a colon and braces", shown(words));
                    let diagnostic = Diagnostic::error(codes::WRONG_KIND, node.place, message);
                    let advice = format!("write `{better}`");
                    cx.report(diagnostic.edit(advice, node.place, better));
                }
                Some(word) if crate::grammar::CALL.has_verb(word) => {
                    let message = format!("`{word}` does not say which job");
                    let diagnostic = Diagnostic::error(codes::WRONG_KIND, node.place, message);
                    cx.report(diagnostic.help(format!("write `{{{word}: JOB}}`")));
                }
                Some(word) if shape.has_verb(word) => {
                    let message = format!("`{}` is written with braces", shown(word));
                    let better = format!("{{{word}: {{}}}}");
                    cx.report(Diagnostic::error(codes::WRONG_KIND, node.place, message).edit(
                        format!("write `{better}`"),
                        node.place,
                        better,
                    ));
                }
                _ if shape.has_verb("resume") => {
                    cx.wrong_kind(node, "a call or an event (`{resume: JOB}`)");
                }
                _ => cx.wrong_kind(node, &format!("a {what} (`{{disconnect: {{}}}}`)")),
            }
            None
        }
    }
}

/// `resume payroll`, written like a sentence.
fn call_in_words<'w>(words: &'w str, shape: &Shape) -> Option<(&'w str, &'w str)> {
    let (verb, name) = words.split_once(' ')?;
    (shape.has_verb(verb) && !name.contains([' ', ':', ','])).then_some((verb, name))
}
