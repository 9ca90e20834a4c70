//! `cargo xtask snap`: what tests propose, and what they left behind.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::tree::{Tree, is_pending_snapshot};
use crate::{process, tidy};

const USAGE: &str = "Usage: cargo xtask snap COMMAND

Commands:
  list           Print the snapshots that tests propose
  accept [NAME]  Put them in place of the old ones; with NAME, those whose path contains it
  orphans        Print the snapshots that no test writes any more
";

pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let root = process::root();
    let done = match words[..] {
        ["list"] => Tree::read(&root).map(|tree| list(&tree)),
        ["orphans"] => Tree::read(&root).map(|tree| list_orphans(&tree)),
        ["accept"] => Tree::read(&root).and_then(|tree| accept(&root, &tree, "")),
        ["accept", name] => Tree::read(&root).and_then(|tree| accept(&root, &tree, name)),
        _ => {
            process::tell(USAGE);
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        process::tell(format_args!("error: failed to work on the snapshots: {error}\n"));
        ExitCode::FAILURE
    })
}

fn list(tree: &Tree) -> ExitCode {
    for path in pending(tree) {
        process::print(format_args!("{path}\n"));
    }
    process::tell(format_args!("{} pending\n", pending(tree).count()));
    ExitCode::SUCCESS
}

fn list_orphans(tree: &Tree) -> ExitCode {
    let orphans = tidy::orphans(tree);
    for orphan in &orphans {
        process::print(format_args!("{orphan}\n"));
    }
    process::tell(format_args!("{} orphaned\n", orphans.len()));
    ExitCode::from(u8::from(!orphans.is_empty()))
}

fn accept(root: &Path, tree: &Tree, name: &str) -> io::Result<ExitCode> {
    let mut n_accepted = 0;
    let mut n_inline = 0;
    for path in pending(tree).filter(|path| path.contains(name)) {
        match path.strip_suffix(".new") {
            Some(accepted) => {
                let proposed = root.join(path);
                std::fs::write(
                    root.join(accepted),
                    without_line_number(&std::fs::read_to_string(&proposed)?),
                )?;
                std::fs::remove_file(proposed)?;
                process::print(format_args!("{accepted}\n"));
                n_accepted += 1;
            }
            // An inline snapshot is part of a Rust file, and only its author knows how it should read there.
            None => {
                process::print(format_args!(
                    "{path}: proposed for an inline snapshot; edit the test, then delete this file\n"
                ));
                n_inline += 1;
            }
        }
    }
    process::tell(format_args!("{n_accepted} accepted\n"));
    let nothing_named = !name.is_empty() && n_accepted == 0;
    Ok(ExitCode::from(u8::from(nothing_named || n_inline > 0)))
}

fn pending(tree: &Tree) -> impl Iterator<Item = &str> {
    tree.paths().filter(|path| is_pending_snapshot(path))
}

/// Takes the assertion's line number out of the header, as insta's own review does: it would change with every edit above.
fn without_line_number(snapshot: &str) -> String {
    let mut fences = 0;
    snapshot
        .split_inclusive('\n')
        .filter(|line| {
            fences += usize::from(line.trim_end() == "---");
            !(fences == 1 && line.starts_with("assertion_line:"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_headers_line_number_is_dropped() {
        let proposed = "---\nsource: a.rs\nassertion_line: 7\nexpression: x\n---\nassertion_line: stays\n";
        let accepted = "---\nsource: a.rs\nexpression: x\n---\nassertion_line: stays\n";
        assert_eq!(without_line_number(proposed), accepted);
    }

    #[test]
    fn accepting_replaces_the_old_snapshot_and_leaves_others_alone() {
        let root = std::env::temp_dir().join(format!("klr-xtask-snap-{}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        for (path, text) in
            [("a.snap", "old"), ("a.snap.new", "---\nnew\n---\n"), ("b.snap.new", "---\nb\n---\n")]
        {
            std::fs::write(root.join(path), text).unwrap();
        }
        let tree = Tree::of(&[("a.snap", ""), ("a.snap.new", ""), ("b.snap.new", "")]);
        accept(&root, &tree, "a.snap").unwrap();
        assert_eq!(std::fs::read_to_string(root.join("a.snap")).unwrap(), "---\nnew\n---\n");
        assert!(
            !root.join("a.snap.new").exists()
                && root.join("b.snap.new").exists()
                && !root.join("b.snap").exists()
        );
        std::fs::remove_dir_all(root).unwrap();
    }
}
