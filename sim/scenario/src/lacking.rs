//! What one or several services of a scenario have nothing for, told once for all of them.

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::dialect::{Lack, Part};
use crate::plan::Place;
use crate::suggest::any_of;
use bitsim_vocab::Service;

/// That a service has nothing for what stands in the file, as the reading for it finds out.
#[derive(Debug, Clone)]
pub(crate) struct Lacking {
    pub(crate) place: Place,
    pub(crate) service: Service,
    /// Where `run_on` names it.
    pub(crate) run_on: Option<Place>,
    /// The services that this part of the file is read for.
    pub(crate) readers: Vec<Service>,
    /// True if the scenario runs on other services as well.
    pub(crate) shared: bool,
    pub(crate) part: Part,
    pub(crate) nothing: Nothing,
}

/// What there is not.
#[derive(Debug, Clone)]
pub(crate) enum Nothing {
    /// A method or the like. `refused`: it is there and answers E_NOTIMPL. `written` is how a field
    /// of a declaration stands there.
    Thing { lack: Lack, refused: bool, written: Option<String> },
    /// A state of a job or download. `like` comes closest to it, and `but` says why it is not the
    /// same, or nothing; `about` is the job's name.
    State {
        word: String,
        thing: &'static str,
        like: &'static str,
        but: &'static str,
        about: Option<String>,
    },
}

/// One diagnostic for each place, whatever number of services has nothing for it.
pub(crate) fn joined(all: &[Lacking]) -> Vec<Diagnostic> {
    let mut told: Vec<Diagnostic> = Vec::new();
    for first in all {
        if told.iter().any(|diagnostic| diagnostic.place == first.place) {
            continue;
        }
        let mut here: Vec<&Lacking> = Vec::new();
        for one in all.iter().filter(|one| one.place == first.place) {
            if !here.iter().any(|known| known.service == one.service) {
                here.push(one);
            }
        }
        told.push(told_once(first, &here));
    }
    told
}

fn told_once(first: &Lacking, here: &[&Lacking]) -> Diagnostic {
    let lack: Vec<&str> = here.iter().map(|one| one.service.name()).collect();
    let mut others: Vec<&str> = Vec::new();
    for service in here.iter().flat_map(|one| &one.readers) {
        let name = service.name();
        if !lack.contains(&name) && !others.contains(&name) {
            others.push(name);
        }
    }
    let mut diagnostic = match &first.nothing {
        Nothing::Thing { written, .. } => thing(first, here, &others, written.as_deref()),
        Nothing::State { word, thing, like, but, about } => {
            let message = format!("`{word}` is no state of a {thing} of {}", any_of(&lack));
            let diagnostic = Diagnostic::error(codes::SERVICE_LACKS, first.place, message);
            let why = format!("a {thing} has no {word}: {but}");
            match (others.is_empty(), but.is_empty()) {
                (true, true) => {
                    return diagnostic.edit(format!("did you mean `{like}`?"), first.place, *like);
                }
                (true, false) => return diagnostic.help(why),
                (false, _) => {}
            }
            let job = about.as_ref().map_or_else(String::new, |name| format!("job: {name}, "));
            let there = format!("{{{job}state: {like}}}");
            let advice = elsewhere(first.part, &lack, &others, &there, like);
            return diagnostic.help(match but.is_empty() {
                true => advice,
                false => format!("{advice}; {why}"),
            });
        }
    };
    for one in here {
        if let Some(place) = one.run_on
            && !diagnostic.related.iter().any(|(known, _)| *known == place)
        {
            diagnostic = diagnostic.related(place, "the scenario runs on it");
        }
    }
    diagnostic
}

/// What to write for a state that some of the services have.
fn elsewhere(part: Part, lack: &[&str], others: &[&str], there: &str, like: &str) -> String {
    let (lack_list, other_list) = (lack.join(", "), others.join(", "));
    match part {
        Part::Step => format!(
            "give the step `only: [{other_list}]`, and write another with `only: [{lack_list}]` \
             and `{like}`"
        ),
        Part::Check => format!(
            "write `only: [{other_list}]` into the check, and another with `only: [{lack_list}]` \
             and `{like}`"
        ),
        _ => format!("write `except: {{{}}}` beside `expect`", each(lack, there)),
    }
}

