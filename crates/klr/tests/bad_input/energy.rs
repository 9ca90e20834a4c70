//! Price tables.

use super::{case, check, plain, write};

#[test]
fn prices_that_do_not_exist() {
    const OWN: &[&str] = &["--set", "energy.file={dir}/e.toml"];
    check(&[
        plain(
            "a typo",
            &["--set", "energy.preset=lohii"],
            "no price table is called \"lohii\" (did you mean \"loihi\"?); there are ",
        ),
        plain(
            "a stranger",
            &["--set", "energy.preset=abacus"],
            "no price table is called \"abacus\"; there are ",
        ),
        plain("a missing file", OWN, "{dir}/e.toml: failed to read: No such file"),
        case("not TOML", |d| write(d, "e.toml", b"name 3"), OWN, "{dir}/e.toml:1: "),
        case("not text", |d| write(d, "e.toml", b"\xff"), OWN, "klr: {dir}/e.toml: not a text file"),
        case("nothing in it", |d| write(d, "e.toml", b""), OWN, "{dir}/e.toml:1: "),
        case("an unknown key", |d| write(d, "e.toml", b"nmae = \"mine\"\n"), OWN, "{dir}/e.toml:1: nmae"),
    ]);
}
