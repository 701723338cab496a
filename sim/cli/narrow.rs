//! Text for a terminal with fewer columns than the text was made for.
//!
//! What is written to files and pipes never comes here: it has its full width always.

/// The narrowest terminal that anything is done for.
const LEAST: usize = 40;

/// A character, with the escape sequences that come before it.
#[derive(Debug, Clone)]
struct Cell {
    style: String,
    letter: char,
}

/// The text on lines of at most `width` columns. Long lines go on below, a little further to the
/// right; a piece of a scenario is shown from where it matters.
pub(crate) fn fitted(text: &str, width: usize) -> String {
    let width = width.max(LEAST);
    let mut out = String::with_capacity(text.len());
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut next = 0;
    while next < lines.len() {
        let shown = lines[next..].iter().take_while(|line| gutter(line).is_some()).count();
        if shown > 0 {
            excerpt(&mut out, &lines[next..next + shown], width);
        } else {
            wrap(&mut out, lines[next], width);
        }
        next += shown.max(1);
    }
    out
}

/// The columns of a line up to the bar beside a piece of a scenario, the bar included.
fn gutter(line: &str) -> Option<usize> {
    let cells = cells(line).0;
    let bar = cells.iter().position(|cell| cell.letter == '|')?;
    let number = cells[..bar].iter().all(|cell| cell.letter == ' ' || cell.letter.is_ascii_digit());
    (number && bar > 0 && bar < 12).then_some(bar + 1)
}

/// Takes a line apart, without its end; also the escape sequences after its last character.
fn cells(line: &str) -> (Vec<Cell>, String) {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let mut cells = Vec::new();
    let mut style = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            style.push(letter);
            for letter in letters.by_ref() {
                style.push(letter);
                if letter.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            cells.push(Cell { style: std::mem::take(&mut style), letter });
        }
    }
    (cells, style)
}

fn put(out: &mut String, cells: &[Cell]) {
    for cell in cells {
        out.push_str(&cell.style);
        out.push(cell.letter);
    }
}

/// Cuts a line between words. A word that is longer than a line, an address for example, stays
/// whole: the terminal breaks it, and it can still be copied.
fn wrap(out: &mut String, line: &str, width: usize) {
    let (cells, rest) = cells(line);
    let indent = cells.iter().take_while(|cell| cell.letter == ' ').count();
    // Beside a heading such as `again   `, a line goes on under what the heading is about; a line of
    // a trace behind its time.
    let columns = columns(&cells);
    let hang = match columns[..] {
        [time, who, ..] if is_number(&cells[indent..time]) => who.min(width / 2),
        [first, ..] if first <= 16 => first,
        _ => (indent + 4).min(width / 3),
    };
    let mut cells = &cells[..];
    let mut room = width;
    while cells.len() > room {
        let gap = cells[..=room].iter().rposition(|cell| cell.letter == ' ');
        let first = cells.iter().position(|cell| cell.letter != ' ').unwrap_or(0);
        let next = || cells[first..].iter().position(|cell| cell.letter == ' ');
        let cut = gap.filter(|gap| *gap > first).or_else(|| next().map(|gap| first + gap));
        let Some(cut) = cut else { break };
        let end = cells[..cut].iter().rposition(|cell| cell.letter != ' ').map_or(0, |end| end + 1);
        put(out, &cells[..end]);
        // Nothing of what sets colours may be lost with the blanks.
        let blanks = cells[cut..].iter().take_while(|cell| cell.letter == ' ').count();
        cells[end..cut + blanks].iter().for_each(|cell| out.push_str(&cell.style));
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', hang));
        cells = &cells[cut + blanks..];
        room = width - hang;
    }
    put(out, cells);
    out.push_str(&rest);
    if line.ends_with('\n') {
        out.push('\n');
    }
}

/// Where the columns of a line begin, but for the first one: behind gaps of two blanks or more.
fn columns(cells: &[Cell]) -> Vec<usize> {
    let blank = |index: usize| cells.get(index).is_some_and(|cell| cell.letter == ' ');
    let indent = cells.iter().take_while(|cell| cell.letter == ' ').count();
    (indent + 2..cells.len())
        .filter(|index| blank(index - 1) && blank(index - 2) && !blank(*index))
        .collect()
}

