//! The picture as a Mermaid sequence diagram: who called whom, what the job did, what befell it.
//!
//! It is meant for a page that people scroll through, so rounds that are alike become a loop and a
//! very long run is cut in the middle. Timers, turns and what happens to single files are left to
//! the trace.

use super::{Entry, Picture};
use crate::{places, rounds};
use bitsim_vocab::SimTime;
use std::fmt::Write;

/// Most things that are drawn; a loop counts as one round of it.
const MOST: usize = 240;

/// So many of them are the end of the run.
const TAIL: usize = 80;

/// Jobs beyond this many share a lifeline.
const MOST_JOBS: usize = 8;

/// The longest text of an arrow or a note, in characters.
const LONGEST: usize = 140;

/// The diagram. With `every_round`, rounds that are alike are drawn one by one and nothing is cut;
/// a page may refuse to draw that.
#[must_use]
pub fn text(picture: &Picture, every_round: bool) -> String {
    let cast = Cast::of(picture);
    let scenes: Vec<Scene> =
        picture.events.iter().filter_map(|entry| cast.scene(picture, entry)).collect();
    let mut out = String::from("sequenceDiagram\n");
    let title = format!("{} on {}, seed {}", picture.name, picture.target, picture.seed);
    // Titles know no escapes.
    let _ = writeln!(out, "    title {}", title.replace(['#', ';', '%', '\n'], " "));
    cast.write(&mut out);
    let repeats = match every_round {
        true => Vec::new(),
        false => {
            let shapes: Vec<String> = scenes.iter().map(Scene::shape).collect();
            rounds::among(&shapes)
        }
    };
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut next = 0;
    for repeat in repeats {
        let begins = repeat.first - repeat.lines;
        pieces.extend(scenes[next..begins].iter().map(Piece::Scene));
        next = repeat.first + repeat.lines * repeat.times;
        pieces.push(Piece::Loop {
            round: &scenes[begins..repeat.first],
            times: repeat.times + 1,
            last: scenes[next - 1].event,
        });
    }
    pieces.extend(scenes[next..].iter().map(Piece::Scene));
    let cut = if every_round { None } else { middle(&pieces) };
    for (index, piece) in pieces.iter().enumerate() {
        match cut {
            Some((from, to)) if index == from => {
                let left_out: usize = pieces[from..to].iter().map(Piece::length).sum();
                let note = format!("{left_out} more things happen here: see the trace");
                let _ = writeln!(out, "    Note over {}: {note}", cast.everybody());
            }
            Some((from, to)) if (from..to).contains(&index) => {}
            _ => piece.write(&mut out),
        }
    }
    let end = format!("{}, run {}", place_in_time(picture.ended_at), picture.end);
    let _ = writeln!(out, "    Note over {}: {}", cast.everybody(), escaped(&end));
    out
}

