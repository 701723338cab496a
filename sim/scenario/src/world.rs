//! The world that a scenario begins in: users, clients, servers, volumes, policies, clock.

use crate::codes;
use crate::context::{Context, Fields};
use crate::diagnostic::Diagnostic;
use crate::files;
use crate::grammar::{CLIENT, LATENCY, POLICIES, SERVER, USER, VOLUME, WORLD};
use crate::node::{Entry, Node, shown};
use crate::plan::Place;
use bitsim_vocab::world::{Client, Policies, Server, User, UserKind, Volume};
use bitsim_vocab::{Span, UserId, WallTime};

/// The kinds of accounts as a scenario writes them.
const USER_KINDS: &[(&str, UserKind)] = &[
    ("standard", UserKind::Standard),
    ("administrator", UserKind::Administrator),
    ("local_system", UserKind::LocalSystem),
    ("local_service", UserKind::LocalService),
    ("network_service", UserKind::NetworkService),
];

/// Reads every section that says how things stand before the first step. Returns the place of
/// `metered` if the network is metered from the start.
pub(crate) fn read(cx: &mut Context, root: &Fields<'_>) -> Option<Place> {
    users_and_clients(cx, root);
    servers(cx, root.get("servers"));
    volumes(cx, root.get("volumes"));
    if let Some(entry) = root.entry("policies") {
        let mut policies = cx.setup.policies.clone();
        let known = POLICIES.names();
        if let Some(fields) = cx.fields(&entry.value, "`policies`", entry.key.place, &known) {
            read_policies(cx, &fields, &mut policies);
            if let Some(limit) = fields.get("bandwidth").and_then(|node| cx.limit(node)) {
                policies.bandwidth = limit;
            }
        }
        cx.setup.policies = policies;
    }
    if let Some(node) = root.get("seed") {
        cx.setup.seed = cx.number(node, 0, u64::MAX).unwrap_or_default();
    }
    let metered = clock_and_network(cx, root.entry("world"));
    cx.story.bandwidth = cx.setup.policies.bandwidth;
    cx.story.policies = cx.setup.policies.clone();
    metered
}

fn clock_and_network(cx: &mut Context, entry: Option<&Entry>) -> Option<Place> {
    let entry = entry?;
    let fields = cx.fields(&entry.value, "`world`", entry.key.place, &WORLD.names())?;
    if let Some(node) = fields.get("wall_clock") {
        cx.setup.wall_start = cx.wall_time(node).unwrap_or(WallTime::DEFAULT_START);
    }
    if let Some(node) = fields.get("network") {
        let words = [("up", true), ("down", false)];
        cx.setup.network = cx.choice(node, "state of the network", &words).unwrap_or(true);
    }
    if let Some(span) = fields.get("time_slice").and_then(|node| cx.positive_duration(node)) {
        cx.setup.time_slice = span;
    }
    if let Some(node) = fields.get("local_files") {
        local_files(cx, node);
    }
    let metered = fields.entry("metered")?;
    (cx.boolean(&metered.value) == Some(true)).then_some(metered.key.place)
}

/// Files that lie on the disk from the start, by path.
fn local_files(cx: &mut Context, node: &Node) {
    let Some(entries) = node.entries() else {
        return cx.wrong_kind(node, "a map of sizes by path (`C:\\downloads\\a.bin: 4 KiB`)");
    };
    for Entry { key, value } in entries {
        if let Some(size) = cx.size(value) {
            cx.story.know_path(&key.value);
            files::local_file(cx, &key.value, size, value.place);
        }
    }
}

/// The policies that `fields` names, bandwidth excepted.
pub(crate) fn read_policies(cx: &mut Context, fields: &Fields<'_>, policies: &mut Policies) {
    let spans: [(&str, &mut Span); 2] = [
        ("job_inactivity_timeout", &mut policies.job_inactivity_timeout),
        ("max_download_time", &mut policies.max_download_time),
    ];
    for (key, span) in spans {
        if let Some(node) = fields.get(key) {
            *span = cx.positive_duration(node).unwrap_or(*span);
        }
    }
    let counts: [(&str, &mut u32); 3] = [
        ("max_jobs_per_user", &mut policies.max_jobs_per_user),
        ("max_jobs_per_machine", &mut policies.max_jobs_per_machine),
        ("max_files_per_job", &mut policies.max_files_per_job),
    ];
    for (key, count) in counts {
        if let Some(node) = fields.get(key) {
            *count = cx.small_number(node, 0).unwrap_or(*count);
        }
    }
}

