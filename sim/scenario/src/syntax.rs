//! What a file that is no YAML probably meant. The parser's complaint speaks of YAML's grammar; this
//! module looks at the lines around it and speaks of what is written there.

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::node::shown;
use crate::plan::Place;
use serde_saphyr::granit_parser::{ErrorKind, ScanError};

/// How deep maps and lists may be nested.
pub(crate) const DEEPEST: usize = 32;

/// The parser's complaint in words that need no knowledge of YAML.
pub(crate) fn explained(text: &str, error: &ScanError) -> Diagnostic {
    let marker = error.marker();
    let offset = marker.byte_offset().unwrap_or_else(|| marker.index()).min(text.len());
    let found = Spot { text, offset };
    let kind = error.kind();
    if matches!(kind, ErrorKind::RecursionLimitExceeded) {
        let message = format!("maps and lists are nested more than {DEEPEST} levels deep");
        return Diagnostic::error(codes::YAML_FEATURE, found.place(), message);
    }
    let by_sight = || found.conflict().or_else(|| found.tab()).or_else(|| found.odd_space());
    by_sight()
        .or_else(|| found.quotes(kind))
        .or_else(|| found.brackets(kind))
        .or_else(|| found.first_character(kind))
        .or_else(|| found.dash(kind))
        .or_else(|| found.colon(kind))
        .or_else(|| found.indentation(kind))
        .unwrap_or_else(|| found.unknown())
}

fn mistake(place: Place, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(codes::BAD_YAML, place, message)
}

/// Where the parser gave up.
struct Spot<'t> {
    text: &'t str,
    offset: usize,
}

/// A line and where it starts.
#[derive(Clone, Copy)]
struct Line<'t> {
    start: usize,
    text: &'t str,
}

impl<'t> Line<'t> {
    /// The bytes before the first key: spaces, and the dashes of list items.
    fn indent(self) -> usize {
        self.text.len() - self.text.trim_start_matches([' ', '-']).len()
    }

    /// The line without indentation, dashes and what follows its last letter.
    fn content(self) -> &'t str {
        self.text[self.indent()..].trim_end()
    }

    /// The key and the value of `key: value`.
    fn field(self) -> Option<(&'t str, &'t str)> {
        let content = self.content();
        match content.split_once(": ") {
            Some((key, value)) => Some((key, value.trim())),
            None => content.strip_suffix(':').map(|key| (key, "")),
        }
    }
}

impl<'t> Spot<'t> {
    fn place(&self) -> Place {
        let next = self.text.get(self.offset..).and_then(|rest| rest.chars().next());
        let len = next.filter(|c| !c.is_control()).map_or(0, char::len_utf8);
        self.at(self.offset, len)
    }

    /// The place of `len` bytes from `offset` on.
    fn at(&self, offset: usize, len: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or_default();
        let place = crate::place_after(before);
        Place { len: u32::try_from(len).unwrap_or(u32::MAX), ..place }
    }