/// `bits: X, do-legacy: X`
fn each(services: &[&str], value: &str) -> String {
    let each: Vec<String> = services.iter().map(|name| format!("{name}: {value}")).collect();
    each.join(", ")
}

fn thing(first: &Lacking, here: &[&Lacking], others: &[&str], written: Option<&str>) -> Diagnostic {
    let things: Vec<(&str, Lack, bool)> = here
        .iter()
        .filter_map(|one| match &one.nothing {
            Nothing::Thing { lack, refused, .. } => Some((one.service.name(), *lack, *refused)),
            Nothing::State { .. } => None,
        })
        .collect();
    let lack: Vec<&str> = things.iter().map(|(service, ..)| *service).collect();
    let mut insteads: Vec<(&str, &str)> = Vec::new();
    for (service, Lack { instead, .. }, _) in &things {
        insteads.extend(instead.map(|instead| (*service, instead)));
    }
    let same = insteads.len() == things.len()
        && insteads.iter().all(|(_, instead)| *instead == insteads[0].1);
    let mut ways: Vec<String> = match insteads.as_slice() {
        [(_, instead), ..] if same => vec![format!("use {instead}")],
        some => some.iter().map(|(service, way)| format!("use {way} on `{service}`")).collect(),
    };
    if things.iter().all(|(.., refused)| *refused) {
        ways.push("to see it refused, write `returns: E_NOTIMPL`".to_owned());
    }
    if !others.is_empty() {
        ways.push(beside(first.part, &lack, others, written));
    } else if ways.is_empty() {
        let here = if first.shared && first.readers.len() == 1 { " here" } else { "" };
        ways.push(format!("leave it out{here}"));
    }
    let diagnostic = Diagnostic::error(codes::SERVICE_LACKS, first.place, there_is_no(&things));
    let advice = ways.join("; ");
    // One other word, and nothing else to choose from.
    let word = insteads.first().and_then(|(_, way)| way.strip_prefix('`')?.strip_suffix('`'));
    let word = word.filter(|word| !word.contains(['`', ' ', ':']) && ways.len() == 1 && same);
    match word {
        Some(word) => diagnostic.edit(advice, first.place, word),
        None => diagnostic.help(advice),
    }
}

/// "neither `bits` nor `do-legacy` has Start"
fn there_is_no(things: &[(&str, Lack, bool)]) -> String {
    let same = |what: &str| things.iter().all(|(_, lack, _)| lack.what == what);
    match things {
        [(one, Lack { what, .. }, _), (other, ..)] if same(what) => {
            format!("neither `{one}` nor `{other}` has {what}")
        }
        [(one, Lack { what, .. }, _), (other, ..), (last, ..)] if same(what) => {
            format!("none of `{one}`, `{other}` and `{last}` has {what}")
        }
        things => {
            let each = things.iter().map(|(one, lack, _)| format!("`{one}` has no {}", lack.what));
            each.collect::<Vec<_>>().join(", and ")
        }
    }
}

/// What to write where some of the services have it: `others`.
fn beside(part: Part, lack: &[&str], others: &[&str], written: Option<&str>) -> String {
    let only = format!("only: [{}]", others.join(", "));
    match part {
        Part::Declaration => {
            let there = format!("{{{}}}", written.unwrap_or("..."));
            match written {
                Some(_) => format!("in the job: `only_on: {{{}}}`", each(others, &there)),
                None => {
                    let first = others.first().copied().unwrap_or_default();
                    format!("in the job, put it under `only_on: {{{first}: {there}}}`")
                }
            }
        }
        Part::Act => format!("write `{only}` beside it"),
        Part::Expect => format!(
            "write `except: {{{}}}` (or `skip`) beside `expect`, or `{only}` into the check",
            each(lack, "...")
        ),
        Part::Step => format!("give the step `{only}`"),
        Part::Check => format!("write `{only}` into the check"),
    }
}
