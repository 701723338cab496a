//! The world that a story begins in.

use super::sizes::Sizes;
use super::{bytes, declared, quoted, rate};
use crate::story::Story;
use bitsim_vocab::world::{
    Client, Delivery, LocalFile, Policies, Server, Setup, User, UserKind, Volume,
};
use bitsim_vocab::{Span, Stands, UserId, WallTime};
use std::fmt::Write as _;

/// Writes every section about the world of which there is anything to say.
pub(super) fn write(text: &mut String, story: &Story, sizes: &Sizes<'_>) {
    let setup = &story.setup;
    if setup.seed != 0 {
        let _ = writeln!(text, "seed: {}", setup.seed);
    }
    let map = |items: Vec<String>| items.join(", ");
    let sections =
        [("stands", stands(setup)), ("policies", policies(setup)), ("delivery", delivery(setup))];
    for (key, figures) in sections {
        if !figures.is_empty() {
            let _ = writeln!(text, "{key}: {{{}}}", map(figures));
        }
    }
    section(text, "world", world(story));
    let owner = |user: &User| user.name == "owner" && user.logged_on;
    let alone =
        matches!(setup.users.as_slice(), [user] if owner(user) && user.kind == UserKind::Standard);
    if !alone {
        section(text, "users", setup.users.iter().map(user).collect());
    }
    let usual = match alone {
        true => vec![("app", UserId(0))],
        false => setup.users.iter().map(|user| user.name.as_str()).zip((0..).map(UserId)).collect(),
    };
    let plain = |client: &Client| client.running && !client.elevated;
    let told = setup.clients.iter().map(|client| (client.name.as_str(), client.user));
    if !told.eq(usual) || !setup.clients.iter().all(plain) {
        section(text, "clients", setup.clients.iter().map(|it| client(setup, it)).collect());
    }
    section(text, "servers", setup.servers.iter().flat_map(|it| server(it, sizes)).collect());
    let volume = |it: &Volume| format!("{}: {{free: {}}}", quoted(&it.root), bytes(it.free));
    section(text, "volumes", setup.volumes.iter().map(volume).collect());
}

/// A key with lines under it, if there are any.
fn section(text: &mut String, key: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        let _ = writeln!(text, "{key}:");
    }
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

fn world(story: &Story) -> Vec<String> {
    let setup = &story.setup;
    let mut lines = Vec::new();
    if setup.wall_start != WallTime::DEFAULT_START {
        lines.push(format!("wall_clock: {}", setup.wall_start));
    }
    if setup.time_slice != Span::secs(300) {
        lines.push(format!("time_slice: {}", setup.time_slice));
    }
    if !setup.network {
        lines.push("network: down".to_owned());
    }
    if !setup.local_files.is_empty() && !declared::tell_local_files(story) {
        lines.push("local_files:".to_owned());
        let file = |file: &LocalFile| format!("  {}: {}", quoted(&file.path), bytes(file.size));
        lines.extend(setup.local_files.iter().map(file));
    }
    lines
}

fn user(user: &User) -> String {
    let mut figures = Vec::new();
    if user.kind != UserKind::Standard {
        figures.push(format!("kind: {}", user_kind(user.kind)));
    }
    if !user.logged_on {
        figures.push("logged_on: false".to_owned());
    }
    format!("{}: {{{}}}", user.name, figures.join(", "))
}

fn client(setup: &Setup, client: &Client) -> String {
    let elevated = if client.elevated { ", elevated: true" } else { "" };
    let away = if client.running { "" } else { ", running: false" };
    let user = &setup.users[client.user.index()].name;
    format!("{}: {{user: {user}{elevated}{away}}}", client.name)
}

fn user_kind(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Standard => "standard",
        UserKind::Administrator => "administrator",
        UserKind::LocalSystem => "local_system",
        UserKind::LocalService => "local_service",
        UserKind::NetworkService => "network_service",
    }
}

/// Readings that are not the recommended ones.
fn stands(setup: &Setup) -> Vec<String> {
    let usual = Stands::recommended(setup.target).taken();
    let taken = setup.stands.taken().into_iter();
    let other = taken.filter(|reading| !usual.contains(reading));
    other.map(|(question, reading)| format!("{question}: {reading}")).collect()
}

/// Policies that are not the documented defaults.
fn policies(setup: &Setup) -> Vec<String> {
    let mut told = counted_policies(&setup.policies, &Policies::default());
    if let Some(rate) = setup.policies.bandwidth {
        told.push(format!("bandwidth: {}", self::rate(rate)));
    }
    told
}