fn users_and_clients(cx: &mut Context, root: &Fields<'_>) {
    let users = cx.section(root.get("users"), |names| &mut names.users);
    for entry in users {
        let user = user(cx, entry);
        cx.setup.users.push(user);
    }
    if cx.names.users.is_empty() {
        cx.names.users.declare("owner", Place::default());
        let name = "owner".to_owned();
        cx.setup.users.push(User { name, kind: UserKind::Standard, logged_on: true });
    }
    let clients = cx.section(root.get("clients"), |names| &mut names.clients);
    for entry in clients {
        let client = client(cx, entry);
        cx.setup.clients.push(client);
    }
    if !cx.names.clients.is_empty() {
        return;
    }
    let names: Vec<String> = if users.is_empty() {
        vec!["app".to_owned()]
    } else {
        cx.setup.users.iter().map(|user| user.name.clone()).collect()
    };
    for (user, name) in (0..).map(UserId).zip(names) {
        cx.names.clients.declare(&name, Place::default());
        cx.setup.clients.push(Client { name, user, running: true, elevated: false });
    }
}

fn user(cx: &mut Context, entry: &Entry) -> User {
    let known = USER.names();
    let name = entry.key.value.clone();
    let mut user = User { name, kind: UserKind::Standard, logged_on: true };
    let owner = format!("user `{}`", shown(&user.name));
    let Some(fields) = cx.fields_or_none(&entry.value, owner, entry.key.place, &known) else {
        return user;
    };
    if let Some(node) = fields.get("kind") {
        user.kind = cx.choice(node, "kind of user", USER_KINDS).unwrap_or(user.kind);
    }
    if let Some(node) = fields.get("logged_on") {
        user.logged_on = cx.boolean(node).unwrap_or(true);
    }
    user
}

fn client(cx: &mut Context, entry: &Entry) -> Client {
    let known = CLIENT.names();
    let name = entry.key.value.clone();
    let mut client = Client { name, user: UserId(0), running: true, elevated: false };
    let owner = format!("client `{}`", shown(&client.name));
    let Some(fields) = cx.fields_or_none(&entry.value, owner, entry.key.place, &known) else {
        return client;
    };
    if let Some(user) = fields.required(cx, "user").and_then(|node| cx.user(node)) {
        client.user = user;
    }
    if let Some(node) = fields.get("elevated") {
        client.elevated = cx.boolean(node).unwrap_or(false);
    }
    if let Some(node) = fields.get("running") {
        client.running = cx.boolean(node).unwrap_or(true);
    }
    client
}

/// A server that nothing is said about.
pub(crate) fn plain_server(name: String) -> Server {
    Server {
        name,
        bandwidth: 1 << 20,
        latency_min: Span::millis(20),
        latency_max: Span::millis(20),
        ranges: true,
        content_length: true,
        max_upload: u64::MAX,
        reply_size: 0,
        replies: true,
        files: Vec::new(),
    }
}

fn servers(cx: &mut Context, node: Option<&Node>) {
    let entries = cx.section(node, |names| &mut names.servers);
    for entry in entries {
        let server = server(cx, entry);
        cx.setup.servers.push(server);
    }
    // The files come last: a URL may be written in full, and then its server must be known.
    for entry in entries {
        let files = entry.value.entries().unwrap_or_default();
        if let Some(files) = files.iter().find(|field| field.key.value == "files") {
            files::offered_by(cx, &entry.key.value, &files.value);
        }
    }
}

