//! URLs, local paths and the files at both ends.

use crate::codes;
use crate::context::{Context, KnownSize};
use crate::diagnostic::Diagnostic;
use crate::grammar::RANGE;
use crate::node::{Node, shown};
use crate::plan::{JobRef, Place};
use crate::suggest::closest;
use crate::world::plain_server;
use bitsim_vocab::call::{BG_SIZE_UNKNOWN, NewFile};
use bitsim_vocab::world::{LocalFile, RemoteFile};
use bitsim_vocab::{JobType, ServerId};

/// Where a file is added: to which job, as the how-manieth, and under what name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Adding<'a> {
    pub(crate) job: JobRef,
    pub(crate) name: &'a str,
    /// Counted from 1.
    pub(crate) number: usize,
    /// True if the scenario wants to see how a bad name is refused.
    pub(crate) lenient: bool,
}

/// A file that is added to a job. A `size` makes the other end have the file: the server for
/// downloads, the local disk for uploads.
pub(crate) fn new_file(
    cx: &mut Context,
    fields: &crate::context::Fields<'_>,
    into: Adding<'_>,
) -> Option<NewFile> {
    let job_type =
        cx.names.job_types.get(into.job.0 as usize).copied().unwrap_or(JobType::Download);
    let url_node = fields.required(cx, "url");
    let remote = url_node.and_then(|node| remote_name(cx, node, into.lenient));
    let size = fields.get("size").and_then(|node| Some((cx.size(node)?, node.place)));
    let ranges = fields.get("ranges").map_or_else(|| Some(Vec::new()), |node| ranges(cx, node));
    let local = match fields.get("local") {
        Some(node) => cx.long_text(node, "a path such as `C:\\downloads\\a.bin`"),
        None => remote.as_deref().map(|remote| default_path(remote, job_type, into)),
    };
    let (remote, local, ranges) = (remote?, local?, ranges?);
    cx.story.know_path(&local);
    if let Some((size, place)) = size {
        if job_type.uploads() {
            local_file(cx, &local, size, place);
        } else {
            remote_file(cx, &remote, size, place);
        }
    }
    Some(NewFile { remote, local, ranges })
}

/// The URL of a file that is not written to the disk.
pub(crate) fn offered(cx: &mut Context, url: &Node, size: Option<&Node>) -> Option<String> {
    let url = remote_name(cx, url, false)?;
    if let Some(node) = size
        && let Some(size) = cx.size(node)
    {
        remote_file(cx, &url, size, node.place);
    }
    Some(url)
}

/// `C:\downloads\<job>\<last part of the URL>`; uploads come from `C:\uploads`.
fn default_path(remote: &str, job_type: JobType, into: Adding<'_>) -> String {
    let path = remote.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let last = match path.trim_start_matches('\\').rsplit_once(['/', '\\']) {
        Some((_, last)) if !last.is_empty() => last.to_owned(),
        _ => format!("file-{}", into.number),
    };
    let tame = |name: &str| -> String {
        let wild = |c: char| c.is_control() || "<>:\"/\\|?*".contains(c);
        name.chars().map(|c| if wild(c) { '_' } else { c }).collect()
    };
    let folder = if job_type.uploads() { "uploads" } else { "downloads" };
    format!("C:\\{folder}\\{}\\{}", tame(into.name), tame(&last))
}

pub(crate) fn ranges(cx: &mut Context, node: &Node) -> Option<Vec<(u64, u64)>> {
    let known = RANGE.names();
    let mut ranges = Vec::new();
    for item in cx.list(node, "a list of ranges (`[{offset: 0, length: 64 KiB}]`)") {
        let fields = cx.fields(item, "the range", item.head(), &known)?;
        // An offset of `eof` is refused by the services, which a scenario may want to see.
        let offset = fields.required(cx, "offset").and_then(|node| size_or_eof(cx, node));
        let length = fields.required(cx, "length").and_then(|node| size_or_eof(cx, node));
        ranges.push((offset?, length?));
    }
    Some(ranges)
}

/// A size, or `eof` for BG_LENGTH_TO_EOF.
fn size_or_eof(cx: &mut Context, node: &Node) -> Option<u64> {
    match node.scalar() {
        Some("eof") => Some(BG_SIZE_UNKNOWN),
        _ => cx.size(node),
    }
}

/// A remote file gets its size; a second, different size for the same URL is a contradiction.
fn remote_file(cx: &mut Context, url: &str, size: u64, place: Place) {
    if let Some(known) = cx.remote.get(url) {
        if known.size != size {
            let known = *known;
            two_sizes(cx, url, place, known);
        }
        return;
    }
    let server = match host_of(url).and_then(|host| cx.names.servers.find(host)) {
        Some(server) => ServerId(server),
        None => return,
    };
    cx.remote.insert(url.to_owned(), KnownSize { size, place });
    if let Some(server) = cx.setup.servers.get_mut(server.index()) {
        server.files.push(RemoteFile { url: url.to_owned(), size });
    }
}

pub(crate) fn local_file(cx: &mut Context, path: &str, size: u64, place: Place) {
    let key = path.to_lowercase();
    if let Some(known) = cx.local.get(&key) {
        if known.size != size {
            let known = *known;
            two_sizes(cx, path, place, known);
        }
        return;
    }
    cx.local.insert(key, KnownSize { size, place });
    cx.setup.local_files.push(LocalFile { path: path.to_owned(), size });
}

fn two_sizes(cx: &mut Context, file: &str, place: Place, known: KnownSize) {
    let message = format!("`{}` cannot have two sizes", shown(file));
    cx.report(
        Diagnostic::error(codes::CONTRADICTION, place, message)
            .related(known.place, "its size is given here already")
            .help("to change the size later, use `change_remote` or `change_local`"),
    );
}