/// The pieces to leave out of a run that is too long, if it is.
fn middle(pieces: &[Piece<'_>]) -> Option<(usize, usize)> {
    let all: usize = pieces.iter().map(Piece::length).sum();
    if all <= MOST {
        return None;
    }
    let mut room = MOST - TAIL;
    let from = pieces.iter().position(|piece| {
        let full = piece.length() > room;
        room = room.saturating_sub(piece.length());
        full
    })?;
    let mut room = TAIL;
    let kept = pieces[from..].iter().rev().take_while(|piece| {
        let fits = piece.length() <= room;
        room = room.saturating_sub(piece.length());
        fits
    });
    let to = pieces.len() - kept.count();
    (from < to).then_some((from, to))
}

/// What is drawn for one entry.
struct Scene {
    event: u32,
    statements: Vec<String>,
}

impl Scene {
    fn shape(&self) -> String {
        rounds::alike(&self.statements.join("\n"))
    }
}

/// A scene, or rounds of scenes that are alike.
enum Piece<'a> {
    Scene(&'a Scene),
    Loop { round: &'a [Scene], times: usize, last: u32 },
}

impl Piece<'_> {
    fn length(&self) -> usize {
        match self {
            Self::Scene(_) => 1,
            Self::Loop { round, .. } => round.len(),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Scene(scene) => {
                for statement in &scene.statements {
                    let _ = writeln!(out, "    {statement}");
                }
            }
            Self::Loop { round, times, last } => {
                let heading = escaped(&format!("{times} times, up to event {last}"));
                let _ = writeln!(out, "    loop {heading}");
                for statement in round.iter().flat_map(|scene| &scene.statements) {
                    let _ = writeln!(out, "        {statement}");
                }
                out.push_str("    end\n");
            }
        }
    }
}

/// Everybody with a lifeline.
struct Cast {
    clients: Vec<String>,
    jobs: Vec<String>,
    servers: Vec<String>,
    /// True if something is asked of the service and not of a job.
    service: bool,
}

impl Cast {
    fn of(picture: &Picture) -> Self {
        let mut cast =
            Self { clients: Vec::new(), jobs: Vec::new(), servers: Vec::new(), service: false };
        cast.jobs.extend(picture.lanes.iter().map(|lane| lane.job.clone()));
        let meet = |list: &mut Vec<String>, name: &Option<String>| {
            if let Some(name) = name
                && !list.contains(name)
            {
                list.push(name.clone());
            }
        };
        for entry in &picture.events {
            meet(&mut cast.clients, &entry.client);
            meet(&mut cast.servers, &entry.server);
            cast.service |= entry.client.is_some() && entry.lane.is_none();
        }
        cast.service |= cast.jobs.is_empty();
        cast
    }

    fn write(&self, out: &mut String) {
        for (index, client) in self.clients.iter().enumerate() {
            let _ = writeln!(out, "    actor c{index} as {}", label(client));
        }
        if self.service {
            out.push_str("    participant s as service\n");
        }
        for (index, job) in self.jobs.iter().take(MOST_JOBS).enumerate() {
            let _ = writeln!(out, "    participant j{index} as {}", label(job));
        }
        if self.jobs.len() > MOST_JOBS {
            let more = self.jobs.len() - MOST_JOBS;
            let _ = writeln!(out, "    participant j{MOST_JOBS} as {more} more jobs");
        }
        for (index, server) in self.servers.iter().enumerate() {
            let _ = writeln!(out, "    participant w{index} as {}", label(server));
        }
    }

    fn client(&self, entry: &Entry) -> Option<String> {
        let name = entry.client.as_ref()?;
        self.clients.iter().position(|client| client == name).map(|index| format!("c{index}"))
    }

    fn server(&self, name: Option<&str>) -> Option<String> {
        let name = name?;
        self.servers.iter().position(|server| server == name).map(|index| format!("w{index}"))
    }

    fn job(&self, entry: &Entry) -> String {
        match entry.lane {
            Some(lane) => format!("j{}", lane.min(MOST_JOBS)),
            None => "s".to_owned(),
        }
    }

    /// What a note over the whole width is over.
    fn everybody(&self) -> String {
        let first = match (self.clients.is_empty(), self.service) {
            (false, _) => "c0",
            (true, true) => "s",
            (true, false) => "j0",
        };
        let last = match (self.servers.len(), self.jobs.len()) {
            (0, 0) if self.service => "s".to_owned(),
            (0, jobs) => format!("j{}", jobs.saturating_sub(1).min(MOST_JOBS)),
            (servers, _) => format!("w{}", servers - 1),
        };
        if first == last { last } else { format!("{first},{last}") }
    }

    /// What an entry looks like; `None` for what is left to the trace.
    fn scene(&self, picture: &Picture, entry: &Entry) -> Option<Scene> {
        let job = self.job(entry);
        let server = self.server(entry.server.as_deref());
        let whose = match entry.lane {
            Some(lane) if lane >= MOST_JOBS => format!("{}: ", entry.who),
            _ => String::new(),
        };
        let at = place_in_time(entry.at);
        let say = |text: &str| escaped(&format!("{whose}{text}"));
        let note = |text: &str| format!("Note over {job}: {}", say(&format!("{at} {text}")));
        let mut statements = Vec::new();
        match entry.kind {
            "world" => {
                let over = server.or_else(|| self.server(Some(&entry.who)));
                let text = match &over {
                    Some(_) => format!("{at} {}", entry.what),
                    None => format!("{at} {}: {}", entry.who, entry.what),
                };
                let over = over.unwrap_or_else(|| self.everybody());
                statements.push(format!("Note over {over}: {}", escaped(&text)));
            }
            "call" | "question" => {
                let client = self.client(entry)?;
                let several = entry.kind == "question" && entry.what.contains("; ");
                match entry.what.rsplit_once(" = ").filter(|_| !several) {
                    Some((call, reply)) => {
                        statements.push(format!("{client}->>{job}: {}", say(call)));
                        statements.push(format!("{job}-->>{client}: {}", say(reply)));
                    }
                    None => statements.push(format!("{job}-->>{client}: {}", say(&entry.what))),
                }
            }
            "callback" => {
                let client = self.client(entry)?;
                let begins = format!(" to {}", entry.client.as_deref().unwrap_or_default());
                statements.push(if entry.what.contains(&begins) {
                    format!("{job}->>{client}: {}", say(&entry.what))
                } else {
                    format!("{client}-->>{job}: {}", say(&entry.what))
                });
            }
            "state" | "error" | "count" => {
                let mut told = note(&changed(picture, entry));
                // A line break of our own, which escaping would take apart.
                told = told.replace(" / / ", "<br/>");
                let arrow = server.and_then(|server| exchange(entry, &job, &server, &whose));
                let fails = entry.exchange == Some("fails");
                statements.extend(arrow.clone().filter(|_| fails));
                statements.push(told);
                statements.extend(arrow.filter(|_| !fails));
            }
            "data" | "attempt" => {
                statements.push(exchange(entry, &job, &server?, &whose)?);
            }
            "created" | "launch" | "gone" => statements.push(note(&entry.what)),
            _ => return None,
        }
        Some(Scene { event: entry.last, statements })
    }
}

/// A change of state, count or error in words.
fn changed(picture: &Picture, entry: &Entry) -> String {
    let mut text = entry.what.clone();
    if !entry.because.is_empty() && !entry.because.starts_with("attempt ") {
        let _ = write!(text, " ({})", entry.because);
    }
    if entry.count.contains("->") {
        let _ = write!(text, " / / error count {}", entry.count);
    }
    if !matches!(entry.error.as_str(), "" | "-" | "as before") {
        let _ = write!(text, " / / {}: {}", picture.error_title, entry.error);
    }
    text
}

/// What passed between a job and a server.
fn exchange(entry: &Entry, job: &str, server: &str, whose: &str) -> Option<String> {
    let moved = entry.kind == "state" || entry.kind == "error";
    let said = |text: &str| escaped(&format!("{whose}{text}"));
    Some(match entry.exchange? {
        "asks" if moved => format!("{job}->>{server}: {}", said(&entry.because)),
        "asks" => format!("{job}->>{server}: {}", said(&entry.what)),
        "answers" => format!("{server}-->>{job}: {}", said(&entry.what)),
        // Of a pair of codes the second one is what the server did.
        _ if moved => {
            let code = entry.error.rsplit(" / ").next().unwrap_or_default();
            format!("{server}--x{job}: {}", said(code))
        }
        _ => format!("{server}--x{job}: {}", said(&entry.what)),
    })
}

fn place_in_time(ticks: u64) -> String {
    places::short(SimTime(ticks))
}

/// The name of a lifeline.
fn label(name: &str) -> String {
    escaped(name).replace(':', "#58;")
}

/// The text as Mermaid reads it: what means something to it as an entity, and not too long.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, letter) in text.chars().enumerate() {
        if index == LONGEST {
            out.push_str("...");
            break;
        }
        match letter {
            '"' => out.push_str("#quot;"),
            '&' => out.push_str("#amp;"),
            '<' => out.push_str("#lt;"),
            '#' | ';' | '%' | '$' | '\\' | '`' | '{' | '}' => {
                let _ = write!(out, "#{};", u32::from(letter));
            }
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    // An empty text is no text to Mermaid.
    if out.trim().is_empty() { "-".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mermaid_would_read_as_its_own_is_an_entity() {
        assert_eq!(escaped("a; b #1 50% \"x\""), "a#59; b #35;1 50#37; #quot;x#quot;");
        assert_eq!(escaped("C:\\notify"), "C:#92;notify");
        assert_eq!(escaped("line\nbreak <br>"), "line break #lt;br>");
        assert_eq!(escaped(""), "-");
        assert_eq!(label("a:b"), "a#58;b");
        assert!(escaped(&"x".repeat(500)).len() < 150);
    }
}