fn server(cx: &mut Context, entry: &Entry) -> Server {
    let known = SERVER.names();
    let name = &entry.key.value;
    if name.contains([':', '/', '\\', ' ', '?']) {
        let message = format!("`{}` is no host name", shown(name));
        // Whoever uses the name would only hear of the same mistake.
        cx.names.servers.give_up();
        let advice = "a server is named as in `cdn.test`, without protocol, port or path";
        let diagnostic = Diagnostic::error(codes::BAD_URL, entry.key.place, message);
        let url = if name.contains("://") { name.clone() } else { format!("https://{name}") };
        cx.report(match files::host_of(&url) {
            Some(host) if !host.contains(' ') => diagnostic.edit(advice, entry.key.place, host),
            _ => diagnostic.help(advice),
        });
    }
    let mut server = plain_server(name.clone());
    let owner = format!("server `{}`", shown(name));
    let Some(fields) = cx.fields_or_none(&entry.value, owner, entry.key.place, &known) else {
        return server;
    };
    if let Some(node) = fields.get("bandwidth") {
        match cx.rate(node) {
            Some(0) => {
                let message = "a server without any bandwidth never answers";
                cx.report(
                    Diagnostic::error(codes::BAD_SIZE, node.place, message)
                        .help("to make it silent, use the fault `time_out`"),
                );
            }
            Some(rate) => server.bandwidth = rate,
            None => {}
        }
    }
    if let Some(node) = fields.get("latency") {
        latency(cx, node, &mut server);
    }
    let flags: [(&str, &mut bool); 3] = [
        ("ranges", &mut server.ranges),
        ("content_length", &mut server.content_length),
        ("replies", &mut server.replies),
    ];
    for (key, flag) in flags {
        if let Some(node) = fields.get(key) {
            *flag = cx.boolean(node).unwrap_or(*flag);
        }
    }
    if let Some(size) = fields.get("max_upload").and_then(|node| cx.size(node)) {
        server.max_upload = size;
    }
    if let Some(size) = fields.get("reply_size").and_then(|node| cx.size(node)) {
        server.reply_size = size;
    }
    server
}

fn latency(cx: &mut Context, node: &Node, server: &mut Server) {
    if node.entries().is_none() {
        if let Some(span) = cx.duration(node) {
            (server.latency_min, server.latency_max) = (span, span);
        }
        return;
    }
    let Some(fields) = cx.fields(node, "`latency`", node.head(), &LATENCY.names()) else { return };
    let min = fields.required(cx, "min").and_then(|node| cx.duration(node));
    let max = fields.required(cx, "max").and_then(|node| cx.duration(node));
    if let (Some(min), Some(max)) = (min, max) {
        if min > max {
            let place = fields.get("min").map_or(node.place, |node| node.place);
            let message = format!("`min` is {min} and so longer than `max`, which is {max}");
            cx.report(
                Diagnostic::error(codes::CONTRADICTION, place, message)
                    .label("the shortest delay")
                    .help("exchange the two"),
            );
        }
        (server.latency_min, server.latency_max) = (min, max);
    }
}

fn volumes(cx: &mut Context, node: Option<&Node>) {
    let Some(node) = node else { return };
    let Some(entries) = node.entries() else {
        return cx.wrong_kind(node, "a map of volumes (`\"C:\": {free: 10 GiB}`)");
    };
    for entry in entries {
        let key = Node {
            place: entry.key.place,
            kind: crate::node::Kind::Scalar { text: entry.key.value.clone(), plain: false },
        };
        let root = volume_name(cx, &key);
        let owner = format!("volume `{}`", shown(&entry.key.value));
        let fields = cx.fields(&entry.value, owner, entry.key.place, &VOLUME.names());
        let Some(fields) = fields else { continue };
        let free = fields.required(cx, "free").and_then(|node| cx.size(node));
        if let (Some(root), Some(free)) = (root, free) {
            cx.setup.volumes.push(Volume { root, free });
        }
    }
}

/// A drive letter and a colon.
pub(crate) fn volume_name(cx: &mut Context, node: &Node) -> Option<String> {
    let text = cx.text(node, "a volume such as `\"C:\"`")?.value;
    let mut letters = text.chars();
    let letter = letters.next().filter(char::is_ascii_alphabetic);
    match (letter, letters.as_str()) {
        (Some(letter), ":") => Some(format!("{}:", letter.to_ascii_uppercase())),
        (letter, rest) => {
            let message = format!("`{}` is no volume", shown(&text));
            let diagnostic = Diagnostic::error(codes::UNKNOWN_WORD, node.place, message);
            cx.report(match letter {
                Some(letter) if matches!(rest, "" | "\\" | ":\\" | ":/") => {
                    let meant = format!("{}:", letter.to_ascii_uppercase());
                    let message = format!("did you mean `\"{meant}\"`?");
                    diagnostic.edit(message, node.place, format!("\"{meant}\""))
                }
                _ => diagnostic.help("a volume is a drive letter and a colon: `\"C:\"`"),
            });
            None
        }
    }
}