    fn line(&self) -> Line<'t> {
        self.line_at(self.offset)
    }

    fn line_at(&self, offset: usize) -> Line<'t> {
        let before = self.text.get(..offset).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = self.text.get(start..).unwrap_or_default();
        let text = rest.split('\n').next().unwrap_or_default();
        Line { start, text: text.trim_end_matches('\r') }
    }

    /// The line before that says something.
    fn line_before(&self, line: Line<'t>) -> Option<Line<'t>> {
        let mut line = line;
        while line.start > 0 {
            line = self.line_at(line.start - 1);
            let said = line.text.trim_start();
            if !said.is_empty() && !said.starts_with('#') {
                return Some(line);
            }
        }
        None
    }

    fn line_after(&self, line: Line<'t>) -> Option<Line<'t>> {
        let newline = self.text.get(line.start..)?.find('\n')?;
        Some(self.line_at(line.start + newline + 1))
    }

    fn lines_around(&self) -> impl Iterator<Item = Line<'t>> {
        let line = self.line();
        [Some(line), self.line_before(line), self.line_after(line)].into_iter().flatten()
    }

    fn conflict(&self) -> Option<Diagnostic> {
        let line = self.lines_around().find(|line| line.text.starts_with("<<<<<<<"))?;
        let place = self.at(line.start, line.text.len());
        Some(
            mistake(place, "the file has two versions side by side")
                .label("a merge left this line here")
                .help("keep one version, and remove the lines `<<<<<<<`, `=======` and `>>>>>>>`"),
        )
    }

    fn tab(&self) -> Option<Diagnostic> {
        for line in self.lines_around() {
            let blank = line.text.len() - line.text.trim_start_matches([' ', '\t']).len();
            let Some(tab) = line.text[..blank].find('\t') else { continue };
            let tabs = line.text[tab..blank].len();
            return Some(
                mistake(self.at(line.start + tab, tabs), "a tab stands where spaces are needed")
                    .label(if tabs == 1 { "a tab" } else { "tabs" })
                    .help("indent with spaces; editors can be told to write them for the Tab key"),
            );
        }
        None
    }

    fn odd_space(&self) -> Option<Diagnostic> {
        let odd = |c: char| c.is_whitespace() && !c.is_ascii();
        for line in self.lines_around() {
            let blank = line.text.len() - line.text.trim_start_matches(char::is_whitespace).len();
            let leading = &line.text[..blank];
            let Some(first) = leading.find(odd) else { continue };
            let spaces = " ".repeat(leading[first..].chars().count());
            let place = self.at(line.start + first, blank - first);
            return Some(
                mistake(place, "these are no spaces, although they look like them")
                    .label("no-break spaces, as web pages and chat programs have them")
                    .edit("write spaces", place, spaces),
            );
        }
        None
    }

    fn quotes(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        let reader = Reader::up_to(self.text, self.offset);
        match kind {
            ErrorKind::UnclosedQuotedScalar
            | ErrorKind::InvalidQuotedScalarIndent
            | ErrorKind::DocumentIndicatorInQuotedScalar => {
                let opened = reader.quote.map_or(self.offset, |(offset, _)| offset);
                Some(self.unclosed_quote(opened))
            }
            ErrorKind::InvalidTrailingSingleQuotedScalar
            | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
                let (opened, _) = reader.quoted?;
                if self.line_at(opened).start != self.line().start {
                    return Some(self.unclosed_quote(opened));
                }
                let single = matches!(kind, ErrorKind::InvalidTrailingSingleQuotedScalar);
                let line = self.line();
                let rest = line.text.get(self.offset - line.start..).unwrap_or_default();
                let place = self.at(self.offset, rest.trim_end().len());
                let message = "the text has ended at the quotation mark, and something follows";
                Some(mistake(place, message).label("this is outside of the quotes").help(
                    if single {
                        "an apostrophe in single quotes is written twice: `''`; or use double quotes"
                    } else {
                        "put quotes around the whole text, or write it without any"
                    },
                ))
            }
            ErrorKind::UnknownQuotedScalarEscape
            | ErrorKind::InvalidQuotedScalarHexEscape
            | ErrorKind::InvalidUnicodeEscape => Some(self.backslash()),
            _ => None,
        }
    }

    fn unclosed_quote(&self, opened: usize) -> Diagnostic {
        mistake(self.at(opened, 1), "a quotation mark is not closed")
            .label("opened here")
            .help("put the same mark at the end of the text")
    }

    /// A Windows path in double quotes. The parser points at the quotation mark.
    fn backslash(&self) -> Diagnostic {
        let message = "a backslash in double quotes begins a special character";
        let rest = self.line().text.get(self.offset - self.line().start..).unwrap_or_default();
        let inner = rest.strip_prefix('"').and_then(|inner| inner.split_once('"'));
        let advice = "write the path in single quotes, where a backslash is a backslash";
        match inner {
            Some((path, _)) if !path.contains('\'') => {
                let place = self.at(self.offset, path.len() + 2);
                mistake(place, message).edit(advice, place, format!("'{path}'"))
            }
            _ => mistake(self.place(), message).help(advice),
        }
    }

    fn brackets(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        match kind {
            ErrorKind::MisplacedFlowCollectionEnd => {
                return Some(
                    mistake(self.place(), "a closing bracket too many")
                        .label("nothing is open here"),
                );
            }
            ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
                let message = format!("a `{open}` cannot be closed by `{close}`");
                return Some(mistake(self.place(), message));
            }
            _ => {}
        }
        let open = Reader::up_to(self.text, self.offset).open;
        let (opened, bracket) = open.last().copied()?;
        let line = self.line();
        if opened >= line.start && self.offset < self.text.trim_end().len() {
            return self.comma(kind, opened);
        }
        let close = if bracket == '{' { '}' } else { ']' };
        Some(
            mistake(self.at(opened, 1), "a bracket is not closed")
                .label(format!("no `{close}` belongs to this one"))
                .help(format!("count the brackets of this line, and put the missing `{close}`")),
        )
    }

    /// `{server: cdn.test status: 503}`
    fn comma(&self, kind: &ErrorKind, opened: usize) -> Option<Diagnostic> {
        if !matches!(
            kind,
            ErrorKind::ExpectedFlowMappingSeparator
                | ErrorKind::ExpectedFlowSequenceSeparator
                | ErrorKind::InvalidColonPlacement
                | ErrorKind::MappingValueNotAllowed
                | ErrorKind::SimpleKeyExpected
        ) {
            return None;
        }
        let before = self.text.get(opened + 1..self.offset)?;
        let word = before.rsplit([' ', ',', '{', '[']).next().unwrap_or_default();
        let named = |c: char| c.is_ascii_lowercase() || c == '_';
        let is_key = !word.is_empty() && word.chars().all(named);
        let gap = before.len() - word.len();
        if is_key && before[..gap].ends_with(' ') {
            let start = opened + 1 + before[..gap].trim_end().len();
            let place = self.at(opened + 1 + gap, word.len());
            let space = self.at(start, opened + 1 + gap - start);
            return Some(mistake(place, format!("a comma is missing before `{word}`")).edit(
                "between two fields in braces stands a comma",
                space,
                ", ",
            ));
        }
        Some(
            mistake(self.place(), "a comma or a closing bracket is missing before this")
                .help("a text that holds `: `, `, ` or ` #` needs quotes"),
        )
    }

    fn first_character(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        let ErrorKind::UnexpectedCharacter { character } = kind else { return None };
        let line = self.line();
        let value = line.text.get(self.offset - line.start..).unwrap_or_default();
        let value = value.split(" #").next().unwrap_or_default().trim_end();
        let message = format!("no text begins with `{character}`, unless it stands in quotes");
        let diagnostic = mistake(self.place(), message);
        let alone = Reader::up_to(self.text, self.offset).open.is_empty();
        Some(if alone { self.in_quotes(diagnostic, value) } else { diagnostic })
    }

    /// Advises quotes around a value that begins where the parser stopped.
    fn in_quotes(&self, diagnostic: Diagnostic, value: &str) -> Diagnostic {
        let place = self.at(self.offset, value.len());
        let quoted = format!("'{}'", value.replace('\'', "''"));
        diagnostic.edit("put the text in quotes", place, quoted)
    }

    /// A list item that has lost its dash.
    fn dash(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        if !matches!(
            kind,
            ErrorKind::ExpectedBlockSequenceEntry
                | ErrorKind::ExpectedBlockMappingKey
                | ErrorKind::BlockSequenceEntryNotAllowed
        ) {
            return None;
        }
        let line = self.line();
        let blank = line.text.len() - line.text.trim_start().len();
        let mut above = line;
        while let Some(before) = self.line_before(above) {
            above = before;
            let indent = before.text.len() - before.text.trim_start().len();
            if indent > blank {
                continue;
            }
            if indent < blank || !before.text[indent..].starts_with("- ") {
                return None;
            }
            let key = line.field().map_or(line.content(), |(key, _)| key);
            let place = self.at(line.start + blank, key.len());
            let related = self.at(before.start + indent, 1);
            let insert = self.at(line.start + blank, 0);
            return Some(
                mistake(place, "a `-` is missing at the start of a list item")
                    .related(related, "an item of the same list")
                    .edit("begin it with a dash", insert, "- "),
            );
        }
        None
    }

    /// A colon too many, or one that is missing in the line before.
    fn colon(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        if !matches!(
            kind,
            ErrorKind::MappingValueNotAllowed
                | ErrorKind::InvalidColonPlacement
                | ErrorKind::SimpleKeyExpected
                | ErrorKind::InvalidSimpleKey
        ) {
            return None;
        }
        let line = self.line();
        if let Some((key, value)) = line.field()
            && let Some(column) = self.offset.checked_sub(line.start + line.indent())
            && column > key.len()
        {
            let value = value.split(" #").next().unwrap_or_default().trim_end();
            let start = line.start + line.indent() + line.content().find(value).unwrap_or_default();
            let diagnostic = mistake(self.place(), "a second `: ` in one line")
                .label("the text before has a `:` already");
            return Some(Self { text: self.text, offset: start }.in_quotes(diagnostic, value));
        }
        let before = if line.field().is_some() { self.line_before(line)? } else { line };
        if before.field().is_some() {
            return None;
        }
        let content = before.content();
        let start = before.start + before.indent();
        if let Some(colon) = content.find(':')
            && !content[colon..].starts_with("://")
            && !content.starts_with(['"', '\'', '{', '['])
        {
            return Some(
                mistake(self.at(start + colon, 1), "a space is missing after the `:`").edit(
                    "a key ends in a colon and a space",
                    self.at(start + colon + 1, 0),
                    " ",
                ),
            );
        }
        let word = content.split(' ').next().unwrap_or_default();
        let place = self.at(start, content.len());
        let message = format!("a `:` is missing after `{}`", shown(word));
        let named = |c: char| c.is_ascii_lowercase() || c == '_';
        Some(if word.chars().all(named) {
            let insert = self.at(start + word.len(), 0);
            mistake(place, message).edit("a key ends in a colon and a space", insert, ":")
        } else {
            mistake(place, "this line has no `:`").help("fields are written `name: value`")
        })
    }

    /// A line that begins in another column than those it belongs to.
    fn indentation(&self, kind: &ErrorKind) -> Option<Diagnostic> {
        if !matches!(
            kind,
            ErrorKind::MappingValueNotAllowed
                | ErrorKind::InvalidIndentation
                | ErrorKind::ExpectedBlockMappingKey
                | ErrorKind::ExpectedBlockSequenceEntry
                | ErrorKind::BlockSequenceEntryNotAllowed
        ) {
            return None;
        }
        let line = self.line();
        let before = self.line_before(line)?;
        let (key, _) = line.field()?;
        let (key_before, value) = before.field()?;
        let place = self.at(line.start + line.indent(), key.len());
        let column = before.indent();
        let deeper = line.indent() > column && !value.is_empty();
        let message = if deeper {
            format!(
                "`{}` stands below `{}`, which has a value already",
                shown(key),
                shown(key_before)
            )
        } else {
            "this line does not begin in the column of those it belongs to".to_owned()
        };
        let related = self.at(before.start + column, key_before.len());
        let diagnostic = mistake(place, message)
            .label(format!("begins in column {}", line.indent() + 1))
            .related(related, format!("begins in column {}", column + 1));
        let blank = line.text.len() - line.text.trim_start_matches(' ').len();
        let advice = "fields of one map begin in the same column";
        if deeper && line.indent() > column + 1 {
            return Some(diagnostic.help(format!(
                "take the value `{}` out, or let this line begin in column {}",
                shown(value),
                column + 1
            )));
        }
        let by_one = line.indent().abs_diff(column) == 1;
        Some(if deeper && blank == line.indent() && by_one {
            diagnostic.edit(advice, self.at(line.start, blank), " ".repeat(column))
        } else {
            diagnostic.help(advice)
        })
    }

    fn unknown(&self) -> Diagnostic {
        mistake(self.place(), "the file cannot be read from here on")
            .label("reading stopped here")
            .help(
                "look at this line and the one before: every key ends in `: `, quotes and brackets \
                 are closed, and fields of one map begin in the same column",
            )
    }
}