/// Policies that are not those of before, bandwidth excepted.
pub(super) fn counted_policies(now: &Policies, before: &Policies) -> Vec<String> {
    let spans: [(&str, Span, Span); 2] = [
        ("job_inactivity_timeout", now.job_inactivity_timeout, before.job_inactivity_timeout),
        ("max_download_time", now.max_download_time, before.max_download_time),
    ];
    let counts: [(&str, u32, u32); 3] = [
        ("max_jobs_per_user", now.max_jobs_per_user, before.max_jobs_per_user),
        ("max_jobs_per_machine", now.max_jobs_per_machine, before.max_jobs_per_machine),
        ("max_files_per_job", now.max_files_per_job, before.max_files_per_job),
    ];
    let spans = spans.into_iter().filter(|(_, now, before)| now != before);
    let spans = spans.map(|(key, span, _)| format!("{key}: {span}"));
    let counts = counts.into_iter().filter(|(_, now, before)| now != before);
    spans.chain(counts.map(|(key, count, _)| format!("{key}: {count}"))).collect()
}

/// Figures that are not those of the target.
fn delivery(setup: &Setup) -> Vec<String> {
    let (here, usual) = (&setup.delivery, Delivery::of(setup.target));
    let mut figures = Vec::new();
    let spans: [(&str, Span, Span); 7] = [
        ("no_progress_foreground", here.no_progress_foreground, usual.no_progress_foreground),
        ("no_progress_background", here.no_progress_background, usual.no_progress_background),
        ("least_no_progress", here.least_no_progress, usual.least_no_progress),
        ("connect_timeout", here.connect_timeout, usual.connect_timeout),
        ("notify_again", here.notify_again, usual.notify_again),
        ("age_limit", here.age_limit, usual.age_limit),
        ("visible_after", here.visible_after, usual.visible_after),
    ];
    let spans = spans.into_iter().filter(|(_, here, usual)| here != usual);
    figures.extend(spans.map(|(key, span, _)| format!("{key}: {span}")));
    if here.retry_delays != usual.retry_delays {
        let delays: Vec<String> = here.retry_delays.iter().map(Span::to_string).collect();
        figures.push(format!("retry_delays: [{}]", delays.join(", ")));
    }
    if here.network_check != usual.network_check {
        let check = here.network_check.map_or_else(|| "none".to_owned(), |span| span.to_string());
        figures.push(format!("network_check: {check}"));
    }
    if here.slots != usual.slots {
        figures.push(format!("slots: {}", here.slots));
    }
    if let Some(host) = here.cache_host {
        figures.push(format!("cache_host: {}", setup.servers[host.index()].name));
    }
    figures
}

/// The lines of a server: on one line unless it lists files.
fn server(server: &Server, sizes: &Sizes<'_>) -> Vec<String> {
    let Server { name, bandwidth, latency_min, latency_max, max_upload, reply_size, .. } = server;
    let mut figures = Vec::new();
    if *bandwidth != 1 << 20 {
        figures.push(format!("bandwidth: {}", rate(*bandwidth)));
    }
    if latency_min != latency_max {
        figures.push(format!("latency: {{min: {latency_min}, max: {latency_max}}}"));
    } else if *latency_min != Span::millis(20) {
        figures.push(format!("latency: {latency_min}"));
    }
    let flags = [
        ("ranges", server.ranges),
        ("content_length", server.content_length),
        ("replies", server.replies),
    ];
    figures.extend(flags.iter().filter(|(_, on)| !on).map(|(key, _)| format!("{key}: false")));
    if *max_upload < u64::MAX {
        figures.push(format!("max_upload: {}", bytes(*max_upload)));
    }
    if *reply_size > 0 {
        figures.push(format!("reply_size: {}", bytes(*reply_size)));
    }
    let listed = server.files.iter().filter(|file| !sizes.is_beside(&file.url));
    let listed: Vec<String> =
        listed.map(|file| format!("{}: {}", quoted(&file.url), bytes(file.size))).collect();
    if listed.is_empty() {
        return vec![format!("{name}: {{{}}}", figures.join(", "))];
    }
    let mut lines = vec![format!("{name}:")];
    lines.extend(figures.into_iter().map(|figure| format!("  {figure}")));
    lines.push("  files:".to_owned());
    lines.extend(listed.into_iter().map(|file| format!("    {file}")));
    lines
}