/// True for the number of an event, or the heading of that column.
fn is_number(cells: &[Cell]) -> bool {
    let text: String = cells.iter().map(|cell| cell.letter).collect();
    let text = text.trim_start_matches(">>").trim();
    text == "#" || !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// A piece of a scenario with what points into it, line by line of the scenario.
fn excerpt(out: &mut String, lines: &[&str], width: usize) {
    let bar = gutter(lines[0]).unwrap_or(0);
    let is_source =
        |line: &&str| cells(line).0.iter().take(bar).any(|cell| cell.letter.is_ascii_digit());
    let mut from = 0;
    while from < lines.len() {
        let marks = lines[from + 1..].iter().take_while(|line| !is_source(line)).count();
        marked(out, &lines[from..=from + marks], bar, width);
        from += 1 + marks;
    }
}

/// A line of a scenario and the marks under it: they are moved to the left alike, so that the marks
/// stay under what they mark.
fn marked(out: &mut String, lines: &[&str], bar: usize, width: usize) {
    let parts: Vec<(Vec<Cell>, String)> = lines.iter().map(|line| cells(line)).collect();
    let longest = parts.iter().map(|(cells, _)| cells.len()).max().unwrap_or(0);
    let mark = parts.iter().skip(1).find_map(|(cells, _)| {
        let first = cells.iter().skip(bar).position(|cell| cell.letter != ' ')? + bar;
        matches!(cells[first].letter, '^' | '-').then_some(first)
    });
    // The mark comes to stand near the bar if it would be too far to the right.
    let room = width.saturating_sub(bar + 4);
    let moved = match mark {
        Some(mark) if longest > width && mark > bar + room / 2 => mark - bar - room / 3,
        _ => 0,
    };
    for ((cells, rest), line) in parts.iter().zip(lines) {
        let source = cells[..bar.min(cells.len())].iter().any(|cell| cell.letter.is_ascii_digit());
        let head = &cells[..bar.min(cells.len())];
        let tail = &cells[bar.min(cells.len())..];
        let (gone, kept) = tail.split_at(moved.min(tail.len()));
        let cut = source && gone.iter().any(|cell| cell.letter != ' ');
        let mut shown = String::new();
        put(&mut shown, head);
        gone.iter().for_each(|cell| shown.push_str(&cell.style));
        let kept = match cut && kept.len() > 4 {
            true => {
                shown.push_str(" ...");
                kept[..4].iter().for_each(|cell| shown.push_str(&cell.style));
                &kept[4..]
            }
            false => kept,
        };
        let used = bar + if cut { 4 } else { 0 };
        if used + kept.len() > width && source {
            let most = width.saturating_sub(used + 3);
            put(&mut shown, &kept[..most]);
            kept[most..].iter().for_each(|cell| shown.push_str(&cell.style));
            shown.push_str("...");
            shown.push_str(rest);
        } else {
            put(&mut shown, kept);
            shown.push_str(rest);
        }
        if line.ends_with('\n') {
            shown.push('\n');
        }
        if source { out.push_str(&shown) } else { wrap(out, &shown, width) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widest(text: &str) -> usize {
        text.lines().map(|line| cells(line).0.len()).max().unwrap_or(0)
    }

    #[test]
    fn long_lines_go_on_below_and_lose_nothing() {
        let line = "  6  00:00:30.040  payroll  TRANSFERRING -> TRANSIENT_ERROR  BG_E_HTTP_503\n";
        let text = fitted(line, 60);
        assert!(widest(&text) <= 60, "{text}");
        let below = format!("\n{}BG_E_HTTP_503\n", " ".repeat(19));
        assert!(text.ends_with(&below), "below the name of the job: {text}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&text), words(line));
        assert_eq!(fitted("short\n\nlines\n", 60), "short\n\nlines\n");
        let long = "x".repeat(150);
        assert_eq!(fitted(&long, 60), long, "the terminal breaks it");
        assert_eq!(
            fitted(&format!("see {long} there\n"), 60),
            format!("see\n    {long}\n    there\n")
        );
    }

    #[test]
    fn a_line_goes_on_under_what_its_heading_is_about() {
        let text =
            fitted("  again   bitsim run scenarios/a/long/path/to/some.yaml --on bits\n", 50);
        assert_eq!(
            text,
            "  again   bitsim run\n          scenarios/a/long/path/to/some.yaml --on\n          bits\n"
        );
    }

    #[test]
    fn marks_stay_under_what_they_mark() {
        let text = "\
   |
39 |     expect: {job: payroll, state: TRANSIENT_ERROR, error_count: 2}
   |                                                                 ^ expected 2, the trace says 3
   |
";
        let text = fitted(text, 60);
        assert!(widest(&text) <= 60, "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let mark = lines.iter().find_map(|line| line.find('^')).expect("a mark");
        assert_eq!(lines[1].as_bytes().get(mark), Some(&b'2'), "{text}");
        assert!(text.contains("expected 2, the trace says 3"), "{text}");
        assert!(lines[1].starts_with("39 | ..."), "{text}");
    }

    #[test]
    fn colours_take_no_room_and_are_not_lost() {
        let red = |text: &str| format!("\u{1b}[31m{text}\u{1b}[0m");
        let line = format!("{} {} {}\n", red(&"a".repeat(30)), red(&"b".repeat(30)), red("c"));
        let text = fitted(&line, 40);
        assert!(widest(&text) <= 40);
        assert_eq!(text.matches('\u{1b}').count(), 6, "{text:?}");
    }
}