/// A reader that knows of quotes, brackets and comments only.
#[derive(Default)]
struct Reader {
    /// Brackets that are open, the innermost last.
    open: Vec<(usize, char)>,
    /// The quotation mark of a text that has not ended.
    quote: Option<(usize, char)>,
    /// Where the last text in quotes that has ended begins and ends.
    quoted: Option<(usize, usize)>,
}

impl Reader {
    fn up_to(text: &str, end: usize) -> Self {
        let mut reader = Self::default();
        let mut letters = text.get(..end).unwrap_or(text).char_indices().peekable();
        // True where a value may begin: only there are quotes and brackets more than letters.
        let mut fresh = true;
        let mut before = '\n';
        while let Some((offset, c)) = letters.next() {
            let next = letters.peek().map(|(_, next)| *next);
            if let Some((opened, mark)) = reader.quote {
                if (c == '\\' && mark == '"') || (c == '\'' && mark == c && next == Some(c)) {
                    letters.next();
                } else if c == mark {
                    reader.quote = None;
                    reader.quoted = Some((opened, offset + 1));
                }
                before = c;
                continue;
            }
            let flow = !reader.open.is_empty();
            match c {
                '#' if before.is_whitespace() => {
                    while letters.next_if(|(_, c)| *c != '\n').is_some() {}
                }
                '"' | '\'' if fresh => reader.quote = Some((offset, c)),
                '[' | '{' if fresh => reader.open.push((offset, c)),
                ']' | '}' if flow => {
                    reader.open.pop();
                }
                _ => {}
            }
            fresh = match c {
                '\n' => true,
                ' ' | '\t' | '\r' => fresh || matches!(before, ':' | '-'),
                '[' | '{' => fresh,
                ',' => flow,
                '-' => fresh && before.is_whitespace(),
                _ => false,
            };
            before = c;
        }
        reader
    }
}
