//! The command as tests call it, and what it gave.

#![allow(dead_code, reason = "every test takes of this what it needs")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a call of the command gave.
pub(crate) struct Given {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Given {
    /// Waits for the command to end.
    pub(crate) fn of(mut command: Command) -> Self {
        let output = command.output().expect("the command can be started");
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    #[track_caller]
    pub(crate) fn code(&self, code: i32) -> &Self {
        let Self { stdout, stderr, .. } = self;
        assert_eq!(self.code, Some(code), "\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "no `{text}` in\n{}", self.stdout);
        self
    }

    #[track_caller]
    pub(crate) fn silent_about(&self, text: &str) -> &Self {
        assert!(!self.stdout.contains(text), "`{text}` in\n{}", self.stdout);
        self
    }

    #[track_caller]
    pub(crate) fn complains(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no `{text}` in\n{}", self.stderr);
        self
    }
}

/// The command, in the folder of the project; what the environment asks of it does not count.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bitsim"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env_remove("NO_COLOR").env_remove("GITHUB_STEP_SUMMARY");
    command
}

pub(crate) fn bitsim(arguments: &[&str]) -> Given {
    Given::of(command(arguments))
}

/// An empty folder for one test: the names of the file and of the test make it.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

/// A path as an argument.
pub(crate) fn text_of(path: &Path) -> String {
    path.to_str().expect("a path that can be written down").to_owned()
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
