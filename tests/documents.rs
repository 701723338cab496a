//! What the README and the guide show is what the command does.
//!
//! A document is played from top to bottom in an empty folder:
//!
//! | In the document | Here |
//! | --- | --- |
//! | `<!-- file: payroll.yaml -->` before a fenced block | the block becomes this file |
//! | `<!-- copy: scenarios/a.yaml -->` | a file of the project, put into the folder |
//! | `<!-- replace in payroll.yaml: A => B -->` | a reader's edit: the one A becomes B |
//! | a `console` block with lines `$ bitsim ...` | each is run; what follows it is what it prints |
//! | `<!-- exit: 4 -->` before a `console` block | how its last command ends, if not with 0 |
//!
//! Any other remark is a mistake. In what is printed, a line `...` stands for any lines and `[..]` for any text.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A document on its way through its folder.
struct Reader {
    document: &'static str,
    folder: PathBuf,
    exit: i32,
    file: Option<String>,
    commands: usize,
}

impl Reader {
    fn new(document: &'static str) -> Self {
        let name = document.replace(['/', '.'], "_");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder for the document");
        Self { document, folder, exit: 0, file: None, commands: 0 }
    }

    /// Reads the document, and says how many commands it shows.
    fn read(mut self) -> usize {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(root.join(self.document)).expect("the document");
        let mut lines = (1..).zip(text.lines());
        while let Some((number, line)) = lines.next() {
            if let Some(rest) = line.trim_start().strip_prefix("<!--") {
                let said = rest.strip_suffix("-->");
                let said = said.unwrap_or_else(|| panic!("{}:{number}: {line}", self.document));
                self.remark(number, said.trim());
            } else if let Some(language) = line.strip_prefix("```") {
                let block: Vec<&str> = lines
                    .by_ref()
                    .map(|(_, line)| line)
                    .take_while(|line| !line.starts_with("```"))
                    .collect();
                self.block(number, language, &block);
            }
        }
        assert_eq!(self.file, None, "{}: no block follows for this file", self.document);
        assert_eq!(self.exit, 0, "{}: no command follows that ends so", self.document);
        self.commands
    }

    fn remark(&mut self, number: usize, said: &str) {
        if let Some(file) = said.strip_prefix("file: ") {
            self.file = Some(file.to_owned());
        } else if let Some(path) = said.strip_prefix("copy: ") {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
            let name = from.file_name().expect("a file");
            std::fs::copy(&from, self.folder.join(name)).expect("a file of the project");
        } else if let Some(code) = said.strip_prefix("exit: ") {
            self.exit = code.parse().expect("an exit code");
        } else if let Some(edit) = said.strip_prefix("replace in ") {
            let (file, edit) = edit.split_once(": ").expect("a file");
            let (old, new) = edit.split_once(" => ").expect("an edit");
            let path = self.folder.join(file);
            let text = std::fs::read_to_string(&path).expect("the file to edit");
            let place = format!("{}:{number}", self.document);
            assert_eq!(text.matches(old).count(), 1, "{place}: `{old}` in\n{text}");
            std::fs::write(&path, text.replace(old, new)).expect("the edited file");
        } else {
            // A misspelt remark would do nothing, and the text around it would not be tested.
            panic!("{}:{number}: no remark of these documents: <!-- {said} -->", self.document);
        }
    }

    fn block(&mut self, number: usize, language: &str, block: &[&str]) {
        if let Some(file) = self.file.take() {
            let path = self.folder.join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("its folder");
            std::fs::write(path, block.join("\n") + "\n").expect("a file of the document");
        }
        if language != "console" {
            return;
        }
        let mut commands: Vec<(&str, String)> = Vec::new();
        for line in block {
            if let Some(command) = line.strip_prefix("$ ") {
                commands.push((command, String::new()));
            } else if let Some((_, output)) = commands.last_mut() {
                *output += line;
                *output += "\n";
            }
        }
        let last = commands.len();
        for (index, (command, expected)) in commands.into_iter().enumerate() {
            let exit = if index + 1 == last { self.exit } else { 0 };
            self.command(number, command, &expected, exit);
        }
        self.exit = 0;
    }

    fn command(&mut self, number: usize, command: &str, expected: &str, exit: i32) {
        let words: Vec<&str> = command.split(' ').map(|word| word.trim_matches('\'')).collect();
        let Some(("bitsim", arguments)) = words.split_first().map(|(first, rest)| (*first, rest))
        else {
            return;
        };
        self.commands += 1;
        let (arguments, into) = match arguments {
            [arguments @ .., ">", file] => (arguments, Some(*file)),
            arguments => (arguments, None),
        };
        let output = Command::new(env!("CARGO_BIN_EXE_bitsim"))
            .args(arguments)
            .current_dir(&self.folder)
            .output()
            .expect("the command can be started");
        let place = format!("{}:{number}: {command}", self.document);
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        let complained = String::from_utf8(output.stderr).expect("UTF-8");
        let code = output.status.code();
        assert_eq!(code, Some(exit), "{place}\n--- stdout\n{printed}\n--- stderr\n{complained}");
        match into {
            Some(file) => std::fs::write(self.folder.join(file), printed).expect("the output"),
            // A block that shows no output promises none.
            None if expected.is_empty() => {}
            None => {
                let all = printed + &complained;
                snapbox::Assert::new().eq(snapbox::Data::text(all), expected);
            }
        }
    }
}

#[test]
fn a_misspelt_remark_is_not_passed_over() {
    for said in ["exits: 4", "exit 4", "file scenarios/a.yaml", "replace scenarios/a.yaml: a => b"]
    {
        let read = std::panic::catch_unwind(|| Reader::new("misspelt").remark(7, said));
        let told = read.expect_err("a remark that is none");
        let told = told.downcast_ref::<String>().map(String::as_str).unwrap_or_default();
        assert!(told.starts_with("misspelt:7: no remark"), "{said}: {told}");
    }
}

#[test]
fn the_readme_shows_what_the_command_does() {
    assert!(Reader::new("README.md").read() >= 3);
}

#[test]
fn the_guide_shows_what_the_command_does() {
    assert!(Reader::new("scenarios/GUIDE.md").read() >= 8);
}
