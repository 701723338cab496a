//! `bitsim man`

use super::out::Out;
use super::{Exit, Stop};
use clap::Command;
use clap_mangen::Man;
use std::io::Write;
use std::path::PathBuf;

/// As one page, or as many.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// One page for each subcommand, into this folder, instead of one page to stdout
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

/// Prints the manual page, which `man -l -` shows.
pub(crate) fn man(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    let mut command = super::grammar().disable_help_subcommand(true);
    command.build();
    let Some(folder) = &options.dir else {
        let page = whole(&command).map_err(|why| Stop::options(format!("no page: {why}")))?;
        out.exact(&String::from_utf8_lossy(&page));
        return Ok(Exit::Held);
    };
    let cannot = |why| Stop::options(format!("cannot write to `{}`: {why}", folder.display()));
    std::fs::create_dir_all(folder).map_err(cannot)?;
    clap_mangen::generate_to(command, folder).map_err(cannot)?;
    Ok(Exit::Held)
}

/// One page: the command, a section for each subcommand, the exit codes.
fn whole(command: &Command) -> std::io::Result<Vec<u8>> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    for inner in command.get_subcommands() {
        section(&mut page, inner)?;
    }
    man.render_extra_section(&mut page)?;
    Ok(page)
}

/// The section of a subcommand, whose own sections become parts of it.
fn section(page: &mut Vec<u8>, command: &Command) -> std::io::Result<()> {
    let man = Man::new(command.clone());
    let mut text = Vec::new();
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.get_after_help().is_some() {
        man.render_extra_section(&mut text)?;
    }
    writeln!(page, ".SH \"BITSIM {}\"", command.get_name().to_uppercase())?;
    let text = String::from_utf8_lossy(&text);
    for line in text.lines() {
        match line.strip_prefix(".SH ") {
            Some(heading) => writeln!(page, ".SS {heading}")?,
            None => writeln!(page, "{line}")?,
        }
    }
    Ok(())
}
