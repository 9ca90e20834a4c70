//! `cargo xtask repro`: published results derived again, with the revision of the source beside them.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::{klr, process};

/// `klr repro ARGS`, and what git calls the source, unless the caller has a name for it.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let named = arguments.iter().any(|argument| argument.to_string_lossy().starts_with("--commit"));
    klr::klr(&with_commit(arguments, if named { None } else { revision() }))
}

fn with_commit(arguments: &[OsString], revision: Option<String>) -> Vec<OsString> {
    let mut all = vec![OsString::from("repro")];
    all.extend_from_slice(arguments);
    if let Some(revision) = revision {
        all.extend(["--commit".into(), revision.into()]);
    }
    all
}

/// The commit, with `-dirty` if tracked files differ from it; nothing where there is no git or no repository.
fn revision() -> Option<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(process::root()).args([
        "describe",
        "--always",
        "--abbrev=12",
        "--dirty",
        "--exclude=*",
    ]);
    let output = git.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_reach_klr_with_the_revision_behind_them() {
        let words = |arguments: &[OsString], revision: Option<&str>| -> Vec<String> {
            let all = with_commit(arguments, revision.map(str::to_owned));
            all.iter().map(|word| word.to_string_lossy().into_owned()).collect()
        };
        let arguments: [OsString; 3] = ["--quick".into(), "--row".into(), "4".into()];
        assert_eq!(words(&arguments, None), ["repro", "--quick", "--row", "4"]);
        assert_eq!(words(&arguments[..1], Some("abc")), ["repro", "--quick", "--commit", "abc"]);
    }
}
