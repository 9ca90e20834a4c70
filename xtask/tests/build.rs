//! Does whoever waits for a build see what is built, and that another cargo is waited for?
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

/// Runs `cargo xtask ARGUMENTS` with a shell script in place of cargo.
fn xtask(name: &str, script: &str, arguments: &[&str]) -> Output {
    let cargo = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&cargo, format!("#!/bin/sh\n{script}\n")).expect("written");
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).env("CARGO", &cargo).output().expect("it runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_build_says_what_it_builds_and_that_it_waits() {
    let script = "case $1 in
        run) echo \"ran $*\" ;;
        *) echo '    Blocking waiting for file lock on build directory' >&2
           echo '   Compiling klr-units v0.1.0 (/here)' >&2
           echo '   Compiling klr v0.1.0 (/here)' >&2
           echo 'warning: a warning' >&2
           echo '    Finished `release` profile' >&2 ;;
    esac";
    let output = xtask("waits", script, &["sim", "--seed", "7"]);
    let text = said(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[0], "Blocking waiting for file lock on build directory; another cargo is at work");
    assert!(lines[1].starts_with("building klr (release); "), "{text}");
    assert_eq!(lines[2], "warning: a warning", "{text}");
    assert!(lines[3].starts_with("built klr (release) in "), "{text}");
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.starts_with("ran run ") && out.ends_with(" -- sim --seed 7\n"), "{out}");
}

#[test]
fn where_nothing_is_built_nothing_is_said() {
    let output = xtask("built", "echo '    Finished `release` profile' >&2", &["klr", "--version"]);
    assert_eq!(
        (said(&output).as_str().replace("    Finished `release` profile\n", ""), output.status.code()),
        (String::new(), Some(0))
    );
}

#[test]
fn a_build_that_fails_is_not_run() {
    let script = "echo \"$1\" ; echo 'error: it does not compile' >&2 ; exit 101";
    let output = xtask("fails", script, &["bench", "train"]);
    assert_eq!((said(&output).as_str(), output.status.code()), ("error: it does not compile\n", Some(101)));
    assert_eq!(output.stdout, b"bench\n", "once, to build");
}
