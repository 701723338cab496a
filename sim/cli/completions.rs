//! `bitsim completions`

use super::out::Out;
use super::{Exit, Stop};
use clap_complete::Shell;

/// For which shell.
#[derive(Debug, clap::Args)]
#[command(after_help = WHERE)]
pub(crate) struct Options {
    /// bash, zsh, fish, powershell or elvish
    #[arg(hide_possible_values = true)]
    shell: Shell,
}

const WHERE: &str = "\
Where to put them:
  bash        bitsim completions bash > ~/.local/share/bash-completion/completions/bitsim
  zsh         bitsim completions zsh > a folder of $fpath, as _bitsim
  fish        bitsim completions fish > ~/.config/fish/completions/bitsim.fish
  powershell  bitsim completions powershell | Out-String | Invoke-Expression, in $PROFILE
  elvish      bitsim completions elvish >> ~/.config/elvish/rc.elv";

/// Prints completions for a shell.
pub(crate) fn completions(options: &Options, out: &mut Out) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut super::grammar(), "bitsim", &mut script);
    out.exact(&String::from_utf8_lossy(&script));
    Ok(Exit::Held)
}