/// The `files` of a server, by path or full URL.
pub(crate) fn offered_by(cx: &mut Context, host: &str, node: &Node) {
    let Some(entries) = node.entries() else {
        return cx.wrong_kind(node, "a map of sizes by path (`/a.bin: 4 KiB`)");
    };
    for entry in entries {
        let Some(size) = cx.size(&entry.value) else { continue };
        let key = &entry.key;
        let url = if key.value.starts_with('/') {
            format!("https://{host}{}", key.value)
        } else {
            key.value.clone()
        };
        if host_of(&url).is_some_and(|of| of.eq_ignore_ascii_case(host)) {
            remote_file(cx, &url, size, entry.value.place);
        } else {
            let message = format!("`{}` is not on `{}`", shown(&key.value), shown(host));
            cx.report(
                Diagnostic::error(codes::BAD_URL, key.place, message)
                    .help("write the path with a leading `/`, or a URL of this server"),
            );
        }
    }
}

/// A URL or UNC path. Its server must be declared; that of a UNC path need not be.
pub(crate) fn remote_name(cx: &mut Context, node: &Node, lenient: bool) -> Option<String> {
    if node.entries().is_some() {
        return cx.long_text(node, "a URL");
    }
    let url = cx.text(node, "a URL such as `https://cdn.test/a.bin`")?.value;
    match host_of(&url) {
        Some(host) if url.starts_with("\\\\") => {
            if cx.names.servers.find(host).is_none() {
                cx.names.servers.declare(host, node.place);
                cx.names.servers.find(host);
                cx.setup.servers.push(plain_server(host.to_owned()));
            }
        }
        Some(host) => {
            if cx.names.servers.find(host).is_none() {
                unknown_host(cx, node, &url, host);
                return None;
            }
        }
        None if lenient => {}
        None => {
            no_url(cx, node, &url);
            return None;
        }
    }
    Some(url)
}

fn no_url(cx: &mut Context, node: &Node, url: &str) {
    let message = format!("`{}` is no URL", shown(url));
    let diagnostic = Diagnostic::error(codes::BAD_URL, node.place, message);
    let meant = meant_url(cx, url);
    cx.report(match meant {
        Some(better) => {
            let edit = node.quoted_alike(&better);
            diagnostic.edit(format!("did you mean `{better}`?"), node.place, edit)
        }
        None if url.get(1..3) == Some(":\\") => diagnostic
            .label("a path on this computer")
            .help("what is downloaded comes from a URL or a share: `\\\\server\\share\\a.bin`"),
        None => diagnostic
            .help("URLs are written `https://cdn.test/a.bin`, shares `\\\\server\\share\\a.bin`"),
    });
}

/// A URL in curly quotation marks, with backslashes, with a slash too few, or without protocol.
fn meant_url(cx: &mut Context, url: &str) -> Option<String> {
    let tidy = url.trim_matches(['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}']);
    let tidy = tidy.replace('\\', "/");
    let (scheme, rest) = match tidy.split_once(":/") {
        Some((scheme, rest)) => (scheme, rest.trim_start_matches('/')),
        None => ("https", tidy.as_str()),
    };
    let better = format!("{scheme}://{rest}");
    let host = host_of(&better)?;
    cx.names.servers.place(host).is_some().then_some(better)
}

fn unknown_host(cx: &mut Context, node: &Node, url: &str, host: &str) {
    let message = format!("no server `{}` is declared", shown(host));
    let full = cx.mistakes.is_full();
    let servers = &cx.names.servers;
    if servers.is_broken() {
        return;
    }
    let diagnostic = Diagnostic::error(codes::BAD_URL, node.place, message);
    let meant = if full { None } else { closest(host, servers.names()) };
    let diagnostic = match meant {
        Some(meant) => {
            let url = node.quoted_alike(&url.replacen(host, meant, 1));
            let related = servers.place(meant);
            let edited = diagnostic.edit(format!("did you mean `{meant}`?"), node.place, url);
            related.map_or(edited.clone(), |place| edited.related(place, "declared here"))
        }
        None => diagnostic.help("declare it under `servers`"),
    };
    cx.report(diagnostic);
}

/// The host that a URL or a UNC path names.
pub(crate) fn host_of(url: &str) -> Option<&str> {
    let rest = match url.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => rest,
        _ => url.strip_prefix("\\\\")?,
    };
    let end = rest.find(['/', '\\', ':', '?', '#']).unwrap_or(rest.len());
    Some(&rest[..end]).filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        assert_eq!(host_of("https://cdn.test/a.bin"), Some("cdn.test"));
        assert_eq!(host_of("http://cdn.test:8080"), Some("cdn.test"));
        assert_eq!(host_of("\\\\files\\share\\a.bin"), Some("files"));
        for none in ["cdn.test/a.bin", "", "https:///a", "\\\\", "C:\\a.bin"] {
            assert_eq!(host_of(none), None, "{none}");
        }
    }

    #[test]
    fn default_paths_are_paths() {
        let path = |url, job_type| {
            let into = Adding { job: JobRef(0), name: "a:b", number: 2, lenient: false };
            default_path(url, job_type, into)
        };
        let download = JobType::Download;
        assert_eq!(path("https://c.test/x/a.bin?v=1", download), "C:\\downloads\\a_b\\a.bin");
        assert_eq!(path("https://c.test/x/", download), "C:\\downloads\\a_b\\file-2");
        assert_eq!(path("https://c.test", download), "C:\\downloads\\a_b\\file-2");
        assert_eq!(path("\\\\s\\d\\a.bin", JobType::Upload), "C:\\uploads\\a_b\\a.bin");
    }
}
